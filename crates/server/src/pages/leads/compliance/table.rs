//! The columns and filters of the compliance log.

use jiff::Timestamp;
use leads::{Channel, OutcomeKind, gate::Step};
use maud::html;
use tabular::{Cell, ColumnKind};

use super::{
    super::{decision, words},
    Line, PERIODS,
};
use crate::design::{Column, Filter, Icon, Table, format};

/// The log, the newest first.
pub fn of(now: Timestamp) -> Table<Line> {
    let nothing = |_: &Line| String::new();
    let outcomes = OutcomeKind::ALL.map(|kind| (kind.id().to_owned(), decision::kind_label(kind).to_owned()));
    let channels =
        Channel::ALL.map(|channel| (channel.word().to_owned(), words::channel_title(channel).to_owned()));
    let steps = Step::ALL.map(|step| (decision::step_id(step).to_owned(), decision::step(step).to_owned()));
    Table::new("gate-table", "Decisions of the gate, the newest first", ("decision", "decisions"), |line: &Line| {
        line.entry.id.to_string()
    })
    .column(Column::new(
        "at",
        "When",
        ColumnKind::Text,
        move |line: &Line| html! { span.nowrap { (format::when(line.entry.at, now)) } },
        |line| Cell::from(line.entry.at.to_string()),
    ))
    .column(Column::text("who", "To", |line: &Line| line.who.clone()))
    .column(
        Column::new(
            "channel",
            "By",
            ColumnKind::Text,
            |line: &Line| html! { (words::channel_title(line.entry.channel)) },
            |line| Cell::from(line.entry.channel.word()),
        )
        .importance(2),
    )
    .column(
        Column::new(
            "purpose",
            "For",
            ColumnKind::Text,
            |line: &Line| html! { (decision::purpose(line.entry.purpose)) },
            |line| Cell::from(decision::purpose(line.entry.purpose)),
        )
        .importance(3),
    )
    .column(Column::new(
        "outcome",
        "Outcome",
        ColumnKind::Text,
        |line: &Line| html! { (decision::kind(line.entry.outcome)) @if let Some(until) = line.entry.until { span.sub { "until " (format::instant(until)) } } },
        |line| Cell::from(line.entry.outcome.id()),
    ))
    .column(
        Column::new(
            "step",
            "Decided by",
            ColumnKind::Text,
            |line: &Line| html! { @match line.entry.step { Some(step) => (decision::step(step)), None => span.muted { "nothing against it" } } },
            |line| line.entry.step.map_or(Cell::Empty, |step| Cell::from(decision::step_id(step))),
        )
        .importance(2),
    )
    .column(
        Column::new(
            "rule",
            "Rule",
            ColumnKind::Text,
            |line: &Line| html! { @if let Some(rule) = &line.entry.rule { code { (rule) } } },
            |line| line.entry.rule.as_deref().map_or(Cell::Empty, Cell::from),
        )
        .importance(3),
    )
    .column(
        Column::new(
            "until",
            "Not before",
            ColumnKind::Text,
            |line: &Line| html! { @match line.entry.until { Some(until) => span.nowrap { (format::instant(until)) }, None => "" } },
            |line| line.entry.until.map_or(Cell::Empty, |until| Cell::from(until.to_string())),
        )
        .optional(),
    )
    .column(Column::text("contact", "Contact", |line: &Line| line.entry.contact.to_string()).optional())
    .column(Column::text("id", "Decision", |line: &Line| line.entry.id.to_string()).optional())
    .filter(Filter::new("outcome", "Outcome", outcomes, nothing).single())
    .filter(Filter::new("channel", "By", channels, nothing).single())
    .filter(Filter::new("step", "Decided by", steps, nothing).single())
    .filter(Filter::new("when", "When", PERIODS.map(|(days, label)| (days.to_string(), label.to_owned())), nothing).single())
    .opens(|line, address| address.with("decision", line.entry.id))
    .when_empty(
        Icon::Shield,
        "Nothing was to be sent yet",
        "Every message, by whomever it is to be sent, is judged first. As soon as one is asked for, the decision is here.",
        [],
    )
}
