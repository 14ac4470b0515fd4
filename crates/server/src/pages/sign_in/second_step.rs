//! The second step: the code of an authenticator app, or a recovery code.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use directory::SignInError;
use maud::{Markup, html};
use serde::Deserialize;

use super::{keep, next_of, visit, welcome};
use crate::{
    app::AppState,
    design::{Address, Field, Tone, bare, notice},
    problem::Problem,
    viewer::{self, Viewer},
};

/// Where it is.
pub const PATH: &str = "/sign-in/code";
/// What holds the sign-in that waits, by http and by https.
pub const COOKIE: (&str, &str) = ("ehub_step", "__Host-ehub_step");

/// `GET /sign-in/code`
pub async fn show(viewer: Viewer, State(state): State<AppState>, headers: HeaderMap) -> Response {
    match viewer::cookie(&headers, state.config().cookie(COOKIE)) {
        Some(_) => page(&viewer, &next_of(&viewer.address), None).into_response(),
        None => Redirect::to("/sign-in").into_response(),
    }
}

fn page(viewer: &Viewer, next: &str, wrong: Option<&str>) -> Markup {
    let code = Field::text("code", "Code").required().autofocus().attribute("autocomplete", "one-time-code");
    bare(
        viewer,
        "Second step",
        html! {
            h1 { "Second step" }
            @if let Some(wrong) = wrong { (notice(Tone::Bad, wrong, html! {})) }
            p.secondary { "Enter the six digits that your authenticator app shows for EnterpriseHub." }
            form.stack method="post" action=(PATH) {
                input type="hidden" name="next" value=(next);
                (code.hint("Without the app: one of your recovery codes. Each works once.").attribute("maxlength", "40").render())
                button.button.primary.wide type="submit" { "Sign in" }
            }
            a.small href="/sign-in" { "Begin again" }
        },
    )
}

fn too_late(viewer: &Viewer) -> Response {
    let page = bare(
        viewer,
        "Begin again",
        html! {
            h1 { "This took too long" }
            p.secondary { "The second step follows the first within five minutes." }
            a.button.primary.wide href="/sign-in" { "Sign in again" }
        },
    );
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

#[derive(Deserialize)]
pub struct Step {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in/code`
pub async fn finish(
    viewer: Viewer,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(step): Form<Step>,
) -> Result<Response, Problem> {
    let next = next_of(&Address::at("/").with("next", &step.next));
    let Some(pending) = viewer::cookie(&headers, state.config().cookie(COOKIE)) else {
        return Ok(too_late(&viewer));
    };
    let (visit, now) = (visit(from, &headers), state.clock().now());
    match state.directory().finish_sign_in(pending, &step.code, &visit, now, state.entropy().bytes()).await {
        Ok(started) => {
            let mut response = welcome(&state, &headers, &started, &next, "second step").await?;
            keep(&mut response, COOKIE, "", 0);
            Ok(response)
        }
        Err(SignInError::StepUnusable) => Ok(too_late(&viewer)),
        Err(error @ (SignInError::WrongCode | SignInError::TooManyAttempts { .. })) => {
            tracing::warn!(reason = %error, "somebody was not let in");
            let problem = Problem::from(error);
            Ok((problem.status(), page(&viewer, &next, Some(problem.detail()))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
