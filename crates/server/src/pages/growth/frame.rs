//! What the growth pages share: which board they show, what stands around it, and what stands there
//! before the first import.
//!
//! Every page takes `?snapshot=` (an identifier) and `?policy=` (`name:version`), so that an older state can be
//! looked at and shared; without them it shows the latest snapshot under the active policy.

use std::sync::Arc;

use growth::{Board, BoardQuery, Growth, GrowthError};
use kernel::PolicyKey;
use maud::{Markup, html};

use crate::{
    design::{Address, Icon, Lead, Page, Tone, Why, badge, empty, format, notice},
    problem::Problem,
    viewer::Viewer,
};

/// Where the growth pages begin.
pub const HOME: &str = "/growth";
/// Where files come in.
pub const IMPORT: &str = "/growth/import";

/// The board that the address asks for; `None` before the first import.
///
/// # Errors
/// When the address names a snapshot or policy that is not there, or the database fails.
pub async fn board(viewer: &Viewer, growth: &Growth) -> Result<Option<Arc<Board>>, Problem> {
    match growth.board(query(&viewer.address)?).await {
        Ok(board) => Ok(Some(board)),
        Err(GrowthError::NoSnapshot) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Which board an address asks for.
///
/// # Errors
/// When `snapshot` is no identifier, or `policy` not `name:version`.
pub fn query(address: &Address) -> Result<BoardQuery, Problem> {
    let snapshot = address.get("snapshot").map(str::parse).transpose();
    let snapshot = snapshot.map_err(|_| Problem::not_found("There is no such snapshot."))?;
    let policy = match address.get("policy") {
        Some(text) => {
            Some(policy_key(text).ok_or_else(|| Problem::not_found("There is no such policy version."))?)
        }
        None => None,
    };
    Ok(BoardQuery { snapshot, policy })
}

/// The policy version that `name:version` names.
pub fn policy_key(text: &str) -> Option<PolicyKey> {
    let (name, version) = text.rsplit_once(':')?;
    Some(PolicyKey { name: name.to_owned(), version: version.parse().ok()? })
}

/// A page about a board: its place, what it is made from, and what the viewer should know of that.
pub fn page<'v>(viewer: &'v Viewer, title: &str, board: &Board) -> Page<'v> {
    let page = Page::new(viewer, title).lead(html! {
        "As of " (format::day(board.snapshot.as_of)) ", from "
        span title=(board.snapshot.content_sha256) { (board.snapshot.source) }
        ", policy " a href="/growth/policies" { (board.policy.key()) }
        @if board.snapshot.simulated { " " (badge(Tone::Warn, "Simulated data")) }
    });
    if viewer.address.path() == HOME { page } else { page.crumb("Growth", HOME) }
}

/// A page before the first import: nothing to show, and the way to change that.
pub fn nothing<'v>(viewer: &'v Viewer, title: &str) -> Page<'v> {
    let page = Page::new(viewer, title).main(html! {
        section.card {
            (empty(
                Icon::Upload,
                "No client base yet",
                "Import an export of your clients (CSV, Excel, JSON) to see who is ready to buy more. It stays on this machine.",
                &[Lead::new("Import clients", IMPORT)],
            ))
        }
    });
    if viewer.address.path() == HOME { page } else { page.crumb("Growth", HOME) }
}

/// Says so when the board is not the current one, with the way back.
pub fn not_current(viewer: &Viewer, board: &Board) -> Markup {
    let address = &viewer.address;
    html! {
        @if address.get("snapshot").is_some() || address.get("policy").is_some() {
            (notice(Tone::Info, "Not the current view", html! {
                p {
                    "This is the client base of " (format::day(board.snapshot.as_of)) " under the policy " (board.policy.key()) ". "
                    a href=(address.without("snapshot").without("policy").href()) { "Show the current one" }
                }
            }))
        }
    }
}

/// Where a board's figures come from, for [`crate::design::Why::source`].
pub fn source(board: &Board) -> String {
    let snapshot = &board.snapshot;
    let simulated = if snapshot.simulated { ", simulated" } else { "" };
    format!(
        "{} as of {}{simulated}; policy {}",
        snapshot.source,
        format::date(snapshot.as_of),
        board.policy.key()
    )
}

/// Content that follows the hub: when anything in growth changes, it is asked for again by the page's own
/// address. `id` names its element.
pub fn live(viewer: &Viewer, id: &str, content: Markup) -> Markup {
    html! {
        div.stack id=(id) hx-get=(viewer.address.href()) hx-select={ "#" (id) } hx-swap="outerMorph"
            hx-target="this" hx-trigger="growth_changed from:body delay:300ms" {
            (content)
        }
    }
}

/// Reasons at the right of a card's title.
pub fn why(why: Why, what: &str) -> Markup {
    html! { div { (why.render(what)) } }
}

/// Where a client is looked at in full.
pub fn client_href(id: &growth::metrics::ClientId) -> String {
    let id: String = form_urlencoded::byte_serialize(id.as_str().as_bytes()).collect();
    // A plus is a space in a query, and itself in a path.
    format!("/growth/clients/{}", id.replace('+', "%20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_snapshot_and_a_policy_or_neither() {
        assert_eq!(query(&Address::parse("/growth")).ok(), Some(BoardQuery::default()));
        let asked = query(&Address::parse("/growth?policy=legacy:1")).expect("a policy");
        assert_eq!(asked.policy, Some(PolicyKey { name: "legacy".to_owned(), version: 1 }));
        for nonsense in ["/growth?snapshot=first", "/growth?policy=legacy", "/growth?policy=legacy:x"] {
            assert!(query(&Address::parse(nonsense)).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn identifiers_survive_as_part_of_a_path() {
        let href = client_href(&growth::metrics::ClientId::new("a b/c?d+é"));
        assert_eq!(href, "/growth/clients/a%20b%2Fc%3Fd%2B%C3%A9");
    }
}
