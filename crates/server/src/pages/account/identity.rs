use axum::{extract::State, response::Response};
use maud::{Markup, html};

use super::{HOME, confirm};
use crate::{
    app::AppState,
    design::{self, Address, Icon, Tone, format},
    flash,
    pages::sign_in::provider,
    problem::Problem,
    viewer::{At, SignedIn},
};

/// How the identity at the provider stands; nothing when there is no provider.
pub async fn card(signed_in: &SignedIn, state: &AppState) -> Result<Markup, Problem> {
    let Some(oidc) = state.oidc() else { return Ok(html! {}) };
    let identities = state.directory().identities(signed_in.user().id).await?;
    let linked = identities.iter().find(|identity| identity.issuer == oidc.issuer());
    let now = state.clock().now();
    let body = html! {
        @match linked {
            Some(identity) => {
                p { "You can sign in with " (oidc.label()) ". Last time: " (format::when(identity.last_used_at, now)) "." }
                form method="post" action="/account/identity/unlink" { button.button { "Unlink" } }
            }
            None => {
                p { "Sign in with " (oidc.label()) " instead of your password here." }
                div { a.button href="/account/identity/link" { (Icon::Link) "Link " (oidc.label()) } }
            }
        }
    };
    Ok(design::card(oidc.label(), None, html! {}, body))
}

/// `GET /account/identity/link`
pub async fn link(signed_in: SignedIn, State(state): State<AppState>) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, state.clock().now(), HOME) {
        return Ok(ask);
    }
    provider::send(&state, HOME, Some(signed_in.user().id)).await
}

/// `POST /account/identity/unlink`
pub async fn unlink(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, HOME) {
        return Ok(ask);
    }
    let oidc =
        state.oidc().ok_or_else(|| Problem::not_found("This hub knows no other place to sign in at."))?;
    state.directory().unlink_identity(signed_in.user().id, oidc.issuer(), &at).await?;
    let text = format!("{} is no longer linked.", oidc.label());
    Ok(flash::redirect(&Address::at(HOME), Tone::Good, &text))
}
