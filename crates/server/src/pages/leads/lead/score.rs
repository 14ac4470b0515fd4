//! The score of one lead: the chance, how sure it is, what it rests on, and every factor that made it.

use leads::{
    features::Feature,
    score::{Basis, LeadScore, Reason},
};
use learn::odds;
use maud::{Markup, html};

use super::super::words;
use crate::design::{Icon, Why, disclose, format};

/// Reasons in sight; the others are folded away.
const REASONS_SHOWN: usize = 6;

/// The reasons as bars to either side: what raises the chance, what lowers it, the largest first.
pub fn reasons(score: &LeadScore) -> Markup {
    let moving: Vec<&Reason> = score.reasons.iter().filter(|reason| reason.change.abs() >= 0.0005).collect();
    let widest = moving.iter().map(|reason| reason.change.abs()).fold(0.0, f64::max);
    let (first, rest) = moving.split_at(moving.len().min(REASONS_SHOWN));
    html! {
        @if moving.is_empty() {
            p.small.secondary { "Nothing is known that moves the chance away from where every lead begins." }
        }
        @if !first.is_empty() { (bars(first, widest, "What moves the chance most")) }
        @if !rest.is_empty() {
            (disclose(
                &format!("{} more {}", rest.len(), if rest.len() == 1 { "reason" } else { "reasons" }),
                bars(rest, widest, "What moves the chance less"),
            ))
        }
    }
}

fn bars(reasons: &[&Reason], widest: f64, label: &str) -> Markup {
    html! {
        ul.pushes aria-label=(label) {
            @for reason in reasons {
                li {
                    span { (reason.said) }
                    (push(reason.change, widest))
                    span.num class=(if reason.change < 0.0 { "bad" } else { "good" }) { (format::signed(100.0 * reason.change, 1)) span.visually-hidden { " points" } }
                }
            }
        }
    }
}

/// A bar from the middle: to the right what raises, to the left what lowers.
fn push(change: f64, widest: f64) -> Markup {
    let share = if widest > 0.0 { (change.abs() / widest * 50.0).clamp(0.6, 50.0) } else { 0.0 };
    let from = if change < 0.0 { 50.0 - share } else { 50.0 };
    html! {
        svg.push-bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect.axis x="49.8" width="0.4" height="8" {}
            rect class=(if change < 0.0 { "lowers" } else { "raises" }) x=(format!("{from:.2}")) width=(format!("{share:.2}")) y="1" height="6" {}
        }
    }
}

/// How the number is made: every factor in log-odds, from the base to the sum.
pub fn arithmetic(score: &LeadScore) -> Markup {
    let said = |name: &str| {
        let feature = Feature::named(name);
        score.reasons.iter().find(|reason| Some(reason.feature) == feature).map(|reason| reason.said.as_str())
    };
    let table = html! {
        div.scroll-x tabindex="0" role="region" aria-label="Factors of the score in log-odds" {
            table.table.plain.compact {
                caption.visually-hidden { "Factors of the score; base and contributions add up to the log-odds" }
                thead { tr { th scope="col" { "Factor" } th scope="col" { "Known of the lead" } th.end scope="col" { "Log-odds" } } }
                tbody {
                    tr { th scope="row" { "Every lead begins with" } td { "a chance of " (format::percent(odds::probability(score.base), 1)) } td.end { (format::signed(score.base, 3)) } }
                    @for factor in &score.factors {
                        tr {
                            th scope="row" title=[Feature::named(&factor.name).map(|feature| feature.spec().description)] { (words::title(&factor.name)) }
                            td { (said(&factor.name).unwrap_or(format::UNKNOWN)) }
                            td.end { (format::signed(factor.contribution, 3)) }
                        }
                    }
                    tr { th scope="row" { "Sum" } td { "what the chance is made of" } td.end { strong { (format::signed(score.margin, 3)) } } }
                }
            }
        }
        p.hint { "Factors that add nothing are left out." @if matches!(score.basis, Basis::Model { .. }) { " The model's chance is the sum, calibrated." } }
    };
    disclose("How the number is made", table)
}

/// What nobody knows, and how far it could move the chance.
pub fn missing(score: &LeadScore) -> Markup {
    if score.missing.is_empty() {
        return html! {};
    }
    let at = |change: f64| format::percent(odds::probability(score.margin + change), 1);
    let list = html! {
        ul.plain-list.small {
            @for missing in &score.missing {
                li {
                    strong { (words::title(missing.feature.spec().name)) } ": the chance could be "
                    span.num { (at(missing.change.lower)) } " to " span.num { (at(missing.change.upper)) }
                    "."
                }
            }
        }
    };
    disclose(&format!("{} not known", format::counted(score.missing.len(), "thing", "things")), list)
}

/// Where the chance comes from, behind its button.
pub fn why(score: &LeadScore, goal: &str) -> Why {
    Why::new("chance = 1 ÷ (1 + e^−(base + Σ factors))")
        .input("base, log-odds", format::signed(score.base, 3))
        .input("factors", format::count(score.factors.len()))
        .input("sum, log-odds", format::signed(score.margin, 3))
        .input("goal", goal)
        .input("as of", format::instant(score.as_of))
        .input("features", score.features.to_string())
        .source(score.basis.to_string())
}

/// The number itself, with its range.
pub fn headline(score: &LeadScore, probability: f64, goal: &str) -> Markup {
    html! {
        div.lead-score {
            p.lead-chance { (format::percent(probability, 1)) }
            div {
                div.cluster { span { "chance of " (goal) } (why(score, goal).render("the chance")) }
                p.small.secondary {
                    "Between " span.num { (format::percent(score.interval.lower, 1)) } " and " span.num { (format::percent(score.interval.upper, 1)) }
                    @if matches!(score.basis, Basis::Prior { .. }) { ", whatever is not known yet" } @else { ", with 90 % confidence" }
                    "."
                }
            }
        }
        @if let Some(standing) = &score.standing { p.small { (Icon::TrendingUp) " " (words::sentence(&standing.to_string())) } }
    }
}
