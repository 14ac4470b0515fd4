//! One client, one day, one policy: everything that follows.

use jiff::civil::Date;
use kernel::Arr;
use rust_decimal::prelude::ToPrimitive;

use crate::{
    assessment::Assessment,
    metrics::ClientMetrics,
    policy::{EDGE_TOLERANCE, Metric, Policy, Values},
};

/// Months of a year.
const MONTHS: f64 = 12.0;

/// What the policy says of a client on a day. Pure: the same arguments give the same answer.
///
/// The potential is in the client's own currency, in which the policy's amounts are read.
///
/// ```
/// use growth::{assess::assess, metrics::ClientMetrics, policy::Policy};
/// use kernel::{Currency, Mrr};
///
/// let mrr = Mrr::new(2_400.into(), Currency::USD);
/// let mut client = ClientMetrics::unknown("b-1", "Brokerage One", mrr);
/// client.satisfaction_score = Some(4.5);
/// let as_of = jiff::civil::date(2026, 1, 19);
/// let assessment = assess(&client, &Policy::framework(), as_of);
/// let sum: f64 = assessment.readiness.factors.iter().map(|factor| factor.contribution).sum();
/// assert_eq!(sum, assessment.readiness.score);
/// ```
pub fn assess(client: &ClientMetrics, policy: &Policy, as_of: Date) -> Assessment {
    let rules = policy.rules();
    let mut values = Values::of(client, as_of);

    let readiness = rules.readiness.assess(&values);
    values.set(Metric::Readiness, readiness.score);

    let (tier, missed_criteria) = rules.tiers.classify(&values);
    let offer = rules.vehicles.offer(tier, &values, &client.upsell_history);
    let potential = offer.potential.to_f64().unwrap_or_default();
    values.set(Metric::PotentialArr, potential);

    let prior = rules.probability.prior(readiness.score, tier, &values);
    values.set(Metric::Probability, prior.probability);

    let priority = rules.priority.priority(potential, prior.probability, readiness.score, &values);
    let (next_action, next_action_days) = rules.next_actions.decide(readiness.level, priority);

    let current = values.get(Metric::CurrentArr).unwrap_or_default();
    Assessment {
        client_id: client.client_id.clone(),
        policy: policy.shared_key(),
        as_of,
        tier,
        missed_criteria,
        potential_arr: Arr::new(offer.potential, client.current_arr.currency()),
        multiple: (current > 0.0).then(|| (current + potential) / current),
        success_probability: prior.probability,
        saturated: prior.saturated,
        probability_parts: prior.parts,
        close_days: rules.readiness.close_days(readiness.score),
        priority,
        payback_months: (!offer.vehicles.is_empty()).then(|| payback_months(offer.cost, potential)).flatten(),
        next_action,
        next_action_days,
        vehicles: offer.vehicles,
        readiness,
    }
}

/// [`assess`] for every client, in their order.
pub fn assess_all(clients: &[ClientMetrics], policy: &Policy, as_of: Date) -> Vec<Assessment> {
    clients.iter().map(|client| assess(client, policy, as_of)).collect()
}

/// Whole months until `cost` is earned back by `added_arr` per year; `None` when nothing is earned.
fn payback_months(cost: f64, added_arr: f64) -> Option<u32> {
    (added_arr > 0.0).then(|| (cost * MONTHS / added_arr - EDGE_TOLERANCE).ceil().max(0.0) as u32)
}

#[cfg(test)]
mod legacy;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
