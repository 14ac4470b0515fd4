//! Your account: password and the browsers you are signed in with.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use directory::{Directory, DirectoryError, PASSWORD_CHARS_MIN, SignInError};
use kernel::Ulid;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    app::AppState,
    design::{Address, Errors, Field, Page, Tone, badge, card, facts, flush_card, format},
    flash,
    pages::sign_in,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// `GET /account`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(directory): State<Directory>,
) -> Result<Markup, Problem> {
    page(&viewer, &signed_in, &directory, &Errors::default()).await
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    directory: &Directory,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let user = signed_in.user();
    let sessions = directory.sessions(user.id, viewer.now).await?;
    let others = sessions.iter().filter(|session| session.id != signed_in.session().id).count();
    let end_others = html! {
        @if others > 0 {
            form method="post" action="/account/sessions/end-others" {
                button.button.danger { "End the " (format::counted(others, "other session", "other sessions")) }
            }
        }
    };
    let rows = html! {
        div.table-scroll tabindex="0" role="region" aria-label="Sessions" {
            table.table.plain {
                caption.visually-hidden { "Where you are signed in" }
                thead { tr { th scope="col" { "Browser" } th scope="col" { "Last used" } th.p2 scope="col" { "Signed in" } th.p2 scope="col" { "Ends" } th.end scope="col" { span.visually-hidden { "Action" } } } }
                tbody {
                    @for session in &sessions {
                        @let this = session.id == signed_in.session().id;
                        tr {
                            th scope="row" { (session.label) " " @if this { (badge(Tone::Good, "this browser")) } }
                            td { (format::when(session.last_seen_at, viewer.now)) }
                            td.p2 { (format::when(session.created_at, viewer.now)) }
                            td.p2 { (format::when(session.expires_at, viewer.now)) }
                            td.end {
                                @if !this {
                                    form method="post" action={ "/account/sessions/" (session.id) "/end" } {
                                        button.button.small aria-label={ "End the session of " (session.label) } { "End" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let password = html! {
        (errors.summary())
        form.form method="post" action="/account/password" {
            // Lets password managers know whose password this is.
            input.visually-hidden type="email" autocomplete="username" value=(user.email.as_str()) readonly tabindex="-1" aria-hidden="true";
            @if user.has_password {
                (Field::password("current", "Current password", "current-password").required().errors(errors).render())
            }
            (Field::password("password", "New password", "new-password").required().errors(errors)
                .hint(format!("At least {PASSWORD_CHARS_MIN} characters; a few unrelated words are good.")).render())
            (Field::password("again", "New password, once more", "new-password").required().errors(errors).render())
            div.form-foot { button.button.primary { (if user.has_password { "Change password" } else { "Set password" }) } }
        }
    };
    let note = if user.has_password {
        "Changing it ends your other sessions."
    } else {
        "You came in by link. With a password you can sign in without one."
    };
    Ok(Page::new(viewer, "Your account")
        .main(html! {
            div.split {
                (card("Password", Some(note), html! {}, password))
                (card("You", None, html! {}, facts(&[
                    ("Name", html! { (user.name) }),
                    ("E-mail", html! { (user.email.as_str()) }),
                    ("Role in the hub", html! { (user.hub_role.map_or("None", kernel::HubRole::label)) }),
                    ("Member since", html! { (format::when(user.created_at, viewer.now)) }),
                ])))
            }
            (flush_card("Sessions", Some("Browsers in which you are signed in."), end_others, rows))
        })
        .render())
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
pub async fn set_password(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    At(at): At,
    Form(form): Form<NewPassword>,
) -> Result<Response, Problem> {
    let user = signed_in.user();
    let directory = state.directory();
    let mut errors = Errors::default();
    if form.password != form.again {
        errors.add("again", "The two passwords differ.");
    } else if user.has_password {
        let visit = sign_in::visit(from, &headers);
        match directory.check_password(user, &form.current, &visit, at.now).await {
            Ok(()) => {}
            Err(SignInError::WrongCredentials) => errors.add("current", "This is not your current password."),
            Err(error) => return Err(error.into()),
        }
    }
    if errors.is_empty() {
        let salt = state.entropy().bytes();
        match directory.set_password(user.id, &form.password, Some(signed_in.session().id), &at, salt).await {
            Ok(()) => {
                let text = "Your password is set. Other sessions were ended.";
                return Ok(flash::redirect(&Address::at("/account"), Tone::Good, text));
            }
            Err(DirectoryError::Password(error)) => errors.add("password", error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    let page = page(&viewer, &signed_in, directory, &errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /account/sessions/{id}/end`
pub async fn end_session(
    signed_in: SignedIn,
    State(directory): State<Directory>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    directory.revoke_session(signed_in.user().id, id).await?;
    Ok(flash::redirect(&Address::at("/account"), Tone::Good, "The session was ended."))
}

/// `POST /account/sessions/end-others`
pub async fn end_other_sessions(
    signed_in: SignedIn,
    State(directory): State<Directory>,
    At(at): At,
) -> Result<Response, Problem> {
    let ended = directory.revoke_sessions(signed_in.user().id, Some(signed_in.session().id), &at).await?;
    let text = format!(
        "{} ended.",
        format::counted(usize::try_from(ended).unwrap_or(usize::MAX), "session", "sessions")
    );
    Ok(flash::redirect(&Address::at("/account"), Tone::Good, &text))
}
