use axum::{
    extract::{Path, State},
    response::Response,
};
use directory::Directory;
use kernel::Ulid;
use maud::{Markup, html};

use super::{HOME, confirm};
use crate::{
    design::{Address, Tone, badge, flush_card, format},
    flash,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// The list on the account page.
pub async fn card(viewer: &Viewer, signed_in: &SignedIn, directory: &Directory) -> Result<Markup, Problem> {
    let sessions = directory.sessions(signed_in.user().id, viewer.now).await?;
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
    Ok(flush_card("Sessions", Some("Browsers in which you are signed in."), end_others, rows))
}

/// `POST /account/sessions/{id}/end`
pub async fn end(
    viewer: Viewer,
    signed_in: SignedIn,
    State(directory): State<Directory>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, viewer.now, HOME) {
        return Ok(ask);
    }
    directory.revoke_session(signed_in.user().id, id).await?;
    Ok(flash::redirect(&Address::at(HOME), Tone::Good, "The session was ended."))
}

/// `POST /account/sessions/end-others`
pub async fn end_others(
    signed_in: SignedIn,
    At(at): At,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, HOME) {
        return Ok(ask);
    }
    let ended = directory.revoke_sessions(signed_in.user().id, Some(signed_in.session().id), &at).await?;
    let text = format!(
        "{} ended.",
        format::counted(usize::try_from(ended).unwrap_or(usize::MAX), "session", "sessions")
    );
    Ok(flash::redirect(&Address::at(HOME), Tone::Good, &text))
}
