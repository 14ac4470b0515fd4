//! Badges: a word, a glyph and a colour that say the same, so that none of them has to be seen.

use growth::assessment::{ReadinessLevel, Tier};
use maud::{Markup, html};

use super::Tone;

/// A word on a coloured ground.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (text) } }
}

/// A readiness level: the fuller the circle, the readier.
pub fn level(level: ReadinessLevel) -> Markup {
    let (tone, filled) = match level {
        ReadinessLevel::ReadyNow => (Tone::Good, 4),
        ReadinessLevel::ReadySoon => (Tone::Info, 3),
        ReadinessLevel::NeedsNurture => (Tone::Warn, 2),
        ReadinessLevel::NotReady => (Tone::Plain, 1),
    };
    html! { span class={ "badge " (tone.class()) } { (pie(filled)) (level.label()) } }
}

/// A tier: the more bars, the higher.
pub fn tier(tier: Tier) -> Markup {
    let (tone, bars) = match tier {
        Tier::One => (Tone::Accent, 3),
        Tier::Two => (Tone::Accent, 2),
        Tier::Three => (Tone::Accent, 1),
        Tier::Maintenance => (Tone::Plain, 0),
    };
    html! {
        span class={ "badge " (tone.class()) } {
            svg.glyph viewBox="0 0 12 12" aria-hidden="true" {
                @for (index, (x, y)) in [(0.5, 7.0), (4.5, 4.0), (8.5, 1.0)].into_iter().enumerate() {
                    rect x=(x) y=(y) width="3" height=(11.0 - y) rx="0.8" fill="currentColor"
                        opacity=(if index < bars { "1" } else { "0.28" }) {}
                }
            }
            (tier.label())
        }
    }
}

/// A circle with `quarters` of four filled.
fn pie(quarters: u8) -> Markup {
    let path = match quarters {
        0 => "",
        1 => "M6 6V2A4 4 0 0 1 10 6Z",
        2 => "M6 6V2A4 4 0 0 1 6 10Z",
        3 => "M6 6V2A4 4 0 1 1 2 6Z",
        _ => "M6 2A4 4 0 1 1 5.99 2Z",
    };
    html! {
        svg.glyph viewBox="0 0 12 12" aria-hidden="true" {
            circle cx="6" cy="6" r="5.2" fill="none" stroke="currentColor" stroke-width="1.3" {}
            path d=(path) fill="currentColor" {}
        }
    }
}

/// A bar from 0 to `whole`, for a score in a table; the number stands beside it.
pub fn meter(value: f64, whole: f64, tone: Tone) -> Markup {
    let share =
        if whole > 0.0 && value.is_finite() { (value / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    html! {
        span class={ "meter " (tone.class()) } aria-hidden="true" {
            svg viewBox="0 0 100 6" preserveAspectRatio="none" {
                rect width=(format!("{share:.2}")) height="6" {}
            }
        }
    }
}

/// A number with its bar, `digits` decimals.
pub fn score(value: f64, whole: f64, digits: u32, tone: Tone) -> Markup {
    html! { span.score { span.num { (super::format::decimal(value, digits)) } (meter(value, whole, tone)) } }
}
