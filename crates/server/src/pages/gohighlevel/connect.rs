//! What owners and managers do with the connection: a private integration token, fetching everything again, the end.

use axum::{Form, extract::State, response::Response};
use connect::ghl::tokens::Secret;
use gohighlevel::{Connection, ConnectionState};
use maud::{Markup, html};
use serde::Deserialize;

use super::{done, home};
use crate::{
    access::MarketRoles,
    app::AppState,
    design::{Field, Icon, Tone, badge, card, facts, format},
    problem::Problem,
    unbroken::unbroken,
    viewer::{At, InMarket, Viewer},
};

/// What the form sends.
#[derive(Deserialize)]
pub struct PrivateToken {
    #[serde(default)]
    location: String,
    #[serde(default)]
    token: String,
}

/// `POST /m/{market}/gohighlevel/private-token`
pub async fn private_token(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(given): Form<PrivateToken>,
) -> Result<Response, Problem> {
    let (bridge, market) = (state.hub().gohighlevel.clone(), here.market.clone());
    let token = Secret::new(given.token.trim());
    if token.expose().is_empty() {
        return Ok(done(&state, &here, "", Tone::Bad, "Nothing was saved: the token is missing."));
    }
    let used =
        unbroken(async move { bridge.use_private_token(&market, &given.location, token, &at).await }).await;
    match used {
        Ok(_) => Ok(done(&state, &here, "", Tone::Good, "The token works and is kept, sealed.")),
        Err(error) => refused(&state, &here, error),
    }
}

/// `POST /m/{market}/gohighlevel/disconnect`
pub async fn disconnect(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    state.hub().gohighlevel.disconnect(&here.market, &at).await?;
    let text = "Disconnected. What was fetched stays; nothing is asked or written there any more.";
    Ok(done(&state, &here, "", Tone::Good, text))
}

/// `POST /m/{market}/gohighlevel/fetch`
pub async fn fetch(here: InMarket, At(at): At, State(state): State<AppState>) -> Result<Response, Problem> {
    match state.hub().gohighlevel.fill_again(&here.market, at.now).await {
        Ok(()) => Ok(done(&state, &here, "", Tone::Good, "Everything is being fetched once more.")),
        Err(error) => refused(&state, &here, error.into()),
    }
}

/// What a person can put right goes back to the page.
fn refused(state: &AppState, here: &InMarket, problem: Problem) -> Result<Response, Problem> {
    if problem.status().is_server_error() {
        return Err(problem);
    }
    let text = problem.detail().to_owned();
    Ok(done(state, here, "", Tone::Bad, &text))
}

/// Who is connected with what, and how to change it.
pub fn connection(
    viewer: &Viewer,
    here: &InMarket,
    connection: Option<&Connection>,
    has_app: bool,
) -> Markup {
    let manages = here.may(MarketRoles::MANAGE_INTEGRATION);
    let state = match connection.map(|connection| connection.state) {
        Some(ConnectionState::Connected) => badge(Tone::Good, "Connected"),
        Some(ConnectionState::Uninstalled) => badge(Tone::Bad, "Taken out at GoHighLevel"),
        Some(ConnectionState::Disconnected) => badge(Tone::Warn, "Disconnected"),
        None => badge(Tone::Plain, "Never connected"),
    };
    let is_connected = connection.is_some_and(|connection| connection.state == ConnectionState::Connected);
    let body = html! {
        @match connection {
            Some(one) => (facts(&[
                ("Location", html! { @match &one.name { Some(name) => { (name) " " span.muted { (one.location) } } None => (one.location) } }),
                ("Time zone there", html! { (one.time_zone.as_deref().unwrap_or(format::UNKNOWN)) }),
                ("App", html! { @if one.has_app { "let in by consent" } @else { "not let in: no events arrive" } }),
                ("Private integration token", html! { @if one.has_private { "stored, sealed; stands in when the app's tokens fail" } @else { "none" } }),
                ("Since", format::when(one.connected_at, viewer.now)),
            ])),
            None => p { "Connect the location that this market works in. Its contacts, messages, appointments and deals come over; scores and next steps go back." },
        }
        @if manages {
            div.form-foot {
                @if has_app {
                    a.button.primary[!is_connected] href={ (home(here)) "/connect" } { (Icon::Link) @if is_connected { "Connect again" } @else { "Connect GoHighLevel" } }
                } @else {
                    p.small.secondary { "This hub has no marketplace app: its operator sets " code { "ghl_client_id" } " and " code { "ghl_client_secret_file" } ". A private integration token works without one." }
                }
            }
            @if is_connected {
                form.cluster method="post" action={ (home(here)) "/fetch" } { button.button.small { (Icon::Refresh) "Fetch everything again" } }
                form.cluster method="post" action={ (home(here)) "/disconnect" } { button.button.small.danger data-confirm="Disconnect this market from its location? What was fetched stays." { (Icon::Close) "Disconnect" } }
            }
        }
    };
    card("Location", None, state, body)
}

/// The form for a private integration token.
pub fn token_form(here: &InMarket, connection: Option<&Connection>) -> Markup {
    let location = connection.map(|connection| connection.location.clone()).unwrap_or_default();
    let body = html! {
        form.form method="post" action={ (home(here)) "/private-token" } autocomplete="off" {
            (Field::text("location", "Location").value(location).required().attribute("maxlength", "64").hint("Its identifier, from the address of the location's settings.").render())
            (Field::password("token", "Token", "off").required().hint("Settings, Private Integrations. It is tried before it is kept.").render())
            div.form-foot { button.button type="submit" { (Icon::Check) "Try and keep" } }
        }
    };
    card(
        "Private integration token",
        Some(
            "A second credential with limits of its own. GoHighLevel sends it no events: alone, it is asked for news every two minutes.",
        ),
        html! {},
        body,
    )
}
