//! Showing again who you are, before a change that matters: whoever finds an open browser finds no keys to the hub.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use directory::{PROOF_LIFETIME, SignInError};
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    app::AppState,
    design::{Address, Errors, Field, Icon, Page, Tone, card},
    flash,
    pages::sign_in::{next_of, provider, visit},
    problem::Problem,
    viewer::{SignedIn, Viewer},
};

/// Where it is.
pub const PATH: &str = "/account/confirm";

/// The way to this page and then to `back`, unless the last proof is recent enough.
pub fn needed(signed_in: &SignedIn, now: Timestamp, back: &str) -> Option<Response> {
    let is_proven = signed_in.session().is_proven(now);
    (!is_proven).then(|| Redirect::to(&Address::at(PATH).with("next", back).href()).into_response())
}

/// `GET /account/confirm`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Markup, Problem> {
    let next = next_of(&viewer.address);
    page(&viewer, &signed_in, &state, &next, &Errors::default()).await
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    state: &AppState,
    next: &str,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let user = signed_in.user();
    let minutes = PROOF_LIFETIME.as_mins();
    let identities = state.directory().identities(user.id).await?;
    let here = state.oidc().filter(|oidc| identities.iter().any(|one| one.issuer == oidc.issuer()));
    let code = Field::text("code", "Code of your authenticator app").required().errors(errors);
    let body = html! {
        (errors.summary())
        p.secondary { "What you are about to do matters. It is asked for again when your last sign-in is more than " (minutes) " minutes ago." }
        @if user.has_password || user.has_second_factor {
            form.form method="post" action=(PATH) {
                input type="hidden" name="next" value=(next);
                input.visually-hidden type="email" autocomplete="username" value=(user.email.as_str()) readonly tabindex="-1" aria-hidden="true";
                @if user.has_password {
                    (Field::password("password", "Password", "current-password").required().errors(errors).autofocus().render())
                }
                @if user.has_second_factor {
                    (code.attribute("autocomplete", "one-time-code").attribute("maxlength", "40").hint("Or one of your recovery codes.").render())
                }
                div.form-foot { button.button.primary { "Confirm" } a.button.quiet href=(next) { "Cancel" } }
            }
        }
        @if let Some(oidc) = here {
            p { a.button href=(Address::at("/account/confirm/provider").with("next", next).href()) { (Icon::Shield) "Confirm with " (oidc.label()) } }
        }
        @if !user.has_password && !user.has_second_factor && here.is_none() {
            p { "You came in by link and have no password yet, so there is nothing that could be asked for. Sign out and in again with a new link: an operator of this hub can make one." }
            form method="post" action="/sign-out" { button.button.primary { (Icon::SignOut) "Sign out" } }
        }
    };
    Ok(Page::new(viewer, "Confirm that it is you")
        .crumb("Your account", super::HOME)
        .main(html! { div.narrow { (card("Confirm that it is you", None, html! {}, body)) } })
        .render())
}

#[derive(Deserialize)]
pub struct Proof {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /account/confirm`
pub async fn prove(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(proof): Form<Proof>,
) -> Result<Response, Problem> {
    let next = next_of(&Address::at("/").with("next", &proof.next));
    let visit = visit(from, &headers);
    let proven =
        state.directory().prove(signed_in.inner(), &proof.password, &proof.code, &visit, viewer.now).await;
    let mut errors = Errors::default();
    let problem = match proven {
        Ok(()) => {
            let text = "Thank you. Now do it once more.";
            return Ok(flash::redirect(&Address::parse(&next), Tone::Good, text));
        }
        Err(SignInError::WrongCredentials) => {
            errors.add("password", "This is not your password.");
            Problem::from(SignInError::WrongCredentials)
        }
        Err(
            error @ (SignInError::WrongCode
            | SignInError::NothingToProve
            | SignInError::TooManyAttempts { .. }),
        ) => {
            let field = if matches!(error, SignInError::WrongCode) { "code" } else { "password" };
            let problem = Problem::from(error);
            errors.add(field, problem.detail());
            problem
        }
        Err(error) => return Err(error.into()),
    };
    let page = page(&viewer, &signed_in, &state, &next, &errors).await?;
    Ok((problem.status(), page).into_response())
}

/// `GET /account/confirm/provider`
pub async fn at_provider(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    provider::send(&state, &next_of(&viewer.address), Some(signed_in.user().id)).await
}
