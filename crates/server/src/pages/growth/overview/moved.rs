//! What changed since the snapshot before, and by which factors.

use growth::{Board, movement::ClientMovement, service::SnapshotMovement};
use maud::{Markup, html};

use super::super::words;
use crate::design::{self, Icon, delta, format, level, tier};

/// Clients listed.
const CLIENTS_SHOWN: usize = 6;
/// Factors listed.
const CAUSES_SHOWN: usize = 4;

/// The comparison of the latest two snapshots; what to do when there is only one.
pub fn card(board: &Board, movement: Option<&SnapshotMovement>) -> Markup {
    let Some(SnapshotMovement { before, after, movement }) = movement else {
        return design::card(
            "Movement",
            None,
            html! {},
            html! {
                p.secondary { "There is nothing to compare with yet. Import the next export of your client base, and this says who moved, and why." }
            },
        );
    };
    let href = format!("/growth/snapshots/compare?before={}&after={}", before.id, after.id);
    let note = format!("{} against {}", format::date(after.as_of), format::date(before.as_of));
    let link = html! { a.small href=(href) { "All movements" (Icon::ChevronRight) } };
    let (risen, fallen) = (movement.risen().count(), movement.fallen().count());
    let counts = [
        ("rose", risen),
        ("fell", fallen),
        ("unchanged", movement.unchanged + movement.changed.len() - risen - fallen),
        ("new", movement.entered.len()),
        ("gone", movement.left.len()),
    ];
    design::card(
        "Movement",
        Some(&note),
        link,
        html! {
            dl.counts { @for (name, count) in counts { div { dt { (name) } dd.num { (format::count(count)) } } } }
            @let causes = movement.causes();
            @if !causes.is_empty() {
                p.small.secondary {
                    "Behind it, in points over all clients: "
                    @for (place, cause) in causes.iter().take(CAUSES_SHOWN).enumerate() {
                        @if place > 0 { ", " }
                        (words::title(&cause.name).to_lowercase()) " " (delta(cause.points, 1, "", true))
                    }
                    "."
                }
            }
            @let reclassified: Vec<_> = movement.reclassified().take(CLIENTS_SHOWN).collect();
            @if reclassified.is_empty() {
                p.small.secondary { "Nobody changed level or tier." }
            } @else {
                ul.moves {
                    @for client in reclassified { (line(board, client)) }
                }
            }
        },
    )
}

fn line(board: &Board, moved: &ClientMovement) -> Markup {
    let name =
        board.client(&moved.client_id).map_or(moved.client_id.as_str(), |(client, _)| &client.client_name);
    let cause = moved.factors.first();
    html! {
        li {
            a href={ "/growth/opportunities?client=" (form_urlencoded::byte_serialize(moved.client_id.as_str().as_bytes()).collect::<String>()) } { (name) }
            span.push { (delta(moved.score_delta, 1, "", true)) }
            span.move-what {
                @if moved.level.differs() { (level(moved.level.before)) span.visually-hidden { " to " } (Icon::ChevronRight) (level(moved.level.after)) }
                @if moved.tier.differs() { (tier(moved.tier.before)) span.visually-hidden { " to " } (Icon::ChevronRight) (tier(moved.tier.after)) }
                @if let Some(cause) = cause { span.tiny.muted { "most by " (words::title(&cause.name).to_lowercase()) } }
            }
        }
    }
}
