use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use directory::{DirectoryError, PASSWORD_CHARS_MIN, SignInError};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HOME, confirm};
use crate::{
    app::AppState,
    design::{self, Address, Errors, Field, Tone},
    flash,
    pages::sign_in::visit,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// The form on the account page.
pub fn card(signed_in: &SignedIn, errors: &Errors) -> Markup {
    let user = signed_in.user();
    let body = html! {
        (errors.summary())
        form.form method="post" action="/account/password" {
            // Lets password managers know whose password this is.
            input.visually-hidden type="email" autocomplete="username" value=(user.email.as_str()) readonly tabindex="-1" aria-hidden="true";
            @if user.has_password {
                (Field::password("current", "Current password", "current-password").required().errors(errors).render())
            }
            (Field::password("password", "New password", "new-password").required().errors(errors)
                .hint(format!("At least {PASSWORD_CHARS_MIN} characters of any kind; a few unrelated words are good.")).render())
            (Field::password("again", "New password, once more", "new-password").required().errors(errors).render())
            div.form-foot { button.button.primary { (if user.has_password { "Change password" } else { "Set password" }) } }
        }
    };
    let note = if user.has_password {
        "Changing it ends your other sessions."
    } else {
        "You came in by link. With a password you can sign in without one."
    };
    design::card("Password", Some(note), html! {}, body)
}

#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// `POST /account/password`
pub async fn set(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<NewPassword>,
) -> Result<Response, Problem> {
    let (user, directory) = (signed_in.user(), state.directory());
    let mut errors = Errors::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if form.password != form.again {
        errors.add("again", "The two passwords differ.");
    } else if user.has_password {
        match directory.check_password(user, &form.current, &visit(from, &headers), at.now).await {
            Ok(()) => {}
            Err(SignInError::WrongCredentials) => errors.add("current", "This is not your current password."),
            Err(error @ SignInError::TooManyAttempts { .. }) => {
                let problem = Problem::from(error);
                status = problem.status();
                errors.add("current", problem.detail());
            }
            Err(error) => return Err(error.into()),
        }
    } else if let Some(ask) = confirm::needed(&signed_in, at.now, HOME) {
        return Ok(ask);
    }
    if errors.is_empty() {
        let salt = state.entropy().bytes();
        match directory.set_password(user.id, &form.password, Some(signed_in.session().id), &at, salt).await {
            Ok(()) => {
                let text = "Your password is set. Other sessions were ended.";
                return Ok(flash::redirect(&Address::at(HOME), Tone::Good, text));
            }
            Err(error @ DirectoryError::Password(_)) => {
                errors.add("password", crate::api::input::invalid(&error).detail());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = super::page(&viewer, &signed_in, &state, &errors).await?;
    Ok((status, page).into_response())
}
