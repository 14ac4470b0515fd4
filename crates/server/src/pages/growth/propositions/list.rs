//! The list: the top opportunities and everybody who has a proposition already.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use growth::{
    assessment::{Assessment, Tier},
    metrics::ClientId,
    proposition_record::{PropositionStatus, PropositionSummary},
    ranking,
};
use jiff::Timestamp;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{HOME, Hub};
use crate::{
    design::{Address, Column, Filter, Icon, Lead, Table, Tone, badge, flush_card, format, tier},
    pages::{growth::frame, views},
    problem::Problem,
    viewer::Viewer,
};

struct Row {
    client_id: ClientId,
    client_name: String,
    rank: Option<usize>,
    assessment: Option<Assessment>,
    latest: Option<PropositionSummary>,
    now: Timestamp,
}

impl Row {
    fn href(&self) -> String {
        match &self.latest {
            Some(latest) => format!("{HOME}/{}", latest.id),
            None => Address::at("/growth/propositions/new").with("client", &self.client_id).href(),
        }
    }

    fn status(&self) -> &'static str {
        self.latest.as_ref().map_or("none", |latest| latest.status.id())
    }

    fn tier(&self) -> Option<Tier> {
        self.assessment.as_ref().map(|assessment| assessment.tier)
    }

    /// When something last happened to it.
    fn touched(&self) -> Option<Timestamp> {
        self.latest.as_ref().map(|latest| latest.sent_at.unwrap_or(latest.created_at))
    }
}

/// The badge of a status.
pub fn status(status: PropositionStatus) -> Markup {
    match status {
        PropositionStatus::Draft => badge(Tone::Info, status.label()),
        PropositionStatus::Sent => badge(Tone::Good, status.label()),
    }
}

/// `GET /growth/propositions`
pub async fn show(viewer: Viewer, State(state): Hub) -> Result<Response, Problem> {
    let Some(board) = frame::board(&viewer, state.growth()).await? else {
        return Ok(frame::nothing(&viewer, "Propositions").render().into_response());
    };
    let mut latest: BTreeMap<ClientId, PropositionSummary> = BTreeMap::new();
    for one in state.growth().propositions(None).await? {
        latest.entry(one.client_id.clone()).or_insert(one); // The newest comes first.
    }
    let pairs = board.pairs();
    let limit = board.policy.document().ranking.limit;
    let top = ranking::top(&pairs, &board.policy, limit);
    let row = |client_id: &ClientId, rank: Option<usize>| {
        let known = board.client(client_id);
        Row {
            client_id: client_id.clone(),
            client_name: known
                .map_or_else(|| client_id.to_string(), |(client, _)| client.client_name.to_string()),
            rank,
            assessment: known.map(|(_, assessment)| assessment.clone()),
            latest: latest.get(client_id).cloned(),
            now: viewer.now,
        }
    };
    let mut rows: Vec<Row> = top.iter().map(|one| row(&one.client_id, Some(one.rank))).collect();
    let ranked: BTreeSet<&ClientId> = top.iter().map(|one| &one.client_id).collect();
    rows.extend(latest.keys().filter(|id| !ranked.contains(id)).map(|id| row(id, None)));
    let table = table();
    if let Some(file) = table.export(&rows, &viewer.address, "propositions")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let note = "The top opportunities, and everybody who has a proposition. Amounts are added ARR.";
    let table =
        flush_card("Propositions", Some(note), html! {}, table.render(&rows, &viewer.address, &views));
    Ok(frame::page(&viewer, "Propositions", &board)
        .main(frame::live(&viewer, "propositions-live", table))
        .render()
        .into_response())
}

fn table() -> Table<Row> {
    Table::new("propositions", "Propositions", ("client", "clients"), |row: &Row| row.client_id.to_string())
        .column(
            Column::new(
                "client",
                "Client",
                ColumnKind::Text,
                |row: &Row| html! { a.row-link href=(row.href()) hx-boost="false" { (row.client_name) } },
                |row: &Row| Cell::from(row.client_name.as_str()),
            )
            .sorted_by(|one, two| one.client_name.cmp(&two.client_name)),
        )
        .column(
            Column::new(
                "rank",
                "Rank",
                ColumnKind::Integer,
                |row: &Row| html! { @if let Some(rank) = row.rank { (rank) } @else { span.muted { "–" } } },
                |row: &Row| row.rank.map_or(Cell::Empty, |rank| Cell::Number(rank.to_string())),
            )
            .sorted_by(|one, two| match (one.rank, two.rank) {
                (Some(one), Some(two)) => one.cmp(&two),
                (one, two) => two.is_some().cmp(&one.is_some()),
            })
            .hint("Place among the top opportunities"),
        )
        .column(
            Column::new(
                "status",
                "Status",
                ColumnKind::Text,
                |row: &Row| match &row.latest {
                    Some(latest) => html! { (status(latest.status)) @if let Some(to) = &latest.sent_to { span.sub { "to " (to) } } },
                    None => html! { span.muted { "Not written" } },
                },
                |row: &Row| Cell::from(row.status()),
            )
            .sorted_by(|one, two| one.status().cmp(two.status())),
        )
        .column(
            Column::new(
                "tier",
                "Tier",
                ColumnKind::Text,
                |row: &Row| html! { @if let Some(of) = row.tier() { (tier(of)) } @else { span.muted { (format::UNKNOWN) } } },
                |row: &Row| row.tier().map_or(Cell::Empty, |tier| Cell::from(tier.id())),
            )
            .sorted_by(|one, two| one.tier().cmp(&two.tier()))
            .importance(2),
        )
        .column(
            Column::new(
                "potential",
                "Potential ARR",
                ColumnKind::Money,
                |row: &Row| html! { @if let Some(one) = &row.assessment { (format::money_whole(&one.potential_arr)) } @else { span.muted { (format::UNKNOWN) } } },
                |row: &Row| row.assessment.as_ref().map_or(Cell::Empty, |one| Cell::Number(one.potential_arr.amount().to_string())),
            )
            .sorted_by_number(|row| row.assessment.as_ref().map(|one| one.potential_arr.to_f64()))
            .importance(2),
        )
        .column(
            Column::new(
                "chance",
                "Chance",
                ColumnKind::Fraction,
                |row: &Row| html! { @if let Some(one) = &row.assessment { (format::percent(one.success_probability, 0)) } @else { span.muted { (format::UNKNOWN) } } },
                |row: &Row| row.assessment.as_ref().map_or(Cell::Empty, |one| Cell::from(one.success_probability)),
            )
            .sorted_by_number(|row| row.assessment.as_ref().map(|one| one.success_probability))
            .hint("The policy's prior rule")
            .importance(3),
        )
        .column(
            Column::new(
                "version",
                "Version",
                ColumnKind::Integer,
                |row: &Row| html! { @if let Some(latest) = &row.latest { (latest.version) } },
                |row: &Row| row.latest.as_ref().map_or(Cell::Empty, |latest| Cell::Number(latest.version.to_string())),
            )
            .sorted_by_number(|row| row.latest.as_ref().map(|latest| f64::from(latest.version)))
            .importance(3),
        )
        .column(
            Column::new(
                "touched",
                "Written or sent",
                ColumnKind::Text,
                |row: &Row| html! { @if let Some(then) = row.touched() { (format::when(then, row.now)) } },
                |row: &Row| row.touched().map_or(Cell::Empty, |then| Cell::from(then.to_string())),
            )
            .sorted_by(|one, two| one.touched().cmp(&two.touched()))
            .importance(3),
        )
        .column(Column::text("client_id", "Client identifier", |row: &Row| row.client_id.to_string()).optional())
        .filter(Filter::new(
            "status",
            "Status",
            [("none", "Not written"), ("draft", "Draft"), ("sent", "Sent")].map(|(id, label)| (id.to_owned(), label.to_owned())),
            |row: &Row| row.status().to_owned(),
        ))
        .filter(Filter::new(
            "tier",
            "Tier",
            Tier::ALL.iter().map(|tier| (tier.id().to_owned(), tier.label().to_owned())),
            |row: &Row| row.tier().map_or_else(String::new, |tier| tier.id().to_owned()),
        ))
        .searched_in(|row| format!("{} {}", row.client_name, row.client_id))
        .default_sort("rank")
        .when_empty(
            Icon::FileText,
            "Nobody to write to yet",
            "No client passes every gate of the short list. Any client's page leads to a proposition, too.",
            [Lead::new("See why", "/growth/opportunities")],
        )
}
