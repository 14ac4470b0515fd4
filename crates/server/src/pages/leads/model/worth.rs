//! How far it is from the rule to a model.

use leads::KindView;
use maud::{Markup, html};

use crate::design::{Kpi, Tone, Why, format, kpis};

/// The outcomes that are there, of those that it takes.
pub fn switch(view: &KindView) -> Markup {
    let switch = &view.switch;
    let counted = switch
        .counted_at
        .map_or_else(|| "not counted yet".to_owned(), |at| format!("counted {}", format::instant(at)));
    let one = |label: &str, have: u64, need: u64, missing: u64| {
        let share = if need == 0 { 1.0 } else { (have as f64 / need as f64).min(1.0) };
        Kpi::new(label, html! { (format::count(have)) small { " of " (format::count(need)) } })
            .meter(share, if missing == 0 { Tone::Good } else { Tone::Accent })
            .note(html! { @if missing == 0 { "enough for a model" } @else { (format::count(missing)) " missing until a model may be trained" } })
            .why(
                Why::new("leads whose end is known")
                    .input("there", format::count(have))
                    .input("asked for", format::count(need))
                    .source(format!("timelines of this market, {counted}; the switch of the prior policy")),
            )
    };
    kpis(&[
        one("With the outcome", switch.outcomes.positive, switch.needed.positive, switch.missing.positive),
        one("Without it", switch.outcomes.negative, switch.needed.negative, switch.missing.negative),
    ])
}
