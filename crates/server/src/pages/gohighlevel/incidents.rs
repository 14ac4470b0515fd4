//! `/m/{market}/gohighlevel/incidents`: what cannot be made good without a person, each with its packet.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use gohighlevel::{GoHighLevel, Incident};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{done, home, id, page};
use crate::{
    access::MarketRoles,
    api::gohighlevel::CHANGED,
    app::AppState,
    design::{Column, Field, Filter, Icon, Table, Tone, badge, drawer, facts, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// The parameter that opens one.
const OPEN: &str = "incident";

/// `GET /m/{market}/gohighlevel/incidents`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let incidents = state.hub().gohighlevel.incidents(&here.market, false).await?;
    let table = table();
    if let Some(file) = table.export(&incidents, &viewer.address, "gohighlevel-incidents")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let content = html! {
        div.stack id="incidents" hx-get=(viewer.address.href()) hx-select="#incidents" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body delay:1s" } {
            (flush_card("Incidents", None, html! {}, table.render(&incidents, &viewer.address, &views)))
        }
    };
    let open =
        viewer.address.get(OPEN).and_then(|open| incidents.iter().find(|one| one.id.to_string() == open));
    Ok(page(&viewer, &here, "Incidents", "incidents")
        .lead(html! { "What the connection could not make good by itself. They also go out as the webhook topic " code { "integration.incident" } "." })
        .main(content)
        .drawer(open.map(|incident| opened(&viewer, &here, incident)))
        .render()
        .into_response())
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Closing {
    #[serde(default)]
    note: String,
}

/// `POST /m/{market}/gohighlevel/incidents/{incident}/close`
pub async fn close(
    here: InMarket,
    At(at): At,
    Path((_, incident)): Path<(String, String)>,
    State(state): State<AppState>,
    Form(closing): Form<Closing>,
) -> Result<Response, Problem> {
    state.hub().gohighlevel.close_incident(&here.market, id(&incident)?, &closing.note, &at).await?;
    Ok(done(&state, &here, "incidents", Tone::Good, "Closed. What waited because of it is tried now."))
}

fn opened(viewer: &Viewer, here: &InMarket, incident: &Incident) -> Markup {
    let packet = incident.packet();
    let body = html! {
        (facts(&[
            ("State", state_badge(incident)),
            ("Seen", html! { (format::count(incident.count)) " times, last " (format::when(incident.last_at, viewer.now)) }),
            ("Operation", html! { code { (incident.operation) } @if !incident.version.is_empty() { " version " (incident.version) } }),
            ("GoHighLevel said", html! { (incident.message) }),
            ("Contract", html! { (incident.reference) }),
        ]))
        @if !incident.tried.is_empty() { h3 { "What was tried" } ol { @for step in &incident.tried { li { (step) } } } }
        h3 { "Packet" }
        p.small.secondary { "Nothing in it is personal or secret. GoHighLevel has no support interface: paste it into their form, or send it to whoever has to act." }
        pre.secret-list { (packet) }
        div.form-foot { button.button.js-only type="button" data-copy=(packet) { (Icon::Copy) "Copy" } }
        @if incident.closed_at.is_none() && here.may(MarketRoles::MANAGE_INTEGRATION) {
            form.form method="post" hx-boost="false" action={ (home(here)) "/incidents/" (incident.id) "/close" } {
                (Field::textarea("note", "What was done", 3).attribute("maxlength", "2000").render())
                div.form-foot { button.button.primary { (Icon::Check) "Close" } }
            }
        }
        @if let Some(note) = incident.note.as_ref().filter(|note| !note.is_empty()) { h3 { "What was done" } p { (note) } }
    };
    let row = incident.id.to_string();
    let close = viewer.address.without(OPEN).href();
    drawer(&row, GoHighLevel::class_label(incident.class), html! { (state_badge(incident)) }, &close, body)
}

fn state_badge(incident: &Incident) -> Markup {
    match incident.closed_at {
        None => badge(Tone::Warn, "Open"),
        Some(_) => badge(Tone::Good, "Closed"),
    }
}

fn table() -> Table<Incident> {
    Table::new("incident-table", "Incidents", ("incident", "incidents"), |incident: &Incident| {
        incident.id.to_string()
    })
    .opens(|incident: &Incident, address| address.with(OPEN, incident.id))
    .column(
        Column::text("what", "What", |incident: &Incident| {
            GoHighLevel::class_label(incident.class).to_owned()
        })
        .sorted_by(|one, two| one.class.cmp(&two.class)),
    )
    .column(
        Column::new("state", "State", ColumnKind::Text, state_badge, |incident: &Incident| {
            Cell::from(if incident.closed_at.is_none() { "open" } else { "closed" })
        })
        .sorted_by(|one, two| one.closed_at.is_some().cmp(&two.closed_at.is_some())),
    )
    .column(
        Column::text("operation", "Operation", |incident: &Incident| incident.operation.clone())
            .sorted_by(|one, two| one.operation.cmp(&two.operation)),
    )
    .column(
        Column::new(
            "count",
            "Times",
            ColumnKind::Integer,
            |incident: &Incident| html! { (format::count(incident.count)) },
            |incident| Cell::from(i64::try_from(incident.count).unwrap_or(i64::MAX)),
        )
        .sorted_by_number(|incident| Some(incident.count as f64)),
    )
    .column(
        Column::text("message", "GoHighLevel said", |incident: &Incident| incident.message.clone())
            .importance(3),
    )
    .column(
        Column::new(
            "last_at",
            "Last",
            ColumnKind::Text,
            |incident: &Incident| html! { span.nowrap { (format::instant(incident.last_at)) } },
            |incident| Cell::from(incident.last_at.to_string()),
        )
        .sorted_by(|one, two| one.last_at.cmp(&two.last_at)),
    )
    .column(
        Column::new(
            "first_at",
            "First",
            ColumnKind::Text,
            |incident: &Incident| html! { span.nowrap { (format::instant(incident.first_at)) } },
            |incident| Cell::from(incident.first_at.to_string()),
        )
        .optional(),
    )
    .filter(Filter::new(
        "state",
        "State",
        [("open".to_owned(), "Open".to_owned()), ("closed".to_owned(), "Closed".to_owned())],
        |incident: &Incident| {
            if incident.closed_at.is_none() { "open".to_owned() } else { "closed".to_owned() }
        },
    ))
    .searched_in(|incident| format!("{} {}", incident.operation, incident.message))
    .when_empty(Icon::Check, "No incident", "Nothing waits for a person.", [])
}
