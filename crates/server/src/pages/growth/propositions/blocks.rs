//! A proposition as a page shows it: its blocks in the hub's own pieces, every text escaped.

use growth::proposition::{Block, Column, Proposition, Section};
use maud::{Markup, html};

use crate::design::{Tone, card, disclose, format, meter};

/// Title, subject and day; `actions` stand at the right of them.
pub fn heading(content: &Proposition, actions: Markup) -> Markup {
    html! {
        header.paper-head {
            div.cluster.between {
                p.paper-brand { (content.sender.operator.as_deref().unwrap_or("Proposition")) }
                (actions)
            }
            h2 { (content.title) }
            p.secondary { "for " strong { (content.client_name) } ", " (format::day(content.as_of)) }
            p.small.muted { "Subject of the letter: " (content.subject) }
        }
    }
}

/// One section; `actions` stand at the right of its title.
pub fn section(section: &Section, actions: Markup) -> Markup {
    html! {
        section.paper-section id=(section.key.id()) {
            div.cluster.between { h3 { (section.title) } (actions) }
            @for block in &section.blocks { (block_of(block)) }
        }
    }
}

fn block_of(block: &Block) -> Markup {
    match block {
        Block::Paragraph { text } => html! { p { (text) } },
        Block::Points { points } => html! {
            ul { @for point in points { li { @if !point.title.is_empty() { strong { (point.title) } ": " } (point.text) } } }
        },
        Block::Measures { measures } => html! {
            dl.measures {
                @for measure in measures {
                    div { dt { (measure.label) } dd { (measure.value) } @if let Some(share) = measure.share { (meter(share, 1.0, Tone::Accent)) } }
                }
            }
        },
        Block::Findings { findings } => html! {
            ol.findings {
                @for finding in findings {
                    li {
                        p.strong { (finding.title) span.finding-evidence { (finding.evidence) } }
                        p { (finding.meaning) }
                        @if !finding.answer.is_empty() { p.secondary { "→ " (finding.answer) } }
                    }
                }
            }
        },
        Block::Program { name, outcome, description, price, features, advantages, reasons } => html! {
            div.program {
                div.cluster.between { h4 { (name) } span.strong.num { (price) } }
                p.secondary { (outcome) }
                p { (description) }
                div.grid {
                    (named_list("What it consists of", features))
                    (named_list("What you gain", advantages))
                    (named_list("Why it fits", reasons))
                }
            }
        },
        Block::Table { caption, columns, rows, total } => table(caption, columns, rows, *total),
        Block::Formula { name, expression } => html! {
            p.formula-line { strong { (name) } " = " code { (expression) } }
        },
        Block::Questions { questions } => html! {
            dl.questions { @for one in questions { dt { (one.question) } dd { (one.answer) } } }
        },
        Block::Steps { steps } => html! {
            ol.timeline { @for step in steps { li { strong { (step.title) } " " span.muted.small { (step.date) } @if !step.detail.is_empty() { p.secondary { (step.detail) } } } } }
        },
    }
}

fn named_list(name: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() { div { p.small.strong { (name) } ul.small { @for item in items { li { (item) } } } } }
    }
}

fn table(caption: &str, columns: &[Column], rows: &[Vec<String>], total: bool) -> Markup {
    let numeric = |index: usize| columns.get(index).is_some_and(|column| column.numeric);
    html! {
        div.table-scroll.framed tabindex="0" role="region" aria-label=(caption) {
            table.table.plain {
                caption.table-caption { (caption) }
                thead { tr { @for column in columns { th.end[column.numeric] scope="col" { (column.title) } } } }
                tbody {
                    @for (place, row) in rows.iter().enumerate() {
                        tr.total[total && place + 1 == rows.len()] {
                            @for (index, cell) in row.iter().enumerate() {
                                @if index == 0 { th scope="row" { (cell) } } @else { td.end[numeric(index)] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Every number with its source.
pub fn facts_card(content: &Proposition) -> Markup {
    let note =
        format::counted(content.facts.len(), "number as it was generated", "numbers as they were generated");
    card(
        "Where the numbers come from",
        Some(&note),
        html! {},
        disclose(
            "Show all",
            html! {
                ul.plain-list.sources {
                    @for fact in &content.facts {
                        li { p { span.strong { (fact.value) } " " span.secondary { (fact.label) } } p.tiny.muted { (fact.unit) " · " (fact.source) } }
                    }
                }
            },
        ),
    )
}
