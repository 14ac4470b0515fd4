//! `/growth/policies/{name}/{version}`: what one version says, from where, and what it would change.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{Growth, GrowthError};
use kernel::PolicyKey;
use maud::html;

use super::{PATH, constants, diff, edit_href, href};
use crate::{
    access::HubRoles,
    design::{Address, Icon, Page, Tone, badge, card, format, notice},
    flash,
    pages::{growth::frame, views},
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// `GET /growth/policies/{name}/{version}`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
    Path((name, version)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let key = PolicyKey { name, version };
    let policy = growth.policy(&key).await?;
    let text = growth.policy_text(&key).await?;
    let versions = growth.policies().await?;
    let known = versions.iter().find(|one| one.key == key).ok_or(GrowthError::UnknownPolicy(key.clone()))?;
    let seen = if known.active {
        None
    } else {
        diff::Seen::of(&growth, &policy).await?.map(|seen| seen.named(key.to_string()))
    };
    let table = diff::table();
    if let Some(seen) = &seen
        && let Some(file) = table.export(&seen.rows(), &viewer.address, "moved-clients")?
    {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let activate = html! {
        @if !known.active {
            @if signed_in.may(HubRoles::RULE_GROWTH) {
                form method="post" action={ (href(&key)) "/activate" } { button.button.primary { (Icon::Check) "Make it count" } }
            } @else { span.small.secondary { "The hub's owner decides which version counts." } }
        }
    };
    let content = html! {
        @if known.active {
            (notice(Tone::Good, "This version counts", html! { p { "Every score, plan and projection follows from it." } }))
        }
        @if let Some(seen) = &seen {
            (seen.render(table.render(&seen.rows(), &viewer.address, &views), None))
        }
        (constants::render(policy.document()))
        (card("Text, with the source of every constant", None, html! { button.button.small.js-only type="button" data-copy=(text) { (Icon::Copy) "Copy" } },
            html! { pre.source tabindex="0" role="region" aria-label="Text of the policy" { code { (text) } } }))
    };
    Ok(Page::new(&viewer, key.to_string())
        .crumb("Growth", frame::HOME)
        .crumb("Policies", PATH)
        .lead(html! {
            (policy.document().description) " "
            @match (known.created_at, &known.created_by) {
                (Some(at), Some(by)) => { "Saved " (format::when(at, viewer.now)) " by " (by) ". " }
                _ => { (badge(Tone::Plain, "ships with the product")) " " }
            }
            @if !known.note.is_empty() && known.created_at.is_some() { "“" (known.note) "”" }
        })
        .actions(html! { a.button href=(edit_href(&key)) { (Icon::Pencil) "Edit a copy" } (activate) })
        .main(content)
        .render()
        .into_response())
}

/// `POST /growth/policies/{name}/{version}/activate`: the owner's.
pub async fn activate(
    At(at): At,
    State(growth): State<Growth>,
    Path((name, version)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let key = PolicyKey { name, version };
    growth.activate_policy(&key, &at).await?;
    Ok(flash::redirect(&Address::at(href(&key)), Tone::Good, &format!("{key} counts from now on.")))
}
