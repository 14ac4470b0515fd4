//! `/m/{market}/webhooks`: where messages go.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};
use webhooks::{DeliveryCounts, Endpoint, MadeEndpoint, NewEndpoint, Topics, WebhooksError};

use super::{fields, home, place, secret_card, state_badge, wrong};
use crate::{
    access::MarketRoles,
    api::webhooks::CHANGED,
    app::AppState,
    design::{Column, Errors, Icon, Page, Table, card, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// One line.
struct Line {
    endpoint: Endpoint,
    href: String,
    counts: DeliveryCounts,
}

/// `GET /m/{market}/webhooks`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    page(&viewer, &here, &state, &Errors::default(), &Draft::default(), None).await
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Draft {
    #[serde(default)]
    url: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    topics: String,
}

/// `POST /m/{market}/webhooks`
pub async fn create(
    viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let made = match draft.topics.parse::<Topics>() {
        Ok(topics) => {
            let new = NewEndpoint { url: draft.url.clone(), description: draft.description.clone(), topics };
            state.hub().webhooks.create(&here.market, new, &at).await
        }
        Err(error) => Err(WebhooksError::from(error)),
    };
    match made {
        Ok(made) => {
            state.tell(here.market.id(), CHANGED);
            page(&viewer, &here, &state, &Errors::default(), &Draft::default(), Some(made)).await
        }
        Err(error) => {
            let errors = wrong(error)?;
            let mut page = page(&viewer, &here, &state, &errors, &draft, None).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
    }
}

async fn page(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    errors: &Errors,
    draft: &Draft,
    made: Option<MadeEndpoint>,
) -> Result<Response, Problem> {
    let webhooks = &state.hub().webhooks;
    let mut counts = webhooks.counts(&here.market).await?;
    let lines: Vec<Line> = webhooks
        .endpoints(&here.market)
        .await?
        .into_iter()
        .map(|endpoint| Line {
            href: place(here, endpoint.id),
            counts: counts.remove(&endpoint.id).unwrap_or_default(),
            endpoint,
        })
        .collect();
    let table = table();
    if let Some(file) = table.export(&lines, &viewer.address, "webhooks")? {
        return Ok(file);
    }
    let views = views::of(viewer, state.directory()).await?;
    let list = flush_card("Endpoints", None, html! {}, table.render(&lines, &viewer.address, &views));
    let live = html! {
        div.stack id="webhooks" hx-get=(viewer.address.href()) hx-select="#webhooks" hx-swap="outerMorph"
            hx-target="this" hx-trigger={ (CHANGED) " from:body delay:500ms" } { (list) }
    };
    let manages = here.may(MarketRoles::MANAGE_WEBHOOKS);
    let content = html! {
        @if let Some(made) = &made {
            (secret_card(made, "Give it to the receiver, who verifies every message with it."))
        }
        @if manages { div.split.wide-first { (live) (form(here, errors, draft)) } } @else { (live) }
    };
    Ok(Page::new(viewer, "Webhooks")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .lead(html! {
            "What happens in this market is told to other systems: signed by Standard Webhooks, at least once, for three days if need be."
        })
        .main(content)
        .render()
        .into_response())
}

fn form(here: &InMarket, errors: &Errors, draft: &Draft) -> Markup {
    let body = html! {
        (errors.summary())
        form.form method="post" action=(home(here)) {
            (fields(&draft.url, &draft.description, &draft.topics, errors))
            div.form-foot { button.button.primary type="submit" { (Icon::Plus) "Add endpoint" } }
        }
    };
    card("Add an endpoint", None, html! {}, body)
}

fn table() -> Table<Line> {
    Table::new("webhook-table", "Webhook endpoints", ("endpoint", "endpoints"), |line: &Line| {
        line.endpoint.id.to_string()
    })
    .column(
        Column::new(
            "host",
            "Receiver",
            ColumnKind::Text,
            |line: &Line| {
                html! {
                    a href=(line.href) { (line.endpoint.host) }
                    @if !line.endpoint.description.is_empty() { div.tiny.muted { (line.endpoint.description) } }
                }
            },
            |line| Cell::from(line.endpoint.host.as_str()),
        )
        .sorted_by(|one, two| one.endpoint.host.cmp(&two.endpoint.host)),
    )
    .column(
        Column::new(
            "state",
            "State",
            ColumnKind::Text,
            |line: &Line| state_badge(line.endpoint.state),
            |line| Cell::from(line.endpoint.state.label()),
        )
        .sorted_by(|one, two| one.endpoint.state.label().cmp(two.endpoint.state.label())),
    )
    .column(
        Column::text("topics", "Topics", |line: &Line| topics(&line.endpoint)).importance(3),
    )
    .column(number("waiting", "Waiting", |counts| counts.waiting))
    .column(number("delivered", "Delivered", |counts| counts.delivered))
    .column(number("failed", "Failed", |counts| counts.failed))
    .column(number("dropped", "Dropped", |counts| counts.dropped).optional())
    .column(
        Column::new(
            "created_at",
            "Added",
            ColumnKind::Text,
            |line: &Line| html! { span.nowrap { (format::instant(line.endpoint.created_at)) } },
            |line| Cell::from(line.endpoint.created_at.to_string()),
        )
        .sorted_by(|one, two| one.endpoint.created_at.cmp(&two.endpoint.created_at))
        .optional(),
    )
    .column(Column::text("id", "Identifier", |line: &Line| line.endpoint.id.to_string()).optional())
    .searched_in(|line| format!("{} {}", line.endpoint.host, line.endpoint.description))
    .when_empty(
        Icon::Send,
        "No endpoint yet",
        "Add the address of a system that is to learn what happens in this market.",
        [],
    )
}

fn topics(endpoint: &Endpoint) -> String {
    if endpoint.topics.patterns().is_empty() { "everything".to_owned() } else { endpoint.topics.to_string() }
}

fn number(
    id: &'static str,
    label: &'static str,
    value: impl Fn(&DeliveryCounts) -> u64 + Copy + Send + Sync + 'static,
) -> Column<Line> {
    Column::new(
        id,
        label,
        ColumnKind::Integer,
        move |line: &Line| html! { (format::count(value(&line.counts))) },
        move |line| Cell::from(value(&line.counts)),
    )
    .sorted_by(move |one, two| value(&one.counts).cmp(&value(&two.counts)))
}
