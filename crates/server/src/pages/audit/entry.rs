use maud::{Markup, html};

use super::{names::Names, rows};
use crate::{
    design::{self, Tone, badge, facts, format},
    problem::Problem,
    trails::{Chain, if_readable},
    viewer::Viewer,
};

/// The entry that the address opens (`entry=`), whole.
///
/// # Errors
/// When the database fails.
pub async fn drawer(viewer: &Viewer, chain: &Chain, names: &Names) -> Result<Option<Markup>, Problem> {
    let Some(text) = viewer.address.get("entry") else { return Ok(None) };
    let close = viewer.address.without("entry");
    let entry = match text.parse().ok() {
        Some(seq) => if_readable(chain.entry(seq).await)?,
        None => Some(None),
    };
    let Some(Some(entry)) = entry else {
        let body = match entry {
            None => {
                html! { p { "This entry cannot be read: it was changed outside of the hub. Verify the chain." } }
            }
            Some(_) => html! { p { "There is no such entry in this chain." } },
        };
        return Ok(Some(design::drawer(text, "Not found", html! {}, &close.href(), body)));
    };
    let signed = if_readable(chain.last_checkpoint().await)?.flatten();
    let signed = signed.is_some_and(|stored| entry.seq < stored.note.checkpoint().size);
    let sound = entry.hash == entry.expected_hash();
    let subtitle = html! {
        @if sound { (badge(Tone::Good, "Content fits its hash")) } @else { (badge(Tone::Bad, "Content does not fit its hash")) }
        @if signed { (badge(Tone::Info, "Below a checkpoint")) } @else { (badge(Tone::Plain, "Not signed yet")) }
    };
    let body = html! {
        div.stack {
            (facts(&[
                ("What", html! { (rows::action(&entry.action)) " " code { (entry.action) } }),
                ("When", html! { (format::instant(entry.at)) " (" (format::relative(entry.at, viewer.now)) ")" }),
                ("Who", html! {
                    @let called = names.of(entry.actor.as_str());
                    @if called != entry.actor.as_str() { (called) " " }
                    code { (entry.actor) }
                }),
                ("On", html! { code { (entry.subject) } }),
            ]))
            @if !entry.detail.is_empty() {
                h3 { "Particulars" }
                dl.facts { @for (name, value) in &entry.detail { dt { (name) } dd { code { (value) } } } }
            }
            h3 { "In the chain" }
            (facts(&[
                ("Hash before", html! { code { (entry.previous) } }),
                ("Hash", html! { code { (entry.hash) } }),
                ("Leaf", html! { code { (entry.leaf()) } }),
            ]))
        }
    };
    Ok(Some(design::drawer(text, &format!("Entry {}", entry.seq), subtitle, &close.href(), body)))
}
