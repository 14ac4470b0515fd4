//! Coming in and going out: one-time links, e-mail and password, then the second step; or an OpenID provider.
//!
//! A link's address only shows a button; what uses the link up is pressing it. So the programs that open
//! every link of an e-mail to scan it leave it usable.

pub mod provider;
mod second_step;

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use directory::{Entry, SECOND_STEP_LIFETIME, SESSION_LIFETIME, SignInError, Started, Visit};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    access::{Access, Routes},
    app::AppState,
    design::{Address, Field, Icon, Tone, bare, notice},
    flash,
    problem::Problem,
    viewer::{self, Viewer},
};

/// Adds the doors.
pub fn routes(routes: Routes) -> Routes {
    use Access::Public;
    routes
        .get(Public, "/sign-in", show)
        .post(Public, "/sign-in", with_password)
        .get(Public, "/sign-in/link/{token}", show_link)
        .post(Public, "/sign-in/link/{token}", with_link)
        .get(Public, second_step::PATH, second_step::show)
        .post(Public, second_step::PATH, second_step::finish)
        .get(Public, "/sign-in/oidc", provider::begin)
        .get(Public, crate::oidc::CALLBACK, provider::back)
        .post(Public, "/sign-out", out)
}

/// The local address that the query asks to go to afterwards.
pub fn next_of(address: &Address) -> String {
    address
        .get("next")
        .map(Address::parse)
        .and_then(Address::local)
        .map_or_else(|| "/".to_owned(), |next| next.href())
}

/// `GET /sign-in`
pub async fn show(viewer: Viewer, State(state): State<AppState>) -> Response {
    let next = next_of(&viewer.address);
    if viewer.signed_in.is_some() {
        return Redirect::to(&next).into_response();
    }
    form(&viewer, &state, &next, "", None).into_response()
}

fn form(viewer: &Viewer, state: &AppState, next: &str, email: &str, wrong: Option<&str>) -> Markup {
    let email_field = Field::email("email", "E-mail").required().value(email);
    let password = Field::password("password", "Password", "current-password").required();
    bare(
        viewer,
        "Sign in",
        html! {
            h1 { "Sign in" }
            @if let Some(wrong) = wrong { (notice(Tone::Bad, wrong, html! {})) }
            @if let Some(oidc) = state.oidc() {
                a.button.primary.wide href=(Address::at("/sign-in/oidc").with("next", next).href()) { (Icon::Shield) "Sign in with " (oidc.label()) }
                p.or.small.muted { "or with your password here" }
            }
            form.stack method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                (if email.is_empty() { email_field.autofocus() } else { email_field }.render())
                (if email.is_empty() { password } else { password.autofocus() }.render())
                button.button.wide.primary[state.oidc().is_none()] type="submit" { "Sign in" }
            }
            p.small.secondary {
                "No password yet? Use the one-time link that you were given, or ask an operator of this hub for a new one."
            }
        },
    )
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Where a request comes from, as the directory keeps it.
pub fn visit(from: SocketAddr, headers: &HeaderMap) -> Visit {
    Visit { address: from.ip().to_string(), label: viewer::browser(headers) }
}

/// `POST /sign-in`
pub async fn with_password(
    viewer: Viewer,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Problem> {
    let next = next_of(&Address::at("/").with("next", &credentials.next));
    let entry = state
        .directory()
        .sign_in_with_password(
            credentials.email.trim(),
            &credentials.password,
            &visit(from, &headers),
            state.clock().now(),
            state.entropy().bytes(),
        )
        .await;
    match entry {
        Ok(entry) => enter(&state, &headers, entry, &next, "password").await,
        Err(error @ SignInError::Store(_)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(reason = %error, "somebody was not let in");
            let problem = Problem::from(error);
            let page = form(&viewer, &state, &next, credentials.email.trim(), Some(problem.detail()));
            Ok((problem.status(), page).into_response())
        }
    }
}

/// `GET /sign-in/link/{token}`
pub async fn show_link(
    viewer: Viewer,
    State(state): State<AppState>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let Some(user) = state.directory().peek_link(&token, state.clock().now()).await? else {
        return Ok(used_up(&viewer));
    };
    let page = bare(
        &viewer,
        "Sign in",
        html! {
            h1 { "Welcome, " (user.name) }
            p.secondary { "This link signs you in on this browser as " strong { (user.email.as_str()) } ". It works once." }
            form method="post" { button.button.primary.wide type="submit" autofocus { (Icon::Key) "Sign in" } }
        },
    );
    Ok(page.into_response())
}

fn used_up(viewer: &Viewer) -> Response {
    let page = bare(
        viewer,
        "Link used up",
        html! {
            h1 { "This link no longer works" }
            p.secondary {
                "A sign-in link works once and only for a while. The hub prints a new one when it starts, and its operators can make one."
            }
            a.button.wide href="/sign-in" { "Sign in with a password" }
        },
    );
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// `POST /sign-in/link/{token}`
pub async fn with_link(
    viewer: Viewer,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let entry = state
        .directory()
        .sign_in_with_link(&token, &visit(from, &headers), state.clock().now(), state.entropy().bytes())
        .await;
    match entry {
        Ok(entry) => enter(&state, &headers, entry, "/", "link").await,
        Err(SignInError::LinkUnusable) => Ok(used_up(&viewer)),
        Err(error) => Err(error.into()),
    }
}

/// Sends somebody on who has shown the first factor: inside, or to the second step.
async fn enter(
    state: &AppState,
    headers: &HeaderMap,
    entry: Entry,
    next: &str,
    way: &'static str,
) -> Result<Response, Problem> {
    match entry {
        Entry::In(started) => welcome(state, headers, &started, next, way).await,
        Entry::SecondStep(pending) => {
            let mut response =
                Redirect::to(&Address::at(second_step::PATH).with("next", next).href()).into_response();
            keep(&mut response, second_step::COOKIE, pending.token.as_str(), SECOND_STEP_LIFETIME.as_secs());
            Ok(response)
        }
    }
}

/// Begins the session in this browser, in place of one that it had.
async fn welcome(
    state: &AppState,
    headers: &HeaderMap,
    started: &Started,
    next: &str,
    way: &'static str,
) -> Result<Response, Problem> {
    let config = state.config();
    if let Some(before) = viewer::cookie(headers, config.session_cookie()) {
        state.directory().end_session(before).await?;
    }
    tracing::info!(user = %started.user.id, session = %started.session.id, way, "somebody signed in");
    let cookie = viewer::set_cookie(
        config.session_cookie(),
        started.token.as_str(),
        SESSION_LIFETIME.as_secs(),
        true,
        config.is_https(),
    );
    let mut response = Redirect::to(next).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Gives the browser a secret for the way of one sign-in; 0 seconds take it away. By https it is bound to the host.
fn keep(response: &mut Response, cookie: (&'static str, &'static str), value: &str, seconds: i64) {
    if let Ok(line) = HeaderValue::from_str(&viewer::set_cookie(cookie.0, value, seconds, true, false)) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// `POST /sign-out`
pub async fn out(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let config = state.config();
    if let Some(token) = viewer::cookie(&headers, config.session_cookie()) {
        state.directory().end_session(token).await?;
    }
    let mut response = flash::redirect(&Address::at("/sign-in"), Tone::Good, "You are signed out.");
    let cookie = viewer::set_cookie(config.session_cookie(), "", 0, true, config.is_https());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // What pages left in the browser goes, too.
    let everything = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), everything);
    Ok(response)
}
