//! `/m/{market}/webhooks/{webhook}`: one endpoint, what was sent to it, and what can be done with it.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::Ulid;
use maud::{Markup, html};
use serde::Deserialize;
use webhooks::{Endpoint, EndpointEdit, EndpointState, MadeEndpoint, Topics, WebhooksError};

use super::{fields, home, log, place, secret_card, state_badge, wrong};
use crate::{
    access::MarketRoles,
    api::webhooks::CHANGED,
    app::AppState,
    design::{Address, Errors, Field, Icon, Page, Tone, card, disclose, facts, format, notice},
    flash,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// The endpoint in the path, beside the market.
#[derive(Deserialize)]
pub struct OfWebhook {
    pub webhook: Ulid,
}

/// `GET /m/{market}/webhooks/{webhook}`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
) -> Result<Response, Problem> {
    let endpoint = state.hub().webhooks.endpoint(&here.market, path.webhook).await?;
    page(&viewer, &here, &state, &endpoint, Shown::default()).await
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Change {
    version: u32,
    #[serde(default)]
    url: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    topics: String,
}

/// `POST /m/{market}/webhooks/{webhook}`
pub async fn save(
    viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Form(change): Form<Change>,
) -> Result<Response, Problem> {
    let webhooks = &state.hub().webhooks;
    let saved = match change.topics.parse::<Topics>() {
        Ok(topics) => {
            let edit = EndpointEdit {
                url: Some(change.url.clone()),
                description: Some(change.description.clone()),
                topics: Some(topics),
                enabled: None,
            };
            webhooks.update(&here.market, path.webhook, change.version, edit, &at).await
        }
        Err(error) => Err(WebhooksError::from(error)),
    };
    match saved {
        Ok(_) => {
            state.tell(here.market.id(), CHANGED);
            let back = Address::at(place(&here, path.webhook));
            Ok(flash::redirect(&back, Tone::Good, "Saved. The next message goes there."))
        }
        Err(error) => {
            let errors = wrong(error)?;
            let endpoint = webhooks.endpoint(&here.market, path.webhook).await?;
            let shown = Shown { errors, change: Some(change), made: None };
            let mut page = page(&viewer, &here, &state, &endpoint, shown).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
    }
}

/// Which version somebody looked at.
#[derive(Deserialize)]
pub struct Version {
    version: u32,
}

/// `POST /m/{market}/webhooks/{webhook}/secret`
pub async fn rotate(
    viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Form(seen): Form<Version>,
) -> Result<Response, Problem> {
    let made = state.hub().webhooks.rotate(&here.market, path.webhook, seen.version, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let endpoint = made.endpoint.clone();
    let shown = Shown { made: Some(made), ..Shown::default() };
    page(&viewer, &here, &state, &endpoint, shown).await
}

/// What the page shows beside the endpoint.
#[derive(Default)]
struct Shown {
    errors: Errors,
    change: Option<Change>,
    made: Option<MadeEndpoint>,
}

async fn page(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    endpoint: &Endpoint,
    shown: Shown,
) -> Result<Response, Problem> {
    let manages = here.may(MarketRoles::MANAGE_WEBHOOKS);
    let log = match log::card(viewer, here, state, endpoint, manages).await? {
        log::Log::File(file) => return Ok(file),
        log::Log::Card(card) => card,
    };
    let content = html! {
        @if let Some(made) = &shown.made {
            (secret_card(made, "Until this time tomorrow every message is signed with the former secret as well."))
        }
        (state_notice(endpoint))
        div.stack id="webhook" hx-get=(viewer.address.href()) hx-select="#webhook" hx-swap="outerMorph"
            hx-target="this" hx-trigger={ (CHANGED) " from:body delay:500ms" } {
            (about(viewer, endpoint, manages))
            (log)
        }
        @if manages { div.split { (edit_card(here, endpoint, &shown)) (work_card(here, endpoint)) } }
    };
    let title = if endpoint.description.is_empty() { &endpoint.host } else { &endpoint.description };
    Ok(Page::new(viewer, title.as_str())
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Webhooks", home(here))
        .actions(html! {
            @if manages && !matches!(endpoint.state, EndpointState::Disabled { .. }) && endpoint.has_secret {
                form method="post" action={ (place(here, endpoint.id)) "/test" } {
                    button.button type="submit" { (Icon::Activity) "Send a test message" }
                }
            }
        })
        .main(content)
        .render()
        .into_response())
}

fn state_notice(endpoint: &Endpoint) -> Markup {
    html! {
        @if !endpoint.has_secret {
            (notice(Tone::Bad, "This endpoint has no secret", html! { p { "Secrets stay behind when a market moves to another hub. Give it a new one, and tell the receiver." } }))
        } @else if let EndpointState::Disabled { at, reason } = endpoint.state {
            (notice(Tone::Bad, "Nothing is sent to this endpoint", html! { p { (reason.label()) " (" (format::instant(at)) "). What was on its way waits; what happens meanwhile is not told, and can be sent again afterwards." } }))
        } @else if let EndpointState::Failing { since } = endpoint.state {
            (notice(Tone::Warn, "Nothing arrives", html! { p { "Every attempt since " (format::instant(since)) " failed. After five days without success the endpoint is disabled." } }))
        }
    }
}

fn about(viewer: &Viewer, endpoint: &Endpoint, manages: bool) -> Markup {
    let topics = html! {
        @if endpoint.topics.patterns().is_empty() { "everything" } @else {
            @for pattern in endpoint.topics.patterns() { code { (pattern) } " " }
        }
    };
    let address = html! { @if manages { code.break { (endpoint.url) } } @else { (endpoint.host) } };
    let former = endpoint.former_secret_until.filter(|until| *until > viewer.now);
    let mut rows = vec![
        ("State", state_badge(endpoint.state)),
        ("Address", address),
        ("Topics", topics),
        ("Added", format::when(endpoint.created_at, viewer.now)),
    ];
    if let Some(until) = former {
        rows.push(("Former secret", html! { "signs as well until " (format::instant(until)) }));
    }
    card("Endpoint", None, html! {}, facts(&rows))
}

fn edit_card(here: &InMarket, endpoint: &Endpoint, shown: &Shown) -> Markup {
    let topics = endpoint.topics.patterns().join(", ");
    let (url, description, topics) = match &shown.change {
        Some(change) => (change.url.as_str(), change.description.as_str(), change.topics.as_str()),
        None => (endpoint.url.as_str(), endpoint.description.as_str(), topics.as_str()),
    };
    let body = html! {
        (shown.errors.summary())
        form.form method="post" action=(place(here, endpoint.id)) {
            input type="hidden" name="version" value=(endpoint.version);
            (fields(url, description, topics, &shown.errors))
            div.form-foot { button.button.primary type="submit" { (Icon::Check) "Save" } }
        }
    };
    card("Change it", None, html! {}, body)
}

fn work_card(here: &InMarket, endpoint: &Endpoint) -> Markup {
    let at = place(here, endpoint.id);
    let disabled = matches!(endpoint.state, EndpointState::Disabled { .. });
    let version = html! { input type="hidden" name="version" value=(endpoint.version); };
    let body = html! {
        (disclose("Send messages again", html! {
            form.form method="post" action={ (at) "/replay" } {
                p.hint { "Messages of these days that the endpoint asks for, each with the identifier that it had. Days are in UTC." }
                (Field::date("from", "From").required().render())
                (Field::date("until", "To, included").required().render())
                (Field::check("missing_only", "Only what has not arrived").value("true").render())
                div.form-foot { button.button type="submit" disabled[disabled] { (Icon::Refresh) "Send again" } }
            }
        }))
        (disclose("New secret", html! {
            form.form method="post" action={ (at) "/secret" } {
                (version)
                p.hint { "For 24 hours messages are signed with the former secret as well, so that the receiver can change over without losing any." }
                div.form-foot { button.button type="submit" { (Icon::Key) "Make a new secret" } }
            }
        }))
        (disclose(if disabled { "Enable" } else { "Disable" }, html! {
            form.form method="post" action={ (at) "/state" } {
                (version)
                input type="hidden" name="enabled" value=(disabled);
                @if disabled {
                    p.hint { "What waited goes out now." }
                    div.form-foot { button.button.primary type="submit" { "Enable it" } }
                } @else {
                    p.hint { "Nothing is sent there any more. What is on its way waits; what happens meanwhile is not told." }
                    div.form-foot { button.button.danger type="submit" { "Disable it" } }
                }
            }
        }))
        (disclose("Remove", html! {
            form.form method="post" action={ (at) "/delete" } {
                p.hint { "The endpoint goes with its log. What is on its way there is not sent any more." }
                (Field::text("confirm", &format!("Write {} to confirm", endpoint.host)).required().attribute("autocomplete", "off").attribute("spellcheck", "false").render())
                div.form-foot { button.button.danger type="submit" { (Icon::Trash) "Remove it" } }
            }
        }))
    };
    card("Work on it", None, html! {}, body)
}
