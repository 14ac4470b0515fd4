//! What if: the pipeline under other assumptions than the live ones.
//!
//! [`Assumptions`] bend what is believed of each opportunity, [`contributions`] says what every opportunity then
//! brings, and [`crate::projection`] makes the distribution of their sum. Nothing here is saved: assumptions live
//! in addresses and requests.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use finance::Correlation;
use kernel::{Arr, Mrr};
use serde::Serialize;

use crate::{
    assessment::Tier,
    projection::{Opportunity, Projection},
};

/// An opportunity as it is believed, with the tier that its client is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Prospect {
    /// The opportunity; its probability is the believed one.
    pub opportunity: Opportunity,
    /// The client's tier.
    pub tier: Tier,
}

/// What is assumed of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    /// Monthly revenue to reach.
    pub goal: Mrr,
    /// How much deals hang together.
    pub correlation: Correlation,
    /// Every chance times this, at most 1.
    pub chance_factor: f64,
    /// Chance of every opportunity of a tier, in place of what is believed of each, 0-1.
    pub close_rates: BTreeMap<Tier, f64>,
    /// The team works so many opportunities, those of the highest expected revenue; `None`: all.
    pub worked_max: Option<usize>,
}

impl Assumptions {
    /// What is believed, taken as it is.
    pub fn live(goal: Mrr, correlation: Correlation) -> Self {
        Self { goal, correlation, chance_factor: 1.0, close_rates: BTreeMap::new(), worked_max: None }
    }
}

/// What one opportunity brings under the assumptions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// The client's identifier.
    pub id: Arc<str>,
    /// The client's tier.
    pub tier: Tier,
    /// Added annual revenue if signed.
    pub arr: Arr,
    /// The chance that is believed: the rule and the outcomes of the tier.
    pub believed: f64,
    /// The chance that is assumed here.
    pub chance: f64,
    /// Expected days to signature.
    pub close_days: u32,
    /// Chance times revenue, major units per year; 0 when it is not worked.
    pub expected_arr: f64,
    /// Whether the team has the capacity for it; what is not worked brings nothing.
    pub worked: bool,
}

/// The pipeline under some assumptions.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// What was assumed.
    pub assumptions: Assumptions,
    /// What every opportunity brings, in the pipeline's order.
    pub contributions: Vec<Contribution>,
    /// The distribution of the sum of those that are worked.
    pub projection: Arc<Projection>,
}

/// Mean believed chance per tier, for tiers that have prospects.
pub fn close_rates(prospects: &[Prospect]) -> BTreeMap<Tier, f64> {
    let mut sums: BTreeMap<Tier, (f64, f64)> = BTreeMap::new();
    for prospect in prospects {
        let (sum, count) = sums.entry(prospect.tier).or_default();
        *sum += prospect.opportunity.probability;
        *count += 1.0;
    }
    sums.into_iter().map(|(tier, (sum, count))| (tier, sum / count)).collect()
}

/// What every prospect brings under `assumptions`, in their order.
pub fn contributions(prospects: &[Prospect], assumptions: &Assumptions) -> Vec<Contribution> {
    let mut contributions: Vec<Contribution> = prospects
        .iter()
        .map(|Prospect { opportunity, tier }| {
            let believed = opportunity.probability;
            let rate = assumptions.close_rates.get(tier).copied().unwrap_or(believed);
            let chance = (rate * assumptions.chance_factor).clamp(0.0, 1.0);
            Contribution {
                id: opportunity.id.clone(),
                tier: *tier,
                arr: opportunity.arr,
                believed,
                chance,
                close_days: opportunity.close_days,
                expected_arr: chance * opportunity.arr.to_f64(),
                worked: true,
            }
        })
        .collect();
    if let Some(most) = assumptions.worked_max.filter(|most| *most < contributions.len()) {
        let mut order: Vec<usize> = (0..contributions.len()).collect();
        order.sort_by(|left, right| by_worth(&contributions[*left], &contributions[*right]));
        for place in order.split_off(most) {
            contributions[place].worked = false;
            contributions[place].expected_arr = 0.0;
        }
    }
    contributions
}

/// Highest expected revenue first, then soonest, then by identifier.
fn by_worth(left: &Contribution, right: &Contribution) -> Ordering {
    right
        .expected_arr
        .total_cmp(&left.expected_arr)
        .then(left.close_days.cmp(&right.close_days))
        .then_with(|| left.id.cmp(&right.id))
}

/// What is worked, as the projection takes it.
pub fn worked(contributions: &[Contribution]) -> Vec<Opportunity> {
    contributions
        .iter()
        .filter(|contribution| contribution.worked)
        .map(|contribution| Opportunity {
            id: contribution.id.clone(),
            arr: contribution.arr,
            probability: contribution.chance,
            close_days: contribution.close_days,
        })
        .collect()
}

#[cfg(test)]
mod tests;
