use jiff::Timestamp;
use kernel::MarketName;
use maud::{Markup, html};

use super::names::Names;
use crate::{
    design::{Kpi, Tone, Why, badge, card, disclose, facts, format, kpis, notice},
    trails::{Chain, Standing},
};

/// What must be seen first: the chain was found broken, or cannot even be read.
pub fn alarm(standing: &Standing, unreadable: bool) -> Markup {
    let reason = standing.verification.as_ref().and_then(|last| last.reason.as_ref());
    html! {
        @if unreadable {
            (notice(Tone::Bad, "Entries cannot be read", html! {
                p { "At least one was changed outside of the hub. “Verify now” says which is the first." }
            }))
        }
        @if let Some(reason) = reason {
            (notice(Tone::Bad, "This chain is not whole", html! {
                p { "The last verification found that " (reason) ". Everything before that entry is as it was written." }
                p { "Compare with an export or a checkpoint that was kept elsewhere, and with a backup, before anything else changes." }
            }))
        }
    }
}

/// Length, signature, verification.
pub fn figures(standing: &Standing, names: &Names, now: Timestamp) -> Markup {
    let entries = Kpi::new("Entries", html! { (format::count(standing.entries)) })
        .note(match standing.last_at {
            Some(at) => html! { "The last one " (format::when(at, now)) },
            None => html! { "Nothing has happened yet" },
        })
        .why(Why::new("hash = SHA-256 of the entry and the hash before it").source("the table of entries"));
    let signed = match &standing.checkpoint {
        Some(stored) => {
            let size = stored.note.checkpoint().size;
            let open = standing.entries.saturating_sub(size);
            Kpi::new("Signed", html! { (format::count(size)) })
                .note(html! {
                    (format::when(stored.at, now))
                    @if open > 0 { ", " (format::count(open)) " since then" }
                })
                .why(
                    Why::new("Merkle root of all entries (RFC 6962), signed with ed25519, every hour")
                        .input("Root", stored.note.checkpoint().root.to_string()),
                )
        }
        None => Kpi::new("Signed", html! { (format::UNKNOWN) })
            .note(html! { "The first checkpoint comes within the hour" }),
    };
    let verified = match &standing.verification {
        Some(last) => Kpi::new("Last verified", html! { (format::when(last.at, now)) }).note(html! {
            @match (&last.reason, last.entries) {
                (Some(_), _) => { (badge(Tone::Bad, "Not whole")) }
                (None, Some(entries)) => { (badge(Tone::Good, "Whole")) " " (format::counted(usize::try_from(entries).unwrap_or(usize::MAX), "entry", "entries")) }
                (None, None) => { (badge(Tone::Good, "Whole")) }
            }
            " by " (names.of(&last.by))
        }),
        None => Kpi::new("Last verified", html! { "Never" }).note(html! { "“Verify now” goes through every entry" }),
    };
    kpis(&[entries, signed, verified])
}

/// How somebody who does not trust this hub verifies the chain.
pub fn elsewhere(chain: &Chain, standing: &Standing, market: Option<&MarketName>) -> Markup {
    let key = chain.key().to_string();
    let file = format!("audit-{}.ndjson", chain.name());
    let here = match market {
        Some(name) => format!("ehub audit verify --market {name}"),
        None => "ehub audit verify".to_owned(),
    };
    card(
        "Verify it elsewhere",
        Some("Needs the exported file and the program; no database, no access to this hub."),
        html! {},
        html! {
            div.stack {
                p { "Export the chain, take the file to another machine, and run:" }
                pre tabindex="0" { "ehub audit verify --export " (file) " \\\n  --key '" (key) "'" }
                p.small.secondary {
                    "It names the first entry that was changed, removed or moved. Keep the public key and now and then a \
                     checkpoint where nobody of this hub can change them: with those, even who runs the hub cannot write \
                     another history. On this machine, " code { (here) } " verifies the database itself."
                }
                @if let Some(stored) = &standing.checkpoint {
                    (disclose("The last checkpoint, to be kept elsewhere", html! { pre tabindex="0" { (stored.note.text()) } }))
                }
                (facts(&[("Public key", html! { code { (key) } })]))
            }
        },
    )
}
