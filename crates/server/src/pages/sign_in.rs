//! Coming in and going out: one-time links, e-mail and password.
//!
//! A link's address only shows a button; what uses the link up is pressing it. So the programs that open
//! every link of an e-mail to scan it leave it usable.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use directory::{Entry, SESSION_LIFETIME, SignInError, Started, Visit};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    app::AppState,
    design::{Address, Field, Icon, Tone, bare, notice},
    flash,
    problem::Problem,
    viewer::{self, Viewer},
};

fn next_of(address: &Address) -> String {
    address
        .get("next")
        .map(Address::parse)
        .and_then(Address::local)
        .map_or_else(|| "/".to_owned(), |next| next.href())
}

/// `GET /sign-in`
pub async fn show(viewer: Viewer) -> Response {
    let next = next_of(&viewer.address);
    if viewer.signed_in.is_some() {
        return Redirect::to(&next).into_response();
    }
    form(&viewer, &next, "", None).into_response()
}

fn form(viewer: &Viewer, next: &str, email: &str, wrong: Option<&str>) -> Markup {
    let email_field = Field::email("email", "E-mail").required().value(email);
    let password = Field::password("password", "Password", "current-password").required();
    bare(
        viewer,
        "Sign in",
        html! {
            h1 { "Sign in" }
            @if let Some(wrong) = wrong { (notice(Tone::Bad, wrong, html! {})) }
            form.stack method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                (if email.is_empty() { email_field.autofocus() } else { email_field }.render())
                (if email.is_empty() { password } else { password.autofocus() }.render())
                button.button.primary.wide type="submit" { "Sign in" }
            }
            p.small.secondary {
                "No password yet? Use the one-time link that the hub printed when it started, or ask its owner for a new one."
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
    let started = state
        .directory()
        .sign_in_with_password(
            credentials.email.trim(),
            &credentials.password,
            &visit(from, &headers),
            state.clock().now(),
            state.entropy().bytes(),
        )
        .await;
    match started {
        Ok(Entry::In(started)) => Ok(welcome(&state, &started, &next)),
        Ok(Entry::SecondStep(_)) => Err(Problem::from(SignInError::StepUnusable)),
        Err(error @ SignInError::Store(_)) => Err(error.into()),
        Err(error) => {
            let problem = Problem::from(error);
            let page = form(&viewer, &next, credentials.email.trim(), Some(problem.detail()));
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
                "A sign-in link works once and only for a while. The hub prints a new one when it starts, and its owner can make one."
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
    let started = state
        .directory()
        .sign_in_with_link(&token, &visit(from, &headers), state.clock().now(), state.entropy().bytes())
        .await;
    match started {
        Ok(Entry::In(started)) => Ok(welcome(&state, &started, "/")),
        Ok(Entry::SecondStep(_)) => Err(Problem::from(SignInError::StepUnusable)),
        Err(SignInError::LinkUnusable) => Ok(used_up(&viewer)),
        Err(error) => Err(error.into()),
    }
}

fn welcome(state: &AppState, started: &Started, next: &str) -> Response {
    let config = state.config();
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
    response
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
    Ok(response)
}
