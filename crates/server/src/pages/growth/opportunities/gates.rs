//! The gates of the short list, and how many each keeps away.

use std::collections::HashMap;

use growth::Board;
use maud::{Markup, html};

use super::row::Row;
use crate::design::{Tone, bars, card, format};

/// Who makes the list: every gate with the number of clients that fail it.
pub fn gates(board: &Board, rows: &[Row], limit: usize) -> Markup {
    let mut failing: HashMap<&str, usize> = HashMap::new();
    for failure in rows.iter().flat_map(|row| &row.failures) {
        *failing.entry(&*failure.gate).or_default() += 1;
    }
    let passing = rows.iter().filter(|row| row.rank.is_some()).count();
    let gates: Vec<_> = board
        .policy
        .document()
        .ranking
        .gates
        .iter()
        .map(|gate| {
            let text = gate.to_string();
            let failed = failing.get(text.as_str()).copied().unwrap_or_default();
            (html! { (text) }, failed as f64, format!("{} fail", format::count(failed)), Tone::Warn)
        })
        .collect();
    let beyond = passing.saturating_sub(limit);
    let sentence = html! {
        p.small.secondary {
            (format::count(passing)) " of " (format::counted(rows.len(), "client", "clients"))
            " pass every gate; an unknown value fails a gate."
            @if beyond > 0 { " The list ends at " (limit) ", so " (format::count(beyond)) " more who pass are not on it." }
            " A client may fail several."
        }
    };
    card(
        "Who makes the list",
        Some("The gates of the policy, and how many clients each keeps away"),
        html! {},
        html! {
            div.bars.wide-names { (bars(&gates)) }
            (sentence)
        },
    )
}
