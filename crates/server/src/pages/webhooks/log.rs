//! The log of an endpoint: what was sent, and what came of it.

use axum::response::Response;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};
use webhooks::{DELIVERIES_PAGE_MAX, Delivery, DeliveryState, Endpoint, EndpointState};

use super::{duration, place};
use crate::{
    app::AppState,
    design::{Column, Filter, Icon, Table, Tone, badge, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// The log as it was asked for.
pub enum Log {
    /// As a file.
    File(Response),
    /// On the page.
    Card(Markup),
}

/// The newest deliveries.
pub async fn card(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    endpoint: &Endpoint,
    manages: bool,
) -> Result<Log, Problem> {
    let found =
        state.hub().webhooks.deliveries(&here.market, endpoint.id, None, None, DELIVERIES_PAGE_MAX).await?;
    let again = manages && !matches!(endpoint.state, EndpointState::Disabled { .. }) && endpoint.has_secret;
    let table = table(again.then(|| place(here, endpoint.id)));
    if let Some(file) = table.export(&found, &viewer.address, "deliveries")? {
        return Ok(Log::File(file));
    }
    let views = views::of(viewer, state.directory()).await?;
    let more = found.len() == DELIVERIES_PAGE_MAX as usize;
    let note = if more {
        "The 200 newest; the API gives all of them."
    } else {
        "Of an answer nothing is kept but its status and how long it took."
    };
    let rendered = table.render(&found, &viewer.address, &views);
    Ok(Log::Card(flush_card("Deliveries", Some(note), html! {}, rendered)))
}

fn state_badge(state: DeliveryState) -> Markup {
    let tone = match state {
        DeliveryState::Waiting => Tone::Info,
        DeliveryState::Delivered => Tone::Good,
        DeliveryState::Failed => Tone::Bad,
        DeliveryState::Dropped => Tone::Plain,
    };
    badge(tone, state.label())
}

/// What the last attempt met: a status, or why there was none.
fn outcome(delivery: &Delivery) -> String {
    match (delivery.attempts.last(), &delivery.reason) {
        (Some(last), _) => match (last.status, &last.error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => match error.as_str() {
                "name" => "no such host".to_owned(),
                "connect" => "nobody answers".to_owned(),
                "tls" => "no secure connection".to_owned(),
                "timeout" => "too slow".to_owned(),
                "refused" => "address not allowed".to_owned(),
                other => other.to_owned(),
            },
            (None, None) => format::UNKNOWN.to_owned(),
        },
        (None, Some(reason)) => reason.clone(),
        (None, None) => "not yet".to_owned(),
    }
}

fn table(again_at: Option<String>) -> Table<Delivery> {
    let states = DeliveryState::ALL.map(|state| (state.id().to_owned(), state.label().to_owned()));
    let table = Table::new(
        "delivery-table",
        "Deliveries, the newest first",
        ("delivery", "deliveries"),
        |delivery: &Delivery| delivery.id.to_string(),
    )
    .column(
        Column::new(
            "created_at",
            "When",
            ColumnKind::Text,
            |delivery: &Delivery| html! { span.nowrap { (format::instant(delivery.created_at)) } },
            |delivery| Cell::from(delivery.created_at.to_string()),
        )
        .sorted_by(|one, two| one.seq.cmp(&two.seq)),
    )
    .column(
        Column::new(
            "topic",
            "Topic",
            ColumnKind::Text,
            |delivery: &Delivery| html! { code.nowrap { (delivery.topic) } @if delivery.cause == webhooks::Cause::Replay { div.tiny.muted { "sent again" } } },
            |delivery| Cell::from(delivery.topic.as_str()),
        )
        .sorted_by(|one, two| one.topic.cmp(&two.topic)),
    )
    .column(
        Column::new(
            "state",
            "State",
            ColumnKind::Text,
            |delivery: &Delivery| state_badge(delivery.state),
            |delivery| Cell::from(delivery.state.id()),
        )
        .sorted_by(|one, two| one.state.id().cmp(two.state.id())),
    )
    .column(Column::text("outcome", "Answer", outcome))
    .column(
        Column::new(
            "attempts",
            "Attempts",
            ColumnKind::Integer,
            |delivery: &Delivery| html! { (format::count(delivery.attempts.len())) },
            |delivery| Cell::from(delivery.attempts.len() as u64),
        )
        .sorted_by(|one, two| one.attempts.len().cmp(&two.attempts.len()))
        .importance(2),
    )
    .column(
        Column::new(
            "duration",
            "Took",
            ColumnKind::Integer,
            |delivery: &Delivery| html! { @match delivery.attempts.last() { Some(last) => span.nowrap { (duration(last.duration_ms)) }, None => "not yet" } },
            |delivery| delivery.attempts.last().map_or(Cell::Empty, |last| Cell::from(u64::from(last.duration_ms))),
        )
        .importance(3),
    )
    .column(
        Column::new(
            "next_at",
            "Next try",
            ColumnKind::Text,
            |delivery: &Delivery| html! { @match delivery.next_at { Some(next) => span.nowrap { (format::instant(next)) }, None => "none" } },
            |delivery| delivery.next_at.map_or(Cell::Empty, |next| Cell::from(next.to_string())),
        )
        .importance(3),
    )
    .column(Column::text("message", "Message", |delivery: &Delivery| delivery.message_id.to_string()).optional())
    .filter(Filter::new("state", "State", states, |delivery: &Delivery| delivery.state.id().to_owned()))
    .searched_in(|delivery| format!("{} {}", delivery.topic, delivery.message_id))
    .when_empty(
        Icon::Activity,
        "Nothing was sent yet",
        "As soon as something happens that the endpoint asks for, it is here. A test message goes out at once.",
        [],
    );
    let Some(at) = again_at else { return table };
    table.column(Column::new(
        "again",
        "Send again",
        ColumnKind::Text,
        move |delivery: &Delivery| {
            html! {
                @if matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Failed) {
                    form method="post" action={ (at) "/messages/" (delivery.message_id) "/replay" } {
                        button.button.small type="submit" aria-label={ "Send message " (delivery.message_id) " again" } { (Icon::Refresh) "Again" }
                    }
                }
            }
        },
        |_| Cell::Empty,
    ))
}
