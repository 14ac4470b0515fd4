//! An assessment as files and APIs show it: one shape for the shell, the API and exports, numbers unrounded.

use jiff::{Span, civil::Date};
use kernel::{Currency, Factor, Interval, PolicyKey};
use serde::Serialize;

use crate::assessment::{Assessment, MissedCriterion, NextAction, ReadinessLevel, Tier, VehicleFit};

/// The public shape of an [`Assessment`]. Every amount of money is a plain number in `currency`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssessmentView<'a> {
    /// The client.
    pub client_id: &'a str,
    /// The version of the policy that it follows from.
    pub policy: &'a PolicyKey,
    /// The day it speaks of.
    pub as_of: Date,
    /// Readiness with its factors.
    pub readiness: ReadinessView<'a>,
    /// The tier reached.
    pub tier: Tier,
    /// What separates the client from the next better tier.
    pub missed_criteria: &'a [MissedCriterion],
    /// Added annual revenue if the client buys.
    pub potential_arr: f64,
    /// ISO code of the amounts.
    pub currency: Currency,
    /// (current + added) / current.
    pub multiple: Option<f64>,
    /// Prior rule's probability, 0-1.
    pub success_probability: f64,
    /// Whether the rule left 0-1 and was clamped.
    pub saturated: bool,
    /// What was added up, before the clamp.
    pub probability_parts: Vec<PartView<'a>>,
    /// Expected days to signature.
    pub close_days: u32,
    /// 1-10.
    pub priority: f64,
    /// Months until the offer's cost is earned back.
    pub payback_months: Option<u32>,
    /// Vehicles to offer, best first.
    pub vehicles: &'a [VehicleFit],
    /// What to do next.
    pub next_action: NextAction,
    /// Within how many days of `as_of`.
    pub next_action_days: Option<u32>,
    /// The day by which it is due.
    pub next_action_due: Option<Date>,
}

/// Readiness, with the interval as `[lower, upper]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadinessView<'a> {
    /// 0-100, the sum of the contributions.
    pub score: f64,
    /// The level.
    pub level: ReadinessLevel,
    /// Share of the weight that is known, 0-1.
    pub coverage: f64,
    /// What the unknown dimensions could make of it.
    pub interval: Interval,
    /// The known dimensions.
    pub factors: &'a [Factor],
}

/// A named part of the probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PartView<'a> {
    /// Identifier (`tier`).
    pub name: &'a str,
    /// What it adds.
    pub add: f64,
}

impl Assessment {
    /// The day by which the next action is due; `None` where nothing is due.
    pub fn next_action_due(&self) -> Option<Date> {
        let days = Span::new().try_days(self.next_action_days?).ok()?;
        self.as_of.checked_add(days).ok()
    }

    /// The public shape.
    pub fn view(&self) -> AssessmentView<'_> {
        AssessmentView {
            client_id: self.client_id.as_str(),
            policy: &self.policy,
            as_of: self.as_of,
            readiness: ReadinessView {
                score: self.readiness.score,
                level: self.readiness.level,
                coverage: self.readiness.coverage,
                interval: self.readiness.interval,
                factors: &self.readiness.factors,
            },
            tier: self.tier,
            missed_criteria: &self.missed_criteria,
            potential_arr: self.potential_arr.to_f64(),
            currency: self.potential_arr.currency(),
            multiple: self.multiple,
            success_probability: self.success_probability,
            saturated: self.saturated,
            probability_parts: self
                .probability_parts
                .iter()
                .map(|(name, add)| PartView { name, add: *add })
                .collect(),
            close_days: self.close_days,
            priority: self.priority,
            payback_months: self.payback_months,
            vehicles: &self.vehicles,
            next_action: self.next_action,
            next_action_days: self.next_action_days,
            next_action_due: self.next_action_due(),
        }
    }
}
