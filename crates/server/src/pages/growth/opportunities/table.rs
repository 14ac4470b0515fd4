//! The columns and filters of the lists of clients.

use growth::{
    Board,
    assessment::{NextAction, ReadinessLevel, Tier},
};
use maud::html;
use rust_decimal::Decimal;
use tabular::{Cell, ColumnKind};

use super::{row::Row, unknown};
use crate::{
    design::{Column, Filter, Icon, Lead, Table, Tone, badge, format, level, score, tier},
    pages::growth::{frame, words},
};

/// Potentials that people ask for, major units of the base's currency per year.
const POTENTIALS: [u32; 5] = [5_000, 10_000, 25_000, 40_000, 100_000];

/// The table; `reasons` shows why somebody is not on the list.
pub fn table(board: &Board, reasons: bool) -> Table<Row> {
    let limit = board.policy.document().ranking.limit;
    let currency = board.snapshot.currency;
    let table = Table::new("clients", "Clients", ("client", "clients"), |row: &Row| {
        row.client().client_id.to_string()
    });
    let table = identity(table);
    let why = Column::new(
        "standing",
        "Why not",
        ColumnKind::Text,
        move |row: &Row| html! { div.reasons { @for reason in row.standing(limit).split("; ") { p { (reason) } } } },
        move |row: &Row| Cell::from(row.standing(limit)),
    );
    let table =
        if reasons { scores(table.column(why), true) } else { scores(table, false).column(why.optional()) };
    let vehicles = board.policy.document().vehicles.iter();
    more(table)
        .filter(Filter::new(
            "tier",
            "Tier",
            Tier::ALL.iter().map(|tier| (tier.id().to_owned(), tier.label().to_owned())),
            |row: &Row| row.assessment().tier.id().to_owned(),
        ))
        .filter(Filter::new(
            "level",
            "Readiness",
            ReadinessLevel::ALL.iter().map(|level| (level.id().to_owned(), level.label().to_owned())),
            |row: &Row| row.assessment().readiness.level.id().to_owned(),
        ))
        .filter(Filter::new(
            "action",
            "Next action",
            NextAction::ALL.iter().map(|action| (action.id().to_owned(), action.label().to_owned())),
            |row: &Row| row.assessment().next_action.id().to_owned(),
        ))
        .filter(Filter::of_many(
            "potential",
            "Potential",
            POTENTIALS.iter().map(|from| {
                let amount = kernel::Arr::new(Decimal::from(*from), currency);
                (from.to_string(), format!("at least {} ARR", format::money_whole(&amount)))
            }),
            |row: &Row| {
                let potential = row.assessment().potential_arr.amount();
                let reached = POTENTIALS.iter().filter(|from| potential >= Decimal::from(**from));
                reached.map(ToString::to_string).collect()
            },
        ))
        .filter(Filter::of_many(
            "vehicle",
            "Vehicle",
            vehicles.map(|vehicle| (vehicle.id.to_string(), vehicle.name.clone())),
            |row: &Row| row.assessment().vehicles.iter().map(|offer| offer.id.to_string()).collect(),
        ))
        .filter(Filter::new(
            "coverage",
            "Data",
            [("complete", "Complete"), ("partial", "Partly unknown")]
                .map(|(id, label)| (id.to_owned(), label.to_owned())),
            |row: &Row| {
                let complete = row.assessment().readiness.coverage >= 1.0;
                if complete { "complete" } else { "partial" }.to_owned()
            },
        ))
        .searched_in(|row| format!("{} {}", row.client().client_name, row.client().client_id))
        .opens(|row, here| here.with("client", &row.client().client_id))
        .default_sort("rank")
        .when_empty(
            Icon::Users,
            "Nobody is on this list",
            "Every client of the snapshot is on the other one.",
            [Lead::new("Show all clients", "/growth/opportunities?scope=all")],
        )
}

fn identity(table: Table<Row>) -> Table<Row> {
    table
        .column(
            Column::new(
                "name",
                "Client",
                ColumnKind::Text,
                |row: &Row| html! { (row.client().client_name) },
                |row: &Row| Cell::from(row.client().client_name.to_string()),
            )
            .sorted_by(|one, two| one.client().client_name.cmp(&two.client().client_name)),
        )
        .column(
            Column::new(
                "rank",
                "Rank",
                ColumnKind::Number,
                |row: &Row| match row.rank {
                    Some(rank) => html! { (rank) },
                    None => html! { span.muted { "–" span.visually-hidden { "none" } } },
                },
                |row: &Row| row.rank.map_or(Cell::Empty, |rank| Cell::Number(rank.to_string())),
            )
            .sorted_by_number(|row| row.rank.map(|rank| rank as f64))
            .hint("Place among those who pass every gate of the policy"),
        )
}

/// What the assessment says; `brief` leaves what an offer would bring to be chosen.
fn scores(table: Table<Row>, brief: bool) -> Table<Row> {
    let offer = |column: Column<Row>| if brief { column.optional() } else { column };
    table
        .column(
            Column::new(
                "priority",
                "Priority",
                ColumnKind::Number,
                |row: &Row| score(row.assessment().priority, 10.0, 1, Tone::Accent),
                |row: &Row| Cell::from(row.assessment().priority),
            )
            .sorted_by_number(|row| Some(row.assessment().priority))
            .hint("1 to 10, from potential, probability and readiness"),
        )
        .column(
            Column::new(
                "tier",
                "Tier",
                ColumnKind::Text,
                |row: &Row| tier(row.assessment().tier),
                |row: &Row| Cell::from(row.assessment().tier.id()),
            )
            .sorted_by(|one, two| one.assessment().tier.cmp(&two.assessment().tier))
            .importance(2),
        )
        .column(
            Column::new(
                "level",
                "Readiness",
                ColumnKind::Text,
                |row: &Row| level(row.assessment().readiness.level),
                |row: &Row| Cell::from(row.assessment().readiness.level.id()),
            )
            .sorted_by(|one, two| one.assessment().readiness.level.cmp(&two.assessment().readiness.level))
            .importance(3),
        )
        .column(
            Column::new(
                "score",
                "Score",
                ColumnKind::Number,
                |row: &Row| {
                    let readiness = &row.assessment().readiness;
                    html! {
                        (format::decimal(readiness.score, 1))
                        @if readiness.coverage < 1.0 {
                            span.sub title="Range for what is unknown" {
                                (format::number(readiness.interval.lower, 0)) "–" (format::number(readiness.interval.upper, 0))
                            }
                        }
                    }
                },
                |row: &Row| Cell::from(row.assessment().readiness.score),
            )
            .sorted_by_number(|row| Some(row.assessment().readiness.score))
            .hint("Readiness, 0 to 100; with its range where inputs are unknown"),
        )
        .column(offer(
            Column::new(
                "potential",
                "Potential ARR",
                ColumnKind::Money,
                |row: &Row| html! { (format::money_whole(&row.assessment().potential_arr)) },
                |row: &Row| Cell::Number(row.assessment().potential_arr.amount().to_string()),
            )
            .sorted_by_number(|row| Some(row.assessment().potential_arr.to_f64()))
            .hint("Added revenue per year if the client buys"),
        ))
        .column(offer(
            Column::new(
                "multiple",
                "Multiple",
                ColumnKind::Number,
                |row: &Row| match row.assessment().multiple {
                    Some(multiple) => html! { (format::decimal(multiple, 2)) "×" },
                    None => unknown(),
                },
                |row: &Row| Cell::from(row.assessment().multiple),
            )
            .sorted_by_number(|row| row.assessment().multiple)
            .hint("What the client would pay then, over what it pays today")
            .importance(3),
        ))
        .column(offer(
            Column::new(
                "probability",
                "Chance",
                ColumnKind::Number,
                |row: &Row| {
                    html! {
                        (format::percent(row.assessment().success_probability, 0))
                        span.sub { (words::close_days(row.assessment().close_days)) }
                    }
                },
                |row: &Row| Cell::from(row.assessment().success_probability),
            )
            .sorted_by_number(|row| Some(row.assessment().success_probability))
            .hint("The rule's chance that an offer made now is signed, and the expected days to signature"),
        ))
        .column(offer(
            Column::new(
                "action",
                "Next action",
                ColumnKind::Text,
                |row: &Row| {
                    html! {
                        (row.assessment().next_action)
                        @if let Some(due) = row.assessment().next_action_due() { span.sub { "by " (format::day(due)) } }
                    }
                },
                |row: &Row| Cell::from(row.assessment().next_action.id()),
            )
            .importance(3),
        ))
}

fn more(table: Table<Row>) -> Table<Row> {
    table
        .column(
            Column::new(
                "close_days",
                "Closes in",
                ColumnKind::Number,
                |row: &Row| html! { (words::close_days(row.assessment().close_days)) },
                |row: &Row| Cell::Number(row.assessment().close_days.to_string()),
            )
            .sorted_by_number(|row| Some(f64::from(row.assessment().close_days)))
            .hint("Expected days to signature")
            .optional(),
        )
        .column(
            Column::new(
                "due",
                "Action due",
                ColumnKind::Date,
                |row: &Row| html! { @if let Some(due) = row.assessment().next_action_due() { (format::day(due)) } },
                |row: &Row| {
                    row.assessment().next_action_due().map_or(Cell::Empty, |due| Cell::from(due.to_string()))
                },
            )
            .sorted_by_number(|row| row.assessment().next_action_days.map(f64::from))
            .optional(),
        )
        .column(
            Column::text("vehicles", "Vehicles offered", |row: &Row| {
                row.assessment().vehicles.iter().map(|offer| offer.id.as_str()).collect::<Vec<_>>().join("; ")
            })
            .optional(),
        )
        .column(
            Column::new(
                "coverage",
                "Data known",
                ColumnKind::Number,
                |row: &Row| html! { (format::percent(row.assessment().readiness.coverage, 0)) },
                |row: &Row| Cell::from(row.assessment().readiness.coverage),
            )
            .sorted_by_number(|row| Some(row.assessment().readiness.coverage))
            .optional(),
        )
        .column(
            Column::new(
                "current_mrr",
                "Current MRR",
                ColumnKind::Money,
                |row: &Row| html! { (format::money_whole(&row.client().current_mrr)) },
                |row: &Row| Cell::Number(row.client().current_mrr.amount().to_string()),
            )
            .sorted_by_number(|row| Some(row.client().current_mrr.to_f64()))
            .optional(),
        )
        .column(
            Column::new(
                "marks",
                "Marks",
                ColumnKind::Text,
                |row: &Row| {
                    html! {
                        div.tag-list {
                            @if row.whale { (badge(Tone::Accent, "Whale")) }
                            @if row.reference { (badge(Tone::Good, "Reference")) }
                        }
                    }
                },
                |row: &Row| {
                    let marks = [(row.whale, "whale"), (row.reference, "reference")];
                    Cell::from(marks.iter().filter(|mark| mark.0).map(|mark| mark.1).collect::<Vec<_>>().join("; "))
                },
            )
            .hint("Whale: a very large potential. Reference: documented success with a high return")
            .optional(),
        )
        .column(
            Column::new(
                "id",
                "Identifier",
                ColumnKind::Text,
                |row: &Row| {
                    let id = &row.client().client_id;
                    html! { a href=(frame::client_href(id)) { (id) } }
                },
                |row: &Row| Cell::from(row.client().client_id.to_string()),
            )
            .sorted_by(|one, two| one.client().client_id.cmp(&two.client().client_id))
            .optional(),
        )
}
