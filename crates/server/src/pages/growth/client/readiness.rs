//! The readiness score with its factors, and the criteria of tiers.

use growth::tier;
use kernel::Factor;
use maud::{Markup, html};

use super::{super::words, Dossier};
use crate::design::{Icon, Why, format};

/// Colours of the factors, in the policy's order; the table beside the bar says the same in words.
const INKS: usize = 6;

impl Dossier<'_> {
    /// The score, what each factor adds, and what is not known.
    pub(super) fn readiness(&self) -> Markup {
        let readiness = &self.assessment.readiness;
        let policy = &self.board.policy;
        let why = Why::new(super::super::formula::readiness(policy))
            .input("score", format::number(readiness.score, 2))
            .input("data known", format::percent(readiness.coverage, 0))
            .source(self.source());
        let unknown: Vec<String> = policy
            .document()
            .readiness
            .dimensions
            .iter()
            .filter(|dimension| readiness.factors.iter().all(|factor| factor.name != dimension.name))
            .map(|dimension| words::title(&dimension.name).to_lowercase())
            .collect();
        html! {
            div.section {
                div.cluster.between {
                    (self.heading(html! { "Readiness " span.num { (format::number(readiness.score, 1)) } " of 100" }))
                    (why.render("Readiness"))
                }
                (stacked(&readiness.factors))
                div.scroll-x tabindex="0" role="region" aria-label="Factors of readiness" {
                    table.table.plain.compact {
                        caption.visually-hidden { "Factors of readiness; they add up to the score" }
                        thead { tr {
                            th scope="col" { "Factor" } th.end scope="col" { "Value" }
                            th.end scope="col" { "Weight" } th.end scope="col" { "Adds" }
                        } }
                        tbody {
                            @for (place, factor) in readiness.factors.iter().enumerate() {
                                tr {
                                    th scope="row" { (swatch(place)) (words::title(&factor.name)) }
                                    td.end { (format::decimal(factor.value, 1)) }
                                    td.end { (format::percent(factor.weight, 1)) }
                                    td.end { (format::decimal(factor.contribution, 2)) }
                                }
                            }
                            tr {
                                th scope="row" { "Score" } td.end {} td.end {}
                                td.end { strong { (format::decimal(readiness.score, 2)) } }
                            }
                        }
                    }
                }
                @if !unknown.is_empty() {
                    p.small.secondary {
                        (Icon::Info) " Not known: " (unknown.join(", ")) ". The other weights are scaled up; with the unknown at worst and at best the score lies between "
                        strong.num { (format::number(readiness.interval.lower, 1)) } " and "
                        strong.num { (format::number(readiness.interval.upper, 1)) } "."
                    }
                }
            }
        }
    }

    /// What the next better tier asks, met and missed; at the top, what the tier asks.
    pub(super) fn criteria(&self) -> Markup {
        let policy = &self.board.policy;
        let here = self.assessment.tier;
        let better = tier::next_better(policy, here);
        let of = better.unwrap_or(here);
        let checks = tier::checks(self.client, policy, of, self.board.snapshot.as_of);
        let met = checks.iter().filter(|check| check.holds == Some(true)).count();
        let label = policy.tier(of).map(|section| section.label.as_str()).unwrap_or_default();
        html! {
            div.section {
                (self.heading(html! {
                    @if better.is_some() { "What " (of) " asks" } @else { "Why " (of) }
                    " " span.muted.small { "“" (label) "” · " (met) " of " (checks.len()) " met" }
                }))
                ul.checks {
                    @for check in &checks {
                        @let gap = check.actual.map(|actual| check.criterion.gap(actual));
                        li {
                            @match check.holds {
                                Some(true) => { span.good { (Icon::Done) } span { span.visually-hidden { "Met: " } (check.criterion) } }
                                Some(false) => { span.bad { (Icon::Close) } span { span.visually-hidden { "Missed: " } (check.criterion) } }
                                None => { span.warn { (Icon::Help) } span { span.visually-hidden { "Unknown: " } (check.criterion) } }
                            }
                            span.num.secondary {
                                @match (check.actual, check.holds) {
                                    (None, _) => (format::UNKNOWN),
                                    (Some(actual), Some(true)) => { (format::number(actual, 2)) }
                                    (Some(actual), _) => {
                                        (format::number(actual, 2))
                                        @if let Some(gap) = gap.filter(|gap| *gap > 0.0) { ", lacks " (format::number(gap, 2)) }
                                        @else { ", has to be above" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The contributions side by side, out of 100.
fn stacked(factors: &[Factor]) -> Markup {
    let mut x = 0.0;
    let parts: Vec<(f64, f64)> = factors
        .iter()
        .map(|factor| {
            let from = x;
            x += factor.contribution;
            (from, factor.contribution)
        })
        .collect();
    let words: Vec<String> = factors
        .iter()
        .map(|factor| format!("{} {}", words::title(&factor.name), format::number(factor.contribution, 1)))
        .collect();
    html! {
        svg.stackbar viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={ "Out of 100: " (words.join(", ")) } {
            @for (place, (from, width)) in parts.into_iter().enumerate() {
                @let (fill, opacity) = ink(place);
                rect x=(format!("{from:.3}")) width=(format!("{:.3}", (width - 0.3).max(0.0))) height="10" fill=(fill) fill-opacity=(opacity) {
                    title { (words[place]) }
                }
            }
        }
    }
}

fn swatch(place: usize) -> Markup {
    let (fill, opacity) = ink(place);
    html! {
        svg.swatch viewBox="0 0 10 10" aria-hidden="true" {
            rect width="10" height="10" rx="2" fill=(fill) fill-opacity=(opacity) {}
        }
    }
}

/// Colour and strength: beyond the palette its colours come again, lighter.
fn ink(place: usize) -> (String, &'static str) {
    (format!("var(--viz-{})", place % INKS + 1), if place < INKS { "1" } else { "0.5" })
}
