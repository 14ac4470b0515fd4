//! How leads were shared: what each was given beside what was due, and whether turns or something else decided.

use leads::routing::{AgentShare, Balance, FairnessReport};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use crate::{
    design::{Axis, Chart, Column, Icon, Ink, Series, Table, Tone, Unit, format, notice},
    pages::contacts::Names,
};

/// A share with the name of whose it is.
pub struct Shared {
    pub name: String,
    pub share: AgentShare,
}

/// Everybody's share by name.
pub fn shares(report: &FairnessReport, names: &Names) -> Vec<Shared> {
    report
        .agents
        .iter()
        .map(|share| Shared { name: names.assignee(share.agent.parse().ok()), share: share.clone() })
        .collect()
}

/// What the shares come to.
pub fn verdict(report: &FairnessReport) -> Markup {
    let off = html! {
        p {
            "The most that anybody was given more or less than was due: " strong.num { (format::number(report.off_most, 1)) } " leads."
            @if report.untaken > 0 { " Nobody could take " (format::counted(report.untaken as usize, "lead", "leads")) "." }
        }
    };
    if report.agents.len() == 1 {
        return notice(Tone::Info, "Only one agent could take leads: there were no turns to keep", off);
    }
    match &report.balance {
        Balance::Insufficient { leads, due_least } => notice(
            Tone::Info,
            "Too few leads to tell whether turns were kept",
            html! {
                p { (format::counted(*leads as usize, "lead was", "leads were")) " offered; " (format::number(*due_least, 1)) " were due to the agent who was due fewest, and the test asks for 5." }
                (off)
            },
        ),
        Balance::Tested { leads, chi_square, degrees, p_value } => {
            let (tone, title) = if *p_value < 0.01 {
                (Tone::Warn, "Something other than turns decides")
            } else {
                (Tone::Good, "Turns were kept")
            };
            notice(
                tone,
                title,
                html! {
                    p {
                        "If " (format::count(*leads)) " leads were handed out by lot with these shares, they would lie this far off or further in "
                        strong.num { (format::percent(*p_value, 1)) } " of cases (χ² = " (format::number(*chi_square, 2)) ", " (format::count(*degrees)) " degrees of freedom)."
                    }
                    (off)
                },
            )
        }
    }
}

/// Given beside due.
pub fn chart(shares: &[Shared], report: &FairnessReport) -> Markup {
    if shares.is_empty() {
        return html! {};
    }
    let sentence = format!(
        "Nobody was given more than {} leads more or less than was due.",
        format::number(report.off_most, 1)
    );
    Chart::new("fairness", "Offered and due", sentence)
        .over("Agent", shares.iter().map(|one| one.name.clone()))
        .y(Axis::new("Leads", Unit::Number))
        .series(Series::bars("Offered", shares.iter().map(|one| one.share.offered as f64)).ink(Ink::First))
        .series(Series::bars("Due", shares.iter().map(|one| one.share.due)).ink(Ink::Grey))
        .short()
        .render()
}

/// The shares.
pub fn table() -> Table<Shared> {
    let count = |id: &'static str, label: &'static str, value: fn(&AgentShare) -> u64| {
        Column::new(
            id,
            label,
            ColumnKind::Integer,
            move |one: &Shared| html! { (format::count(value(&one.share))) },
            move |one| Cell::from(value(&one.share)),
        )
        .sorted_by_number(move |one| Some(value(&one.share) as f64))
    };
    let number = |id: &'static str, label: &'static str, value: fn(&AgentShare) -> f64| {
        Column::new(
            id,
            label,
            ColumnKind::Number,
            move |one: &Shared| html! { (format::decimal(value(&one.share), 1)) },
            move |one| Cell::from(value(&one.share)),
        )
        .sorted_by_number(move |one| Some(value(&one.share)))
    };
    Table::new("fairness-table", "Shares of the leads", ("agent", "agents"), |one: &Shared| one.share.agent.clone())
        .column(
            Column::text("agent", "Agent", |one: &Shared| one.name.clone())
                .sorted_by(|one, two| one.name.cmp(&two.name)),
        )
        .column(count("offered", "Offered", |share| share.offered))
        .column(number("due", "Due", |share| share.due).hint("By weight, of the leads that they could have taken."))
        .column(number("off", "More than due", |share| share.offered as f64 - share.due))
        .column(count("could", "Could have taken", |share| share.could).importance(2))
        .column(count("accepted", "Acted on", |share| share.accepted).importance(2))
        .column(
            Column::new(
                "acceptance",
                "Acts on",
                ColumnKind::Text,
                |one: &Shared| html! { @match one.share.acceptance { Some(range) => span.nowrap { (format::percent(range.lower, 0)) " – " (format::percent(range.upper, 0)) }, None => "no offer yet" } },
                |one| one.share.acceptance.map_or(Cell::Empty, |range| {
                    Cell::from(format!("{:.4}-{:.4}", range.lower, range.upper))
                }),
            )
            .hint("With 90 % confidence.")
            .importance(3),
        )
        .when_empty(Icon::Users, "No lead was offered yet", "As soon as a lead that nobody looks after is scored, the next agent in turn is offered it.", [])
}
