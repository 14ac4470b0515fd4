//! What if so many clients of each tier sign: the scenario table, in exact money.
//!
//! A scenario is a share of each tier's clients. Its annual revenue becomes monthly by
//! [`Arr::per_month`] before it meets today's monthly revenue or the goal: the types leave no other way.

use std::collections::BTreeMap;

use kernel::{Arr, Currency, CurrencyMismatch, Mrr};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Assessment, Tier},
    playbook::{Playbook, Scenario},
};

/// The clients of a tier and what they would add together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TierPotential {
    /// Clients with something to offer.
    pub clients: u32,
    /// Added annual revenue if all of them sign.
    pub arr: Arr,
}

/// A row of the scenario table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioRow {
    /// Stable identifier (`conservative`).
    pub name: String,
    /// As people read it.
    pub label: String,
    /// Clients that sign, per tier.
    pub closes: BTreeMap<Tier, u32>,
    /// Added annual revenue, exact; in a tier of unequal clients, at the tier's mean.
    pub added_arr: Arr,
    /// The same per month.
    pub added_mrr: Mrr,
    /// Today's monthly revenue and the added.
    pub resulting_mrr: Mrr,
    /// Resulting over today's monthly revenue (1.22 is 122 %); `None` when there is none today.
    pub growth: Option<f64>,
    /// Added over needed monthly revenue (0.106 is 10.6 % of the way to the goal); `None` when the goal is reached.
    pub coverage: Option<f64>,
}

/// The pipeline by tier: clients with potential, and how much.
///
/// # Errors
/// When assessments are in several currencies.
pub fn potentials<'a>(
    assessments: impl IntoIterator<Item = &'a Assessment>,
) -> Result<BTreeMap<Tier, TierPotential>, CurrencyMismatch> {
    let mut tiers: BTreeMap<Tier, TierPotential> = BTreeMap::new();
    for assessment in assessments {
        let added = assessment.potential_arr;
        if added.amount() <= Decimal::ZERO {
            continue;
        }
        let none = TierPotential { clients: 0, arr: Arr::zero(added.currency()) };
        let tier = tiers.entry(assessment.tier).or_insert(none);
        tier.clients += 1;
        tier.arr = tier.arr.plus(added)?;
    }
    Ok(tiers)
}

/// One row per scenario, in their order.
///
/// # Errors
/// When pipeline, current revenue and goal are not all in one currency.
pub fn table(
    tiers: &BTreeMap<Tier, TierPotential>,
    scenarios: &[Scenario],
    current: Mrr,
    goal: Mrr,
) -> Result<Vec<ScenarioRow>, CurrencyMismatch> {
    let currency = current.currency();
    same(currency, goal.currency())?;
    let needed = goal.amount() - current.amount();
    scenarios
        .iter()
        .map(|scenario| {
            let mut closes = BTreeMap::new();
            let mut added_arr = Arr::zero(currency);
            for (tier, potential) in tiers {
                let count = closing(potential.clients, scenario.shares.get(tier).copied().unwrap_or(0.0));
                closes.insert(*tier, count);
                let clients = Decimal::from(potential.clients.max(1));
                let amount = potential.arr.amount() * Decimal::from(count) / clients;
                added_arr = added_arr.plus(Arr::new(amount, potential.arr.currency()))?;
            }
            let added_mrr = added_arr.per_month();
            let resulting_mrr = current.plus(added_mrr)?;
            Ok(ScenarioRow {
                name: scenario.name.clone(),
                label: scenario.label.clone(),
                closes,
                added_arr,
                added_mrr,
                resulting_mrr,
                growth: ratio(resulting_mrr.amount(), current.amount()),
                coverage: ratio(added_mrr.amount(), needed),
            })
        })
        .collect()
}

/// The scenarios on the playbook's reference case, and today's and the goal's monthly revenue of that case.
///
/// # Errors
/// None: the case is in one currency.
pub fn reference(playbook: &Playbook) -> Result<(Mrr, Mrr, Vec<ScenarioRow>), CurrencyMismatch> {
    let case = &playbook.reference;
    let monthly = |amount: u32| Mrr::new(Decimal::from(amount), case.currency);
    let (current, goal) = (monthly(case.current_mrr), monthly(case.goal_mrr));
    let tiers = case
        .tiers
        .iter()
        .map(|(tier, of_tier)| {
            let amount = Decimal::from(of_tier.arr) * Decimal::from(of_tier.clients);
            (*tier, TierPotential { clients: of_tier.clients, arr: Arr::new(amount, case.currency) })
        })
        .collect();
    Ok((current, goal, table(&tiers, &playbook.scenarios, current, goal)?))
}

/// A share of the clients, rounded half up.
fn closing(clients: u32, share: f64) -> u32 {
    // Through the decimal that was written: 0.65 x 10 is 6.5 and not a hair below.
    let share = Decimal::from_f64_retain(share).unwrap_or_default().round_dp(9);
    let closes =
        (Decimal::from(clients) * share).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    closes.to_u32().unwrap_or(0).min(clients)
}

fn ratio(part: Decimal, whole: Decimal) -> Option<f64> {
    if whole > Decimal::ZERO { part.checked_div(whole)?.to_f64() } else { None }
}

fn same(left: Currency, right: Currency) -> Result<(), CurrencyMismatch> {
    if left == right { Ok(()) } else { Err(CurrencyMismatch { left, right }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monthly(amount: i64) -> Mrr {
        Mrr::new(Decimal::from(amount), Currency::USD)
    }

    fn fifty_clients() -> BTreeMap<Tier, TierPotential> {
        [(Tier::One, 10, 375_000), (Tier::Two, 20, 225_000), (Tier::Three, 20, 125_000)]
            .into_iter()
            .map(|(tier, clients, arr)| {
                (tier, TierPotential { clients, arr: Arr::new(Decimal::from(arr), Currency::USD) })
            })
            .collect()
    }

    #[test]
    fn the_scenarios_of_the_framework_come_out_to_the_cent() {
        let rows =
            table(&fifty_clients(), &Playbook::standard().scenarios, monthly(130_000), monthly(400_000))
                .expect("USD");
        let cents = |amount: Decimal| amount.round_dp(2).to_string();
        let [conservative, accelerated, everyone] = &rows[..] else { panic!("three scenarios") };
        assert_eq!(conservative.closes.values().copied().collect::<Vec<_>>(), [4, 10, 13]);
        assert_eq!(conservative.added_arr.amount(), Decimal::from(343_750));
        assert_eq!(cents(conservative.added_mrr.amount()), "28645.83");
        assert_eq!(cents(conservative.resulting_mrr.amount()), "158645.83");
        assert_eq!(accelerated.closes.values().copied().collect::<Vec<_>>(), [8, 12, 13]);
        assert_eq!(accelerated.added_arr.amount(), Decimal::from(516_250));
        assert_eq!(cents(accelerated.added_mrr.amount()), "43020.83");
        assert_eq!(cents(accelerated.resulting_mrr.amount()), "173020.83");
        assert_eq!(cents(everyone.added_mrr.amount()), "60416.67");
        let percent = |ratio: Option<f64>| (ratio.expect("a ratio") * 1000.0).round() / 10.0;
        assert_eq!([conservative.growth, accelerated.growth].map(percent), [122.0, 133.1]);
        assert_eq!(
            [conservative.coverage, accelerated.coverage, everyone.coverage].map(percent),
            [10.6, 15.9, 22.4]
        );
    }

    #[test]
    fn the_reference_case_is_the_one_that_the_scenarios_were_worked_out_on() {
        let playbook = Playbook::standard();
        let (current, goal, rows) = reference(playbook).expect("USD");
        assert_eq!(rows, table(&fifty_clients(), &playbook.scenarios, current, goal).expect("USD"));
        assert_eq!((current, goal), (monthly(130_000), monthly(400_000)));
    }

    #[test]
    fn without_revenue_or_gap_there_is_no_ratio() {
        let scenarios = &Playbook::standard().scenarios;
        let rows = table(&fifty_clients(), scenarios, monthly(0), monthly(0)).expect("USD");
        assert!(rows.iter().all(|row| row.growth.is_none() && row.coverage.is_none()));
        let rows = table(&BTreeMap::new(), scenarios, monthly(10), monthly(20)).expect("USD");
        assert!(rows.iter().all(|row| row.added_arr.amount().is_zero() && row.coverage == Some(0.0)));
    }

    #[test]
    fn currencies_do_not_mix() {
        let euros = Mrr::new(Decimal::ONE, "EUR".parse().expect("code"));
        let scenarios = &Playbook::standard().scenarios;
        assert!(table(&fifty_clients(), scenarios, euros, euros).is_err());
        assert!(table(&fifty_clients(), scenarios, monthly(1), euros).is_err());
    }

    #[test]
    fn closes_are_rounded_half_up_and_never_more_than_clients() {
        assert_eq!(
            [(10, 0.65), (20, 0.65), (1, 0.5), (3, 0.1), (7, 1.0)].map(|(n, share)| closing(n, share)),
            [7, 13, 1, 0, 7]
        );
    }
}
