use kernel::Currency;

use super::*;
use crate::projection::{Goal, project};

fn prospect(id: &str, tier: Tier, arr: i64, probability: f64, close_days: u32) -> Prospect {
    let arr = Arr::new(arr.into(), Currency::USD);
    Prospect { opportunity: Opportunity { id: id.into(), arr, probability, close_days }, tier }
}

fn pipeline() -> Vec<Prospect> {
    vec![
        prospect("a", Tier::One, 37_500, 0.5, 30),
        prospect("b", Tier::One, 37_500, 0.9, 60),
        prospect("c", Tier::Two, 11_250, 0.8, 90),
        prospect("d", Tier::Three, 6_250, 0.6, 120),
    ]
}

fn live() -> Assumptions {
    Assumptions::live(Mrr::new(400_000.into(), Currency::USD), Correlation::NONE)
}

fn p_goal(assumptions: &Assumptions, goal: i64) -> f64 {
    let offers = worked(&contributions(&pipeline(), assumptions));
    let goal = Goal::AddedArr(Arr::new(goal.into(), Currency::USD));
    let current = Mrr::new(130_000.into(), Currency::USD);
    let projection = project(&offers, current, goal, assumptions.correlation).expect("sound");
    projection.horizons[2].arr.p_goal
}

#[test]
fn live_assumptions_change_nothing() {
    let prospects = pipeline();
    let found = contributions(&prospects, &live());
    for (prospect, contribution) in prospects.iter().zip(&found) {
        assert_eq!(contribution.chance, prospect.opportunity.probability);
        assert!(contribution.worked);
    }
    let opportunities: Vec<Opportunity> =
        prospects.into_iter().map(|prospect| prospect.opportunity).collect();
    assert_eq!(worked(&found), opportunities);
}

#[test]
fn a_tier_rate_replaces_the_believed_chance_of_that_tier_only() {
    let assumptions = Assumptions { close_rates: [(Tier::One, 0.6)].into(), ..live() };
    let chances: Vec<f64> = contributions(&pipeline(), &assumptions).iter().map(|one| one.chance).collect();
    assert_eq!(chances, [0.6, 0.6, 0.8, 0.6]);
}

#[test]
fn no_factor_makes_a_chance_of_more_than_one() {
    let assumptions = Assumptions { chance_factor: 1.5, ..live() };
    let chances: Vec<f64> = contributions(&pipeline(), &assumptions).iter().map(|one| one.chance).collect();
    assert_eq!(chances, [0.75, 1.0, 1.0, 0.6 * 1.5]);
}

#[test]
fn capacity_goes_to_the_highest_expected_revenue() {
    let assumptions = Assumptions { worked_max: Some(2), ..live() };
    let found = contributions(&pipeline(), &assumptions);
    let worked_ids: Vec<&str> = found.iter().filter(|one| one.worked).map(|one| &*one.id).collect();
    assert_eq!(worked_ids, ["a", "b"]);
    assert_eq!(found[2].expected_arr, 0.0, "what is not worked brings nothing");
    assert_eq!(worked(&found).len(), 2);
    let roomy = Assumptions { worked_max: Some(40), ..live() };
    assert!(contributions(&pipeline(), &roomy).iter().all(|one| one.worked));
}

#[test]
fn the_mean_rate_of_a_tier_is_that_of_its_prospects() {
    let rates = close_rates(&pipeline());
    assert_eq!(rates.len(), 3);
    assert!((rates[&Tier::One] - 0.7).abs() < 1e-12);
}

#[test]
fn better_chances_raise_and_less_capacity_lowers_the_chance_of_the_goal() {
    let better = Assumptions { chance_factor: 1.2, ..live() };
    let narrower = Assumptions { worked_max: Some(1), ..live() };
    let here = p_goal(&live(), 60_000);
    assert!(p_goal(&better, 60_000) > here);
    assert!(p_goal(&narrower, 60_000) < here);
}
