//! Setting the second step up and turning it off; recovery codes.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use directory::{Directory, Enrolment, SecondFactor, SignInError};
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::{HOME, confirm as ask};
use crate::{
    app::AppState,
    design::{
        self, Address, Errors, Field, Icon, Page, Tone, badge, card as panel, disclose, format, notice, qr,
    },
    flash,
    pages::sign_in::visit,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// Where it is.
pub const PATH: &str = "/account/second-factor";
/// From so few recovery codes on, new ones are suggested.
const CODES_LOW: usize = 3;

/// How it stands, on the account page.
pub async fn card(signed_in: &SignedIn, directory: &Directory, now: Timestamp) -> Result<Markup, Problem> {
    let factor = directory.second_factor(signed_in.user().id).await?;
    let body = html! {
        @match factor {
            Some(factor) => {
                p { (badge(Tone::Good, "On")) " since " (format::when(factor.confirmed_at, now)) ". " (left(&factor)) }
                div { a.button href=(PATH) { "Manage" } }
            }
            None => {
                p { (badge(Tone::Warn, "Off")) " Whoever learns your password comes in." }
                div { a.button.primary href=(PATH) { (Icon::Shield) "Set up" } }
            }
        }
    };
    let note = "A code from an app on your phone, asked for after the password.";
    Ok(design::card("Two-step sign-in", Some(note), html! {}, body))
}

fn left(factor: &SecondFactor) -> Markup {
    let count = format::counted(factor.recovery_codes_left, "recovery code", "recovery codes");
    html! { span.warn[factor.recovery_codes_left < CODES_LOW] { (count) " left." } }
}

/// `GET /account/second-factor`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    if let Some(ask) = ask::needed(&signed_in, viewer.now, PATH) {
        return Ok(ask);
    }
    Ok(page(&viewer, &signed_in, &state, &Errors::default()).await?.into_response())
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    state: &AppState,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let (user, directory) = (signed_in.user(), state.directory());
    let body = match directory.second_factor(user.id).await? {
        Some(factor) => on(&factor, viewer.now),
        None => match directory.enrolment(user).await? {
            Some(enrolment) => being_set_up(&enrolment, errors),
            None => off(),
        },
    };
    let first = state.config().second_factor_required && !user.has_second_factor;
    Ok(frame(
        viewer,
        html! {
            div.narrow {
                @if first {
                    (notice(Tone::Warn, "This hub asks everybody for two-step sign-in", html! { p { "Until yours is on, nothing but your account opens." } }))
                }
                (body)
            }
        },
    ))
}

fn frame(viewer: &Viewer, body: Markup) -> Markup {
    Page::new(viewer, "Two-step sign-in").crumb("Your account", HOME).main(body).render()
}

fn off() -> Markup {
    let body = html! {
        p { "After your password you are asked for six digits that an authenticator app shows, for example Google Authenticator, Aegis, 1Password or the password manager of your phone. Whoever learns your password alone stays outside." }
        form method="post" action="/account/second-factor/begin" { button.button.primary { (Icon::Shield) "Begin" } }
    };
    panel("Set two-step sign-in up", None, html! {}, body)
}

fn being_set_up(enrolment: &Enrolment, errors: &Errors) -> Markup {
    let code = Field::text("code", "Six digits that the app shows now").required().errors(errors);
    let body = html! {
        (errors.summary())
        ol.steps {
            li {
                p { "Scan this with your authenticator app." }
                (qr(&enrolment.uri, "QR code with the key for your authenticator app"))
                (disclose("The app cannot scan?", html! {
                    p { "Type this key into it: " code { (enrolment.secret) } }
                    p.small.secondary { "Kind: time-based, 6 digits, 30 seconds." }
                }))
            }
            li {
                form.form method="post" action="/account/second-factor/confirm" {
                    (code.attribute("autocomplete", "one-time-code").attribute("inputmode", "numeric").attribute("maxlength", "10").render())
                    div.form-foot { button.button.primary { "Turn on" } }
                }
            }
        }
        form method="post" action="/account/second-factor/remove" { button.button.quiet { "Cancel" } }
    };
    panel("Set two-step sign-in up", None, html! {}, body)
}

fn on(factor: &SecondFactor, now: Timestamp) -> Markup {
    html! {
        (panel("Two-step sign-in is on", None, html! {}, html! {
            p { "Since " (format::when(factor.confirmed_at, now)) ". After your password, or a one-time link, you are asked for a code." }
            form method="post" action="/account/second-factor/remove" { button.button.danger { "Turn off" } }
        }))
        (panel("Recovery codes", Some("Each lets you in once when the app is not at hand."), html! {}, html! {
            p { (left(factor)) " Making new ones ends all that were made before." }
            form method="post" action="/account/second-factor/recovery-codes" { button.button { (Icon::Refresh) "Make new codes" } }
        }))
    }
}

/// The codes, for the only time.
fn codes_page(viewer: &Viewer, codes: &[String]) -> Markup {
    let text = codes.join("\n");
    let body = html! {
        (notice(Tone::Warn, "Keep these codes now", html! { p { "They are shown this once. Print them or put them into your password manager, not beside your password." } }))
        pre.secret-list { (text) }
        div.form-foot {
            button.button.primary.js-only type="button" data-copy=(text) { (Icon::Copy) "Copy" }
            a.button href=(HOME) { "Done" }
        }
    };
    frame(viewer, html! { div.narrow { (panel("Recovery codes", None, html! {}, body)) } })
}

/// `POST /account/second-factor/begin`
pub async fn begin(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    if let Some(ask) = ask::needed(&signed_in, at.now, PATH) {
        return Ok(ask);
    }
    let (secret, nonce) = (state.entropy().bytes(), state.entropy().bytes());
    state.directory().begin_second_factor(signed_in.user().id, secret, nonce, &at).await?;
    Ok(axum::response::Redirect::to(PATH).into_response())
}

#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
}

/// `POST /account/second-factor/confirm`
pub async fn confirm(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    if let Some(ask) = ask::needed(&signed_in, at.now, PATH) {
        return Ok(ask);
    }
    let entropy = state.entropy().bytes();
    let confirmed = state
        .directory()
        .confirm_second_factor(signed_in.user().id, &form.code, &visit(from, &headers), &at, &entropy)
        .await;
    match confirmed {
        Ok(codes) => Ok(codes_page(&viewer, &codes).into_response()),
        Err(error @ (SignInError::WrongCode | SignInError::TooManyAttempts { .. })) => {
            let problem = Problem::from(error);
            let mut errors = Errors::default();
            errors.add("code", problem.detail());
            Ok((problem.status(), page(&viewer, &signed_in, &state, &errors).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/second-factor/recovery-codes`
pub async fn new_codes(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    if let Some(ask) = ask::needed(&signed_in, at.now, PATH) {
        return Ok(ask);
    }
    let entropy = state.entropy().bytes();
    let codes = state.directory().new_recovery_codes(signed_in.user().id, &at, &entropy).await?;
    Ok((StatusCode::OK, codes_page(&viewer, &codes)).into_response())
}

/// `POST /account/second-factor/remove`
pub async fn remove(
    signed_in: SignedIn,
    At(at): At,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    if let Some(ask) = ask::needed(&signed_in, at.now, PATH) {
        return Ok(ask);
    }
    let was_on = directory.remove_second_factor(signed_in.user().id, &at).await?;
    let text = if was_on { "Two-step sign-in is off." } else { "Nothing was changed." };
    Ok(flash::redirect(&Address::at(HOME), Tone::Good, text))
}
