//! What operators and members see alike: state, health, checklist.

use jiff::Timestamp;
use markets::{Checklist, Health, MarketRecord, MarketState, Placement, StepState};
use maud::{Markup, html};

use crate::{
    access::MarketRoles,
    design::{Icon, Tone, badge, card, facts, flush_card, format, notice},
    viewer::Viewer,
};

/// Bytes of a megabyte, as disks are sold.
const MEGABYTE: f64 = 1e6;

/// A market's state as a badge.
pub fn state(record: &MarketRecord) -> Markup {
    match (record.state, &record.fenced) {
        (MarketState::Active, Some(_)) => badge(Tone::Bad, "Closed: tables"),
        (MarketState::Active, None) => badge(Tone::Good, "Active"),
        (MarketState::Suspended, _) => badge(Tone::Warn, "Suspended"),
        (MarketState::Moving, _) => badge(Tone::Info, "Moving"),
        (MarketState::Deleting, _) => badge(Tone::Bad, "Deleted, in its grace period"),
    }
}

/// Why a market is closed, when it is.
pub fn closed(record: &MarketRecord) -> Markup {
    let because = record.state_reason.as_deref();
    match record.state {
        MarketState::Active => match &record.fenced {
            Some(why) => notice(
                Tone::Bad,
                "Nobody can enter: its tables are not as this version needs them",
                html! { p { (why) } p { "The other markets go on. Repair it and run " code { "ehub market migrate" } "." } },
            ),
            None => html! {},
        },
        MarketState::Suspended => notice(
            Tone::Warn,
            "Suspended: its people cannot enter",
            html! { p { (because.unwrap_or("No reason was given.")) } },
        ),
        MarketState::Moving => notice(
            Tone::Info,
            "Being moved or restored: it takes no changes for moments",
            html! { p { (because.unwrap_or("It opens again by itself.")) } },
        ),
        MarketState::Deleting => notice(
            Tone::Bad,
            "Deleted",
            html! {
                p {
                    @match record.delete_after {
                        Some(after) => { "Its data and its keys are destroyed after " (format::instant(after)) ". Until then it can be resumed." }
                        None => "Until its grace period ends it can be resumed.",
                    }
                }
            },
        ),
    }
}

/// What is on record.
pub fn profile(record: &MarketRecord, now: Timestamp) -> Markup {
    let verticals: Vec<&str> = record.verticals.iter().map(|vertical| vertical.label()).collect();
    facts(&[
        ("State", state(record)),
        ("Region", html! { (record.region) }),
        ("Lines of business", html! { (verticals.join(", ")) }),
        ("Currency", html! { (record.currency) }),
        ("Language", html! { (record.locale) }),
        ("Time zone", html! { (record.time_zone) }),
        ("Opened", html! { (format::when(record.created_at, now)) }),
        (
            "Last backup",
            html! { @match record.backed_up_at { Some(at) => (format::when(at, now)), None => "none yet" } },
        ),
    ])
}

/// Where the database is, as operators see it.
pub fn place(record: &MarketRecord, servers: &[markets::MarketServer]) -> String {
    match record.placement {
        Placement::Embedded => "embedded".to_owned(),
        Placement::Server(id) => servers
            .iter()
            .find(|server| server.id == id)
            .map_or_else(|| id.to_string(), |server| server.name.clone()),
    }
}

/// The checks with their findings.
pub fn health(health: &Health) -> Markup {
    let failing = health.checks.iter().filter(|check| !check.ok).count();
    let verdict = match failing {
        0 => badge(Tone::Good, "All well"),
        many => badge(Tone::Bad, &format::counted(many, "check fails", "checks fail")),
    };
    flush_card(
        "Health",
        Some("Looked at just now; nothing here is remembered from before."),
        verdict,
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Health checks" {
                table.table.plain {
                    caption.visually-hidden { "Health checks" }
                    thead { tr { th scope="col" { "Check" } th scope="col" { "State" } th scope="col" { "Finding" } } }
                    tbody {
                        @for check in &health.checks {
                            tr {
                                th scope="row" { (check.title) }
                                td { @if check.ok { (badge(Tone::Good, "Well")) } @else { (badge(Tone::Bad, "Not well")) } }
                                td { (sentence(&check.finding)) }
                            }
                        }
                    }
                }
            }
            @if let Some(bytes) = health.database_bytes {
                p.table-foot { "Database: " (format::number(bytes as f64 / MEGABYTE, 2)) " MB"
                    @if let Some(entries) = health.audit_entries { " · audit chain: " (format::counted(usize::try_from(entries).unwrap_or(usize::MAX), "entry", "entries")) } "." }
            }
        },
    )
}

/// What is still missing before a market goes live. Links go only to pages that the viewer may open.
pub fn checklist(list: &Checklist, viewer: &Viewer) -> Markup {
    let member = viewer
        .market
        .as_ref()
        .and_then(|entered| entered.role)
        .is_some_and(|role| MarketRoles::CONFIGURE.has(role));
    let missing = list.missing().count();
    let verdict = match (list.is_ready(), missing) {
        (true, 0) => badge(Tone::Good, "Ready to go live"),
        (true, many) => badge(Tone::Info, &format!("Ready; {} recommended", format::count(many as u64))),
        (false, many) => badge(Tone::Warn, &format::counted(many, "step missing", "steps missing")),
    };
    card(
        "Before it goes live",
        None,
        verdict,
        html! {
            ul.todo {
                @for step in &list.steps {
                    li.done[step.state == StepState::Done].missing[step.state != StepState::Done] {
                        @if step.state == StepState::Done { (Icon::Done) } @else { (Icon::Alert) }
                        div {
                            p {
                                strong { (step.title) } " "
                                @match (&step.state, step.required) {
                                    (StepState::Done, _) => (badge(Tone::Good, "Done")),
                                    (StepState::Missing(_), true) => (badge(Tone::Warn, "Missing")),
                                    (StepState::Missing(_), false) => (badge(Tone::Plain, "Recommended")),
                                }
                            }
                            @if let StepState::Missing(what) = &step.state {
                                p.small.secondary {
                                    (sentence(what))
                                    @if let Some(page) = step.place.page.as_ref().filter(|_| member) { " " a href=(page) { "Do it" } " or run" }
                                    @if let Some(command) = &step.place.command { " " code { (command) } }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// A finding as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
