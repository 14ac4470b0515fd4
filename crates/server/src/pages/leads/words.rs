//! Words and small pieces that the pages of leads share.

use kernel::Currency;
use leads::{
    Channel,
    band::Band,
    features::{Goal, GoalEvent},
    score::{Basis, NotYet},
    timeline::LeadSource,
};
use maud::{Markup, html};

use crate::design::{Tone, badge, format, meter};

/// A band: the fuller the bars, the hotter.
pub fn band(band: Band) -> Markup {
    let (tone, bars) = match band {
        Band::Hot => (Tone::Bad, 3),
        Band::Warm => (Tone::Warn, 2),
        Band::Cold => (Tone::Plain, 1),
    };
    html! {
        span class={ "badge " (tone.class()) } {
            svg.glyph viewBox="0 0 12 12" aria-hidden="true" {
                @for (index, x) in [0.5, 4.5, 8.5].into_iter().enumerate() {
                    rect x=(x) y="2" width="3" height="9" rx="0.8" fill="currentColor"
                        opacity=(if index < bars { "1" } else { "0.28" }) {}
                }
            }
            (band_title(band))
        }
    }
}

/// A band as the interface writes it.
pub fn band_title(band: Band) -> &'static str {
    match band {
        Band::Hot => "Hot",
        Band::Warm => "Warm",
        Band::Cold => "Cold",
    }
}

/// Where somebody came from, as a column says it.
pub fn source_title(source: LeadSource) -> String {
    title(source.id())
}

/// A way of reaching somebody, as a column says it.
pub fn channel_title(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "Text message",
        Channel::Voice => "Call",
        Channel::Email => "E-mail",
        Channel::WhatsApp => "WhatsApp",
        Channel::Messenger => "Messenger",
        Channel::GoogleBusiness => "Google business",
        Channel::Chat => "Chat",
    }
}

/// `open_house` as `Open house`.
pub fn title(id: &str) -> String {
    let words = id.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A sentence that begins with a capital and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| {
        let rest: String = letters.collect();
        format!("{}{rest}.", first.to_uppercase())
    })
}

/// A chance with its bar.
pub fn chance(probability: f64) -> Markup {
    html! { span.score { span.num { (format::percent(probability, 1)) } (meter(probability, 1.0, Tone::Accent)) } }
}

/// What the market wants of a lead: `an appointment within 14 days`.
pub fn goal(goal: &Goal) -> String {
    let event = match goal.event() {
        GoalEvent::AppointmentBooked => "an appointment".to_owned(),
        GoalEvent::AppointmentShown => "an appointment that is kept".to_owned(),
        GoalEvent::StageReached(share) => {
            format!("reaching {} of the pipeline", format::percent(share, 0))
        }
    };
    format!("{event} within {}", format::counted(goal.horizon_days() as usize, "day", "days"))
}

/// What scores rest on, as a badge: never mistaken for a measurement.
pub fn basis_badge(basis: &Basis) -> Markup {
    match basis {
        Basis::Prior { policy, .. } => badge(Tone::Info, &format!("Prior rule {policy}")),
        Basis::Model { version, .. } => badge(Tone::Good, &format!("Model v{version}")),
    }
}

/// What scores rest on, in a sentence.
pub fn basis_sentence(basis: &Basis) -> String {
    match basis {
        Basis::Prior { policy, why } => {
            let until = match why {
                NotYet::TooFew { outcomes, needed } => format!(
                    "It scores until {} leads of this market have reached the goal and {} have not; so far {} and {} have.",
                    format::count(needed.positive),
                    format::count(needed.negative),
                    format::count(outcomes.positive),
                    format::count(outcomes.negative)
                ),
                NotYet::NotTrained => {
                    "There are outcomes enough for a model, and none was accepted yet.".to_owned()
                }
                NotYet::Unreadable { version } => {
                    format!("Model {version} was accepted, and this program cannot read it.")
                }
            };
            format!(
                "The rule {policy} is made of judgements, not measured on this market's outcomes. {until}"
            )
        }
        Basis::Model { rows, judged_rows, .. } => format!(
            "Learned from {} of this market and judged on {} others.",
            format::counted(*rows as usize, "row", "rows"),
            format::count(*judged_rows)
        ),
    }
}

/// Whole units of a currency.
pub fn price(amount: u64, currency: Currency) -> String {
    format::money_whole(&kernel::Money::new(amount.into(), currency))
}

/// `45 s`, `12 min`, `3 h`, `2 d`: how long something took, to be compared down a column.
pub fn span(seconds: f64) -> String {
    match seconds {
        seconds if !seconds.is_finite() => format::UNKNOWN.to_owned(),
        seconds if seconds < 90.0 => format!("{} s", format::number(seconds, 0)),
        seconds if seconds < 5_400.0 => format!("{} min", format::number(seconds / 60.0, 0)),
        seconds if seconds < 172_800.0 => format!("{} h", format::number(seconds / 3_600.0, 1)),
        seconds => format!("{} d", format::number(seconds / 86_400.0, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_of_identifiers_and_findings() {
        assert_eq!(source_title(LeadSource::OpenHouse), "Open house");
        assert_eq!(sentence("they came 2 hours ago."), "They came 2 hours ago.");
        assert_eq!(goal(&Goal::default()), "an appointment within 14 days");
        assert_eq!([40.0, 600.0, 7_200.0, 259_200.0].map(span), ["40 s", "10 min", "2 h", "3 d"]);
    }

    #[test]
    fn a_prior_is_never_shown_as_if_it_had_been_measured() {
        let basis = leads::score::Scorer::choose(
            leads::prior::Prior::shipped(),
            None,
            leads::score::Outcomes { positive: 3, negative: 9 },
        )
        .basis();
        let said = basis_sentence(&basis);
        assert!(said.contains("not measured") && said.contains("so far 3 and 9"), "{said}");
    }
}
