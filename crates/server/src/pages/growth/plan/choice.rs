//! What the plan takes up and what it leaves, with the reason.

use axum::response::Response;
use growth::{
    metrics::ClientId,
    plan::{Engagement, LeftOut, LeftOutReason},
};
use jiff::civil::Date;
use kernel::{Arr, Money};
use maud::{Markup, html};
use rust_decimal::Decimal;
use tabular::{Cell, ColumnKind};

use super::{board, desk::Desk, task};
use crate::{
    app::AppState,
    design::{Column, Filter, Table, Tone, Why, badge, card, facts, flush_card, format},
    pages::{growth::frame, views},
    problem::Problem,
    viewer::Viewer,
};

/// An opportunity, taken up or left.
struct Row {
    client_id: ClientId,
    client_name: String,
    arr: Arr,
    expected: f64,
    taken: Option<Taken>,
    reason: Option<LeftOutReason>,
}

struct Taken {
    owner: String,
    starts_on: Date,
    closes_on: Date,
    probability: f64,
    hours: f64,
}

impl Row {
    fn taken(desk: &Desk, one: &Engagement) -> Self {
        Self {
            client_id: one.client_id.clone(),
            client_name: one.client_name.to_string(),
            arr: one.arr,
            expected: one.expected_arr,
            taken: Some(Taken {
                owner: desk.owner_name(&one.owner),
                starts_on: one.starts_on,
                closes_on: one.closes_on,
                probability: one.probability,
                hours: one.hours,
            }),
            reason: None,
        }
    }

    fn left(one: &LeftOut) -> Self {
        Self {
            client_id: one.client_id.clone(),
            client_name: one.client_name.to_string(),
            arr: one.arr,
            expected: one.expected_arr,
            taken: None,
            reason: Some(one.reason),
        }
    }

    fn key(&self) -> &'static str {
        self.reason.map_or("taken", LeftOutReason::id)
    }

    fn expected_money(&self) -> Money {
        Money::new(Decimal::from_f64_retain(self.expected).unwrap_or_default(), self.arr.currency())
    }
}

/// The tab, or the file that the address asks for.
pub async fn content(
    viewer: &Viewer,
    desk: &Desk,
    state: &AppState,
) -> Result<Result<Markup, Response>, Problem> {
    let Some(record) = &desk.plan else { return Ok(Ok(html! {})) };
    let plan = &record.plan;
    let mut rows: Vec<Row> = plan.engagements.iter().map(|one| Row::taken(desk, one)).collect();
    rows.extend(plan.left_out.iter().map(Row::left));
    let table = table();
    if let Some(file) = table.export(&rows, &viewer.address, "plan-choice")? {
        return Ok(Err(file));
    }
    let views = views::of(viewer, state.directory()).await?;
    let currency = plan.currency.unwrap_or(desk.board.snapshot.currency);
    let money = |value: f64| {
        format::money_whole(&Money::new(Decimal::from_f64_retain(value).unwrap_or_default(), currency))
    };
    let why = Why::new("maximise Σ added ARR × chance, each owner's weeks within their hours")
        .input("Policy", plan.policy.to_string())
        .source(frame::source(&desk.board));
    let summary = card(
        "How the choice was made",
        Some("The plan takes up the opportunities that together expect the most within everybody's hours."),
        why.render("How the choice was made"),
        html! {
            (facts(&[
            ("Expected added ARR", html! { strong.num { (money(plan.expected_arr)) } }),
            ("Upper bound", html! { span.num { (money(plan.bound)) } }),
            ("Gap to the bound", html! { span.num { (format::percent(plan.gap, 2)) } }),
            (
                "Taken up, left out",
                html! { (format::count(plan.engagements.len())) ", " (format::count(plan.left_out.len())) },
            ),
            ("Made", html! { (format::when(record.created_at, viewer.now)) " by " (record.created_by) }),
            ]))
            p.small.secondary { (board::proof(plan.proof)) }
        },
    );
    Ok(Ok(html! {
        (summary)
        (flush_card("Opportunities", Some("Amounts are added ARR."), html! {}, table.render(&rows, &viewer.address, &views)))
    }))
}

fn table() -> Table<Row> {
    let reasons = LeftOutReason::ALL.iter().map(|one| (one.id().to_owned(), one.label().to_owned()));
    let options = std::iter::once(("taken".to_owned(), "In the plan".to_owned())).chain(reasons);
    Table::new("choice", "Opportunities and the plan", ("opportunity", "opportunities"), |row: &Row| {
        row.client_id.to_string()
    })
    .column(
        Column::new(
            "client",
            "Client",
            ColumnKind::Text,
            |row: &Row| html! { a href=(frame::client_href(&row.client_id)) hx-boost="false" { (row.client_name) } },
            |row: &Row| Cell::from(row.client_name.as_str()),
        )
        .sorted_by(|one, two| one.client_name.cmp(&two.client_name)),
    )
    .column(
        Column::new(
            "in",
            "In the plan",
            ColumnKind::Text,
            |row: &Row| match row.reason {
                None => badge(Tone::Good, "Taken up"),
                Some(reason) => html! { (badge(Tone::Plain, "Left out")) span.sub { (reason.label()) } },
            },
            |row: &Row| Cell::from(row.key()),
        )
        .sorted_by(|one, two| one.key().cmp(two.key())),
    )
    .column(
        Column::new(
            "expected",
            "Expected ARR",
            ColumnKind::Money,
            |row: &Row| html! { (format::money_whole(&row.expected_money())) },
            |row: &Row| Cell::Number(row.expected_money().amount.round_dp(2).to_string()),
        )
        .sorted_by_number(|row| Some(row.expected))
        .hint("Added ARR times its chance"),
    )
    .column(
        Column::new(
            "arr",
            "Added ARR",
            ColumnKind::Money,
            |row: &Row| html! { (format::money_whole(&row.arr)) },
            |row: &Row| Cell::Number(row.arr.amount().to_string()),
        )
        .sorted_by_number(|row| Some(row.arr.to_f64()))
        .hint("If the client signs")
        .importance(2),
    )
    .column(
        Column::new(
            "chance",
            "Chance",
            ColumnKind::Fraction,
            |row: &Row| html! { @if let Some(taken) = &row.taken { (format::percent(taken.probability, 0)) } },
            |row: &Row| row.taken.as_ref().map_or(Cell::Empty, |taken| Cell::from(taken.probability)),
        )
        .sorted_by_number(|row| row.taken.as_ref().map(|taken| taken.probability))
        .importance(3),
    )
    .column(
        Column::text("owner", "Owner", |row: &Row| {
            row.taken.as_ref().map_or_else(String::new, |taken| taken.owner.clone())
        })
        .importance(2),
    )
    .column(day("starts", "Starts", |taken| taken.starts_on).importance(3))
    .column(day("closes", "Closes", |taken| taken.closes_on).importance(3))
    .column(
        Column::new(
            "hours",
            "Hours",
            ColumnKind::Number,
            |row: &Row| html! { @if let Some(taken) = &row.taken { (task::hours(taken.hours)) } },
            |row: &Row| row.taken.as_ref().map_or(Cell::Empty, |taken| Cell::from(taken.hours)),
        )
        .sorted_by_number(|row| row.taken.as_ref().map(|taken| taken.hours))
        .importance(3),
    )
    .filter(Filter::new("in", "In the plan", options, |row: &Row| row.key().to_owned()))
    .searched_in(|row| format!("{} {}", row.client_name, row.client_id))
    .default_sort("-expected")
}

fn day(id: &'static str, label: &'static str, of: fn(&Taken) -> Date) -> Column<Row> {
    Column::new(
        id,
        label,
        ColumnKind::Date,
        move |row: &Row| html! { @if let Some(taken) = &row.taken { (format::day(of(taken))) } },
        move |row: &Row| row.taken.as_ref().map_or(Cell::Empty, |taken| Cell::from(of(taken).to_string())),
    )
    .sorted_by(move |one, two| one.taken.as_ref().map(of).cmp(&two.taken.as_ref().map(of)))
}
