use kernel::{Arr, Currency, Mrr};

use super::{BINS, preview};
use crate::{
    assessment::{ReadinessLevel, Tier},
    fixture::{AS_OF, blank, eighty, tier_one},
    metrics::ClientMetrics,
    policy::Policy,
};

#[test]
fn a_draft_shows_whom_it_moves_before_it_is_saved() {
    let live = Policy::framework();
    let mut document = live.document().clone();
    document.version = 2;
    document.readiness.levels[0].from = 82.0;
    document.tiers[0].midpoint = 40_000.0;
    let draft = Policy::new(document).expect("valid");
    let clients = [tier_one("one"), eighty("eighty"), blank("blank")];
    let diff = preview(&clients, &live, &draft, AS_OF).expect("one currency");

    assert_eq!((diff.live.policy.version, diff.draft.policy.version), (1, 2));
    assert_eq!(diff.live.levels[&ReadinessLevel::ReadyNow], 2);
    assert_eq!(diff.draft.levels[&ReadinessLevel::ReadyNow], 1);
    assert_eq!(diff.live.tiers[&Tier::One], 1);
    assert_eq!(diff.reclassified(), 1);
    let arr = |amount: u32| Arr::new(amount.into(), Currency::USD);
    assert_eq!((diff.live.potential_arr, diff.draft.potential_arr), (arr(37_500), arr(40_000)));
    // Both shift the same scores: "eighty" by its level, "one" by its potential.
    assert_eq!((diff.movement.changed.len(), diff.movement.unchanged), (2, 1));
}

#[test]
fn the_histogram_counts_every_client_once_and_weighting_is_to_the_cent() {
    let clients = [tier_one("one"), eighty("eighty"), blank("blank")];
    let live = Policy::framework();
    let diff = preview(&clients, &live, &live, AS_OF).expect("one currency");
    assert_eq!(diff.live, diff.draft);
    assert_eq!(diff.reclassified(), 0);
    assert_eq!(diff.live.histogram.iter().sum::<u32>(), 3);
    // 80 lies in the bin from 80, 0 in the first; the third scores 84.9.
    assert_eq!((diff.live.histogram[0], diff.live.histogram[16]), (1, 2));
    assert_eq!(diff.live.histogram.len(), BINS);
    let expected = 37_500.0 * crate::assess::assess(&clients[0], &live, AS_OF).success_probability;
    assert!((diff.live.weighted_arr.to_f64() - expected).abs() < 0.005);
}

#[test]
fn two_currencies_have_no_sum() {
    let euros = Mrr::new(2_400.into(), "EUR".parse().expect("a code"));
    let mut foreign: ClientMetrics = tier_one("foreign");
    (foreign.current_mrr, foreign.current_arr) = (euros, euros.per_year());
    let live = Policy::framework();
    assert!(preview(&[tier_one("one"), foreign], &live, &live, AS_OF).is_err());
}

#[test]
fn no_clients_have_no_mean() {
    let live = Policy::framework();
    let diff = preview(&[], &live, &live, AS_OF).expect("nothing to add");
    assert_eq!((diff.live.mean_score, diff.live.potential_arr), (None, Arr::zero(Currency::USD)));
}
