//! The sliders of the what-if card: what the address assumes, and the form that changes it.
//!
//! A slider that stands where the live value is (to half a step) assumes nothing: the live value, with all its
//! digits, is used.

use std::collections::BTreeMap;

use growth::{
    Board, GrowthError,
    assessment::Tier,
    forecast::{Assumptions, Prospect, close_rates},
    projection::Correlation,
};
use kernel::Mrr;
use maud::{Markup, html};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::design::{Address, Field, carry, format};

/// The form of sliders.
pub const FORM: &str = "what-if";
/// Names in the address.
const GOAL: &str = "goal";
const CORRELATION: &str = "correlation";
const FACTOR: &str = "chances";
const WORKED: &str = "worked";

const CORRELATION_STEP: f64 = 0.05;
const CORRELATION_MAX: f64 = 0.95;
const FACTOR_STEP: f64 = 0.05;
const FACTOR_MIN: f64 = 0.5;
const FACTOR_MAX: f64 = 1.5;
const RATE_STEP: f64 = 0.01;

/// What the address assumes, and what is live.
pub struct Asked {
    pub assumptions: Assumptions,
    pub live: Assumptions,
    /// Mean believed chance per tier, as its slider shows it.
    rates: BTreeMap<Tier, f64>,
    prospects: usize,
}

/// Live, unless the address says something else.
fn slid(asked: Option<f64>, live: f64, step: f64, min: f64, max: f64) -> f64 {
    match asked.filter(|asked| asked.is_finite()).map(|asked| asked.clamp(min, max)) {
        Some(asked) if (asked - live).abs() > step / 2.0 + 1e-9 => asked,
        _ => live,
    }
}

impl Asked {
    /// The assumptions of `address`.
    ///
    /// # Errors
    /// When the settings are in another currency than the snapshot.
    pub fn of(address: &Address, board: &Board, prospects: &[Prospect]) -> Result<Self, GrowthError> {
        let live = board.live_assumptions()?;
        let rates: BTreeMap<Tier, f64> = close_rates(prospects)
            .into_iter()
            .map(|(tier, rate)| (tier, (rate * 100.0).round() / 100.0))
            .collect();
        let (goal_step, goal_max) = goal_range(&live);
        let goal_live = live.goal.to_f64();
        let goal = slid(address.parsed(GOAL), goal_live, goal_step, goal_step, goal_max);
        let goal = if goal == goal_live { live.goal } else { Mrr::new(whole(goal), live.goal.currency()) };
        let correlation = slid(
            address.parsed(CORRELATION),
            live.correlation.value(),
            CORRELATION_STEP,
            0.0,
            CORRELATION_MAX,
        );
        let worked = slid(address.parsed(WORKED), prospects.len() as f64, 1.0, 0.0, prospects.len() as f64);
        let close_rates = rates
            .iter()
            .filter_map(|(tier, live)| {
                let rate = slid(address.parsed(rate_name(*tier)), *live, RATE_STEP, 0.0, 1.0);
                (rate != *live).then_some((*tier, rate))
            })
            .collect();
        let assumptions = Assumptions {
            goal,
            // In range: clamped above, and the live one is valid.
            correlation: Correlation::new(correlation).unwrap_or(live.correlation),
            chance_factor: slid(address.parsed(FACTOR), 1.0, FACTOR_STEP, FACTOR_MIN, FACTOR_MAX),
            close_rates,
            worked_max: Some(worked as usize).filter(|worked| *worked < prospects.len()),
        };
        Ok(Self { assumptions, live, rates, prospects: prospects.len() })
    }

    /// Whether anything is assumed that is not live.
    pub fn differs(&self) -> bool {
        self.assumptions != self.live
    }

    /// The address with the positions that differ from live, and without the others.
    pub fn address(&self, address: &Address) -> Address {
        let (assumed, live) = (&self.assumptions, &self.live);
        let differs = |name: &str| match name {
            GOAL => assumed.goal != live.goal,
            CORRELATION => assumed.correlation != live.correlation,
            FACTOR => assumed.chance_factor != live.chance_factor,
            WORKED => assumed.worked_max != live.worked_max,
            name => assumed.close_rates.keys().any(|tier| rate_name(*tier) == name),
        };
        address.filtered(|name, _| !is_slider(name) || differs(name))
    }

    /// The sliders.
    pub fn form(&self, address: &Address) -> Markup {
        let assumed = &self.assumptions;
        let (goal_step, goal_max) = goal_range(&self.live);
        let currency = assumed.goal.currency();
        let rest = address.filtered(|name, _| !is_slider(name) && !["page", "format"].contains(&name));
        let rate = |tier: Tier, live: f64| {
            let value = assumed.close_rates.get(&tier).copied().unwrap_or(live);
            Field::range(
                rate_name(tier),
                &format!("Chance, {}", tier.label().to_lowercase()),
                0.0,
                1.0,
                RATE_STEP,
            )
            .shown(100.0, "", " %")
            .value(value)
            .hint(format!("Believed: {} on average.", format::percent(live, 0)))
        };
        html! {
            form.form id=(FORM) method="get" action=(address.path()) data-autosubmit
                hx-get=(address.path()) hx-target="#revenue" hx-select="#revenue" hx-swap="outerMorph" hx-replace-url="true" {
                (carry(rest.pairs()))
                (Field::range(GOAL, &format!("Goal MRR, {currency} a month"), goal_step, goal_max, goal_step)
                    .value(assumed.goal.amount().normalize()).hint(format!("Live: {}.", format::money_whole(&self.live.goal))).render())
                (Field::range(CORRELATION, "Correlation of deals", 0.0, CORRELATION_MAX, CORRELATION_STEP)
                    .value(assumed.correlation.value())
                    .hint(format!("Live: {}. 0: each deal for itself; higher: good and bad months for all.", format::number(self.live.correlation.value(), 2))).render())
                (Field::range(FACTOR, "Every chance times", FACTOR_MIN, FACTOR_MAX, FACTOR_STEP).shown(1.0, "× ", "")
                    .value(assumed.chance_factor).render())
                @for (tier, live) in &self.rates { (rate(*tier, *live).render()) }
                @if self.prospects > 0 {
                    (Field::range(WORKED, "Opportunities the team works", 0.0, self.prospects as f64, 1.0)
                        .value(assumed.worked_max.unwrap_or(self.prospects))
                        .hint("Those of the highest expected ARR; the others bring nothing.").render())
                }
                div.form-foot {
                    button.button.no-js-only type="submit" { "Show" }
                    @if self.differs() { a.button href=(rest.href()) { "Back to live" } }
                }
            }
        }
    }

    /// How to keep what was tried.
    pub fn keep(&self) -> Markup {
        let (assumed, live) = (&self.assumptions, &self.live);
        let settings = (assumed.goal != live.goal || assumed.correlation != live.correlation).then(|| {
            Address::at("/growth/settings")
                .with("goal_mrr", assumed.goal.amount().normalize())
                .with("correlation", assumed.correlation.value())
        });
        html! {
            p.small.secondary.lead-in {
                @if let Some(settings) = &settings {
                    a href=(settings.href()) { "Keep goal and correlation in the settings" } ". "
                }
                "Chances follow from the policy and the recorded outcomes: change the rule under "
                a href="/growth/policies/edit" { "Policies" } "."
            }
        }
    }
}

/// Step and end of the goal's slider: a hundredth or so of the live goal, and twice as far.
fn goal_range(live: &Assumptions) -> (f64, f64) {
    let goal = live.goal.to_f64().max(1.0);
    let step = 10_f64.powf((goal.log10() - 1.6).floor()).max(1.0);
    (step, (goal * 2.0 / step).ceil() * step)
}

fn is_slider(name: &str) -> bool {
    [GOAL, CORRELATION, FACTOR, WORKED].contains(&name)
        || Tier::ALL.iter().any(|tier| rate_name(*tier) == name)
}

fn rate_name(tier: Tier) -> &'static str {
    match tier {
        Tier::One => "rate_1",
        Tier::Two => "rate_2",
        Tier::Three => "rate_3",
        Tier::Maintenance => "rate_0",
    }
}

fn whole(amount: f64) -> Decimal {
    Decimal::from(amount.round().to_i64().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slider_where_it_stood_keeps_the_live_value_with_all_its_digits() {
        assert_eq!(slid(Some(0.75), 0.7312, 0.05, 0.0, 1.0), 0.7312);
        assert_eq!(slid(Some(0.8), 0.7312, 0.05, 0.0, 1.0), 0.8);
        assert_eq!(slid(None, 0.7312, 0.05, 0.0, 1.0), 0.7312);
    }

    #[test]
    fn positions_beyond_the_ends_are_the_ends_and_nonsense_is_nothing() {
        assert_eq!(slid(Some(7.0), 0.1, 0.05, 0.0, 0.95), 0.95);
        assert_eq!(slid(Some(f64::NAN), 0.1, 0.05, 0.0, 0.95), 0.1);
    }

    #[test]
    fn the_goal_slides_in_round_steps_to_twice_as_far() {
        let goal = Mrr::new(Decimal::from(400_000), kernel::Currency::USD);
        assert_eq!(goal_range(&Assumptions::live(goal, Correlation::NONE)), (10_000.0, 800_000.0));
    }
}
