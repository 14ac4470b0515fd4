//! Your account: password, second step, the browsers you are signed in with, and what else lets you or your programs in.

pub mod confirm;
mod identity;
mod password;
mod second_factor;
mod sessions;

use axum::extract::State;
use directory::{ApiKey, KeyState};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    access::{Access, Routes},
    app::AppState,
    design::{Errors, Page, Tone, badge, card, facts, flush_card, format},
    problem::Problem,
    viewer::{SignedIn, Viewer},
};

/// Where it is.
pub const HOME: &str = "/account";

/// Where the second step of signing in is set up.
pub const SECOND_FACTOR: &str = second_factor::PATH;

/// Adds the account's routes.
pub fn routes(routes: Routes) -> Routes {
    use Access::Person;
    routes
        .get(Person, HOME, show)
        .post(Person, "/account/password", password::set)
        .post(Person, "/account/sessions/{id}/end", sessions::end)
        .post(Person, "/account/sessions/end-others", sessions::end_others)
        .get(Person, confirm::PATH, confirm::show)
        .post(Person, confirm::PATH, confirm::prove)
        .get(Person, "/account/confirm/provider", confirm::at_provider)
        .get(Person, second_factor::PATH, second_factor::show)
        .post(Person, "/account/second-factor/begin", second_factor::begin)
        .post(Person, "/account/second-factor/confirm", second_factor::confirm)
        .post(Person, "/account/second-factor/recovery-codes", second_factor::new_codes)
        .post(Person, "/account/second-factor/remove", second_factor::remove)
        .get(Person, "/account/identity/link", identity::link)
        .post(Person, "/account/identity/unlink", identity::unlink)
}

/// `GET /account`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Markup, Problem> {
    page(&viewer, &signed_in, &state, &Errors::default()).await
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    state: &AppState,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let user = signed_in.user();
    let keys = state.directory().keys_made_by(user.id).await?;
    Ok(Page::new(viewer, "Your account")
        .main(html! {
            div.split {
                div.stack {
                    (password::card(signed_in, errors))
                    (second_factor::card(signed_in, state.directory(), viewer.now).await?)
                    (identity::card(signed_in, state).await?)
                }
                (card("You", None, html! {}, facts(&[
                    ("Name", html! { (user.name) }),
                    ("E-mail", html! { (user.email.as_str()) }),
                    ("Role in the hub", html! { (user.hub_role.map_or("None", kernel::HubRole::label)) }),
                    ("Markets", html! {
                        @for (name, role) in &viewer.markets { div { a href={ "/m/" (name) } { (name) } " · " (role.label()) } }
                        @if viewer.markets.is_empty() { "None" }
                    }),
                    ("Here since", html! { (format::when(user.created_at, viewer.now)) }),
                ])))
            }
            (sessions::card(viewer, signed_in, state.directory()).await?)
            @if !keys.is_empty() { (keys_card(&keys, viewer.now)) }
        })
        .render())
}

/// The keys that somebody made: they saw them, so they should know which are still good.
fn keys_card(keys: &[ApiKey], now: Timestamp) -> Markup {
    let body = html! {
        div.table-scroll tabindex="0" role="region" aria-label="Your API keys" {
            table.table.plain {
                caption.visually-hidden { "API keys that you made" }
                thead { tr { th scope="col" { "Key" } th scope="col" { "For" } th scope="col" { "State" } th.p2 scope="col" { "Last used" } th.p2 scope="col" { "Ends" } } }
                tbody {
                    @for key in keys {
                        tr {
                            th scope="row" { (key.name) }
                            td { @if key.scope.market().is_some() { "a market" } @else { "the hub" } " · " (key.scope.role_label()) }
                            td { (key_state(key, now)) }
                            td.p2 { @if let Some(at) = key.last_used_at { (format::when(at, now)) } @else { "never" } }
                            td.p2 { (format::when(key.expires_at, now)) }
                        }
                    }
                }
            }
        }
    };
    let note = "They end when you lose the role that lets you make them.";
    flush_card("API keys that you made", Some(note), html! {}, body)
}

/// How a key stands, as a badge.
pub fn key_state(key: &ApiKey, now: Timestamp) -> Markup {
    match key.state(now) {
        KeyState::Working => badge(Tone::Good, "Working"),
        KeyState::Expired => badge(Tone::Plain, "Expired"),
        KeyState::Revoked => badge(Tone::Plain, "Revoked"),
    }
}
