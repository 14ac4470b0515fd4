//! What to offer, why these, and how the chance came about.

use growth::whitespace::{self, WhitespaceState};
use maud::{Markup, html};

use super::{super::words, Dossier};
use crate::design::{Tone, Why, badge, disclose, format, score};

impl Dossier<'_> {
    /// The vehicles to offer with their reasons; the others folded away.
    pub(super) fn vehicles(&self) -> Markup {
        let policy = &self.board.policy;
        let row = whitespace::row(self.client, self.assessment, policy);
        let others: Vec<_> = row.cells.iter().filter(|cell| cell.state != WhitespaceState::Offered).collect();
        let fit = &policy.document().fit;
        html! {
            div.section {
                (self.heading(html! { "What to offer" }))
                @if self.assessment.vehicles.is_empty() { p.small.secondary { "Nothing now: the tier sells nothing that fits and is not owned." } }
                ol.offers {
                    @for offer in &self.assessment.vehicles {
                        @let section = policy.vehicle(&offer.id);
                        @let why = Why::new(format!("{} + points of every reason, within 0 and 100", format::number(fit.base, 0)))
                            .input("fit", format::number(offer.fit, 0)).source(self.source());
                        li {
                            div.cluster.between {
                                strong { (words::vehicle(policy, &offer.id)) }
                                div.cluster { (score(offer.fit, 100.0, 0, Tone::Accent)) (why.render("Fit")) }
                            }
                            @if let Some(section) = section {
                                p.tiny.muted {
                                    "list price " (self.amount(section.arr)) " ARR · cost of introduction " (self.amount(section.cost)) ", once · "
                                    (format!("{:?}", section.complexity).to_lowercase()) " complexity"
                                }
                            }
                            div.tag-list {
                                @for reason in &offer.reasons { (badge(if reason.contains(": -") { Tone::Warn } else { Tone::Good }, reason)) }
                                @for unknown in &offer.unknown { (badge(Tone::Plain, &format!("{unknown}: unknown"))) }
                                @if offer.reasons.is_empty() && offer.unknown.is_empty() { span.tiny.muted { "base fit only" } }
                            }
                        }
                    }
                }
                @if let Some(months) = self.assessment.payback_months {
                    p.small.secondary {
                        "The cost of introducing them is earned back by the added MRR in " strong { (format::counted(months as usize, "month", "months")) } "."
                    }
                }
                (disclose(&format!("The other {}", format::counted(others.len(), "vehicle", "vehicles")), html! {
                    dl.facts.left {
                        @for cell in others { dt { (words::vehicle(policy, &cell.vehicle)) } dd { (cell.state) ": " (cell.reason) } }
                    }
                }))
            }
        }
    }

    /// The parts of the rule's chance.
    pub(super) fn chance(&self) -> Markup {
        let assessment = self.assessment;
        let sum: f64 = assessment.probability_parts.iter().map(|(_, part)| part).sum();
        let why = Why::new(super::super::formula::probability(&self.board.policy)).source(self.source());
        html! {
            div.section {
                div.cluster.between { (self.heading(html! { "Chance by the rule" })) (why.render("Chance by the rule")) }
                dl.facts {
                    @for (name, part) in &assessment.probability_parts {
                        dt { (words::title(name)) } dd { (words::part(*part)) }
                    }
                    dt { strong { "Sum" @if assessment.saturated { ", limited to 0–1" } } }
                    dd { strong { @if assessment.saturated { (words::part(sum)) " → " } (format::percent(assessment.success_probability, 1)) } }
                }
                p.tiny.muted { "A rule that people agreed on, not an estimate. Recorded outcomes of the tier move it." }
            }
        }
    }

    fn amount(&self, amount: f64) -> String {
        use rust_decimal::{Decimal, prelude::FromPrimitive};
        match Decimal::from_f64(amount) {
            Some(amount) => format::money_whole(&kernel::Money::new(amount, self.board.snapshot.currency)),
            None => format::UNKNOWN.to_owned(),
        }
    }
}
