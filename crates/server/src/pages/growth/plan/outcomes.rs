//! What became of the offers: every win and loss, beside the chance that was given at the time.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use growth::{
    assessment::Tier,
    outcome::{Outcome, OutcomeKind},
};
use kernel::Ulid;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{View, desk::Desk, task};
use crate::{
    app::AppState,
    design::{
        Address, Column, Field, Filter, Icon, Lead, Table, Tone, Why, badge, card, drawer, facts, flush_card,
        format, tier,
    },
    flash,
    pages::{growth::frame, views},
    problem::Problem,
    viewer::{At, Viewer},
};

/// Most clients offered to choose from; others are reached by their own page.
const CHOICES_MAX: usize = 500;

struct Row {
    outcome: Outcome,
    client_name: String,
    vehicle: String,
    tier: Option<Tier>,
}

fn row(desk: &Desk, outcome: &Outcome) -> Row {
    let client = desk.board.client(&outcome.client_id);
    let vehicle = outcome.vehicle.as_ref().map(|id| {
        desk.board.policy.vehicle(id).map_or_else(|| id.to_string(), |vehicle| vehicle.name.to_string())
    });
    Row {
        client_name: client
            .map_or_else(|| outcome.client_id.to_string(), |(client, _)| client.client_name.to_string()),
        tier: client.map(|(_, assessment)| assessment.tier),
        vehicle: vehicle.unwrap_or_default(),
        outcome: outcome.clone(),
    }
}

/// The tab, or the file that the address asks for.
pub async fn content(
    viewer: &Viewer,
    desk: &Desk,
    state: &AppState,
) -> Result<Result<Markup, Response>, Problem> {
    let rows: Vec<Row> = desk.board.outcomes.iter().map(|outcome| row(desk, outcome)).collect();
    let table = table();
    if let Some(file) = table.export(&rows, &viewer.address, "outcomes")? {
        return Ok(Err(file));
    }
    let views = views::of(viewer, state.directory()).await?;
    let choose = chooser(desk);
    Ok(Ok(html! {
        (card("Record outcome", Some("A win or a loss updates the forecast, the belief per tier and the progress."), html! {}, choose))
        (flush_card("Outcomes", Some("Amounts are added ARR."), html! {}, table.render(&rows, &viewer.address, &views)))
    }))
}

/// Chooses the client whose outcome is recorded: planned clients first, then by potential.
fn chooser(desk: &Desk) -> Markup {
    let mut pairs = desk.board.pairs();
    pairs.sort_by_key(|(_, assessment)| std::cmp::Reverse(assessment.potential_arr.amount()));
    let in_plan: std::collections::HashSet<_> =
        desk.actions().iter().map(|one| one.action.client_id.clone()).collect();
    let (first, rest): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|(client, _)| in_plan.contains(&client.client_id));
    let options = first
        .into_iter()
        .chain(rest)
        .take(CHOICES_MAX)
        .map(|(client, _)| (client.client_id.to_string(), client.client_name.to_string()));
    html! {
        form.cluster method="get" action="/growth/plan/outcomes/new" {
            div.grow { (Field::select("client", "Client", options).render()) }
            button.button.align-end type="submit" { "Continue" }
        }
    }
}

/// `GET /growth/plan/outcomes/new`: leads to the form of the chosen client.
pub async fn choose(viewer: Viewer) -> Result<Response, Problem> {
    let client =
        viewer.address.get("client").ok_or_else(|| Problem::bad_request("Choose a client first."))?;
    let client = growth::metrics::ClientId::new(client);
    Ok(Redirect::to(&task::outcome_href(&client, &Address::at(View::Outcomes.path()))).into_response())
}

fn kind(outcome: &Outcome) -> Markup {
    if outcome.won() { badge(Tone::Good, "Won") } else { badge(Tone::Plain, "Lost") }
}

fn table() -> Table<Row> {
    Table::new("outcomes", "Recorded outcomes", ("outcome", "outcomes"), |row: &Row| {
        row.outcome.id.to_string()
    })
    .column(
        Column::text("client", "Client", |row: &Row| row.client_name.clone())
            .sorted_by(|one, two| one.client_name.cmp(&two.client_name)),
    )
    .column(
        Column::new(
            "kind",
            "Outcome",
            ColumnKind::Text,
            |row: &Row| kind(&row.outcome),
            |row: &Row| Cell::from(row.outcome.kind.id()),
        )
        .sorted_by(|one, two| one.outcome.kind.cmp(&two.outcome.kind)),
    )
    .column(
        Column::new(
            "arr",
            "Added ARR",
            ColumnKind::Money,
            |row: &Row| html! { @if row.outcome.won() { (format::money_whole(&row.outcome.arr)) } },
            |row: &Row| Cell::Number(row.outcome.arr.amount().to_string()),
        )
        .sorted_by_number(|row| Some(row.outcome.arr.to_f64())),
    )
    .column(
        Column::new(
            "date",
            "Decided",
            ColumnKind::Date,
            |row: &Row| format::day(row.outcome.occurred_on),
            |row: &Row| Cell::from(row.outcome.occurred_on.to_string()),
        )
        .sorted_by(|one, two| one.outcome.occurred_on.cmp(&two.outcome.occurred_on)),
    )
    .column(
        Column::new(
            "predicted",
            "Chance given",
            ColumnKind::Fraction,
            |row: &Row| match row.outcome.predicted_probability {
                Some(chance) => html! { (format::percent(chance, 0)) },
                None => html! { span.muted { "none" } },
            },
            |row: &Row| row.outcome.predicted_probability.map_or(Cell::Empty, Cell::from),
        )
        .sorted_by_number(|row| row.outcome.predicted_probability)
        .hint("The prediction in force on the day it was decided")
        .importance(2),
    )
    .column(Column::text("vehicle", "Vehicle", |row: &Row| row.vehicle.clone()).importance(3))
    .column(Column::text("note", "Note", |row: &Row| row.outcome.note.clone().unwrap_or_default()).optional())
    .column(
        Column::text("client_id", "Client identifier", |row: &Row| row.outcome.client_id.to_string())
            .optional(),
    )
    .filter(Filter::new(
        "kind",
        "Outcome",
        OutcomeKind::ALL.iter().map(|kind| (kind.id().to_owned(), kind.label().to_owned())),
        |row: &Row| row.outcome.kind.id().to_owned(),
    ))
    .searched_in(|row| {
        format!(
            "{} {} {}",
            row.client_name,
            row.outcome.client_id,
            row.outcome.note.as_deref().unwrap_or_default()
        )
    })
    .opens(|row, here| here.with("outcome", row.outcome.id))
    .default_sort("-date")
    .when_empty(
        Icon::Done,
        "No outcomes yet",
        "When a client signs or declines, record it: predictions are checked against it from then on.",
        [Lead::new("Open the plan", super::HOME)],
    )
}

/// The panel of one outcome.
pub fn panel(viewer: &Viewer, desk: &Desk) -> Option<Markup> {
    let id: Ulid = viewer.address.parsed("outcome")?;
    let outcome = desk.board.outcomes.iter().find(|outcome| outcome.id == id)?;
    let row = row(desk, outcome);
    let subtitle = html! { (kind(outcome)) @if let Some(of) = row.tier { (tier(of)) } };
    let chance = outcome.predicted_probability;
    let why = Why::new("the latest prediction of this client on or before the day it was decided")
        .input("Decided", format::date(outcome.occurred_on))
        .source("prediction ledger");
    let body = html! {
        div.section {
            (facts(&[
                ("Decided", format::day(outcome.occurred_on)),
                ("Added ARR", html! { @if outcome.won() { (format::money(&outcome.arr)) } @else { "none" } }),
                ("Vehicle", html! { @if row.vehicle.is_empty() { "several, or not known" } @else { (row.vehicle) } }),
                ("Chance given", html! { (chance.map_or_else(|| "no prediction".to_owned(), |chance| format::percent(chance, 1))) " " (why.render("Chance given")) }),
                ("Recorded", format::when(outcome.recorded_at, viewer.now)),
            ]))
            @if let Some(note) = &outcome.note { p.secondary { (note) } }
            a.button.small href=(frame::client_href(&outcome.client_id)) { (Icon::Building) "Open client" }
        }
        div.section {
            h3 { "Recorded by mistake?" }
            p.secondary.small { "Withdrawn, it no longer counts anywhere. The log keeps that it was there." }
            form method="post" action={ "/growth/plan/outcomes/" (outcome.id) "/withdraw" } {
                button.button.danger.small { (Icon::Undo) "Withdraw this outcome" }
            }
        }
    };
    let close = viewer.address.without("outcome").href();
    Some(drawer(&outcome.id.to_string(), &row.client_name, subtitle, &close, body))
}

/// `POST /growth/plan/outcomes/{id}/withdraw`
pub async fn withdraw(
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    state.growth().withdraw_outcome(id, &at).await?;
    Ok(flash::redirect(&Address::at(View::Outcomes.path()), Tone::Good, "The outcome no longer counts."))
}
