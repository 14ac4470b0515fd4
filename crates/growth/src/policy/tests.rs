use proptest::prelude::*;

use super::{FRAMEWORK_TOML, Fault, LEGACY_TOML, Metric, Policy, PolicyDocument, PolicyError};
use crate::{
    assess::assess,
    assessment::Tier,
    fixture::{AS_OF, blank, eighty, tier_one},
};

fn faults(change: impl FnOnce(&mut PolicyDocument)) -> Vec<Fault> {
    let mut document = Policy::framework().document().clone();
    change(&mut document);
    match Policy::new(document) {
        Err(PolicyError::Invalid(faults)) => faults,
        other => panic!("accepted: {other:?}"),
    }
}

#[test]
fn the_shipped_policies_are_valid_and_survive_a_round_trip() {
    for text in [FRAMEWORK_TOML, LEGACY_TOML] {
        let policy = Policy::from_toml(text).expect("valid");
        let again = Policy::from_toml(&policy.to_toml().expect("writable")).expect("valid");
        assert_eq!(policy, again);
    }
    assert_eq!(Policy::framework().key().to_string(), "framework v1");
    assert_eq!(Policy::legacy().key().to_string(), "legacy v1");
}

#[test]
fn the_framework_has_the_constants_of_the_growth_team() {
    let policy = Policy::framework();
    let tiers = [
        (Tier::One, [25_000.0, 50_000.0], 37_500.0, 0.60, -0.15),
        (Tier::Two, [7_500.0, 15_000.0], 11_250.0, 0.70, -0.05),
        (Tier::Three, [5_000.0, 7_500.0], 6_250.0, 0.75, 0.05),
    ];
    for (tier, band, midpoint, close_rate, probability) in tiers {
        let section = policy.tier(tier).expect("present");
        let constants = (section.band, section.midpoint, section.close_rate, section.probability);
        assert_eq!(constants, (band, midpoint, close_rate, probability));
    }
    let vehicles: Vec<_> = policy
        .document()
        .vehicles
        .iter()
        .map(|vehicle| (vehicle.id.as_str(), vehicle.arr, vehicle.cost, vehicle.signals.len()))
        .collect();
    assert_eq!(
        vehicles,
        [
            ("white_label", 25_000.0, 15_000.0, 3),
            ("enterprise_features", 15_000.0, 5_000.0, 3),
            ("multi_market", 12_000.0, 8_000.0, 3),
            ("professional_services", 10_000.0, 3_000.0, 3),
            ("ai_customization", 8_000.0, 12_000.0, 3),
            ("partnership_program", 8_000.0, 4_000.0, 2),
            ("corporate_billing", 6_000.0, 3_000.0, 2),
            ("consulting_delivery", 5_000.0, 2_000.0, 2),
        ]
    );
}

#[test]
fn a_text_that_is_no_policy_says_where_and_why() {
    let cases = [
        ("name = ", "TOML"),
        ("version = 1", "unknown"),
        (&FRAMEWORK_TOML.replace("weight = 0.20", "weight = 0.20\nwieght = 1") as &str, "wieght"),
        (&FRAMEWORK_TOML.replace("nps_score", "nps"), "nps"),
        (&FRAMEWORK_TOML.replace("relation = \">=\"", "relation = \"=>\""), "=>"),
        (&FRAMEWORK_TOML.replace("prior_strength = 10\n", ""), "prior_strength"),
        (&FRAMEWORK_TOML.replace("max_offers = 3", "max_offers = \"three\""), "three"),
    ];
    for (text, word) in cases {
        match Policy::from_toml(text) {
            Err(PolicyError::Unreadable(message)) => {
                assert!(word == "TOML" || word == "unknown" || message.contains(word), "{word}: {message}");
            }
            other => panic!("{word}: {other:?}"),
        }
    }
}

#[test]
fn every_value_that_cannot_be_is_named_with_its_reason() {
    type Change = fn(&mut PolicyDocument);
    let cases: [(&str, &str, Change); 25] = [
        ("name", "a b", |document| document.name = "a b".into()),
        ("version", "0", |document| document.version = 0),
        ("readiness.dimensions.weight", "1.1", |document| document.readiness.dimensions[0].weight = 0.3),
        ("readiness.dimensions[0].weight", "-0.2", |document| document.readiness.dimensions[0].weight = -0.2),
        ("probability.readiness_divisor", "0", |document| document.probability.readiness_divisor = 0.0),
        ("readiness.dimensions[1].full_at", "0", |document| {
            document.readiness.dimensions[1].full_at = Some(0.0)
        }),
        ("readiness.dimensions[2]", "growth", |document| document.readiness.dimensions[2].zero_at = None),
        ("readiness.dimensions[0].metric", "priority", |document| {
            document.readiness.dimensions[0].metric = Metric::Priority
        }),
        ("readiness.dimensions[1]", "satisfaction", |document| {
            document.readiness.dimensions[1].name = "satisfaction".into()
        }),
        ("readiness.levels[1].from", "85", |document| document.readiness.levels[1].from = 85.0),
        ("readiness.levels[3].from", "10", |document| document.readiness.levels[3].from = 10.0),
        ("readiness.levels[0].fast_from", "70", |document| {
            document.readiness.levels[0].fast_from = Some(70.0)
        }),
        ("tiers[0].band", "[60000, 50000]", |document| document.tiers[0].band[0] = 60_000.0),
        ("tiers[0].midpoint", "10", |document| document.tiers[0].midpoint = 10.0),
        ("tiers[1].close_rate", "70", |document| document.tiers[1].close_rate = 70.0),
        ("tiers[1]", "tier_1", |document| document.tiers[1].tier = Tier::One),
        ("tiers[2].criteria", "0", |document| document.tiers[2].criteria.clear()),
        ("tiers[0].criteria[0].threshold", "NaN", |document| {
            document.tiers[0].criteria[0].threshold = f64::NAN
        }),
        ("tiers[0].vehicles[0]", "white_label", |document| {
            document.vehicles.remove(0);
        }),
        ("fit.max_offers", "9", |document| document.fit.max_offers = 9),
        ("vehicles[0].arr", "0", |document| document.vehicles[0].arr = 0.0),
        ("vehicles[0].cost", "inf", |document| document.vehicles[0].cost = f64::INFINITY),
        ("priority.potential_per_point", "0", |document| document.priority.potential_per_point = 0.0),
        ("next_actions[3]", "nurture_sequence", |document| {
            document.next_actions.pop();
        }),
        ("posterior.prior_strength", "-1", |document| document.posterior.prior_strength = -1.0),
    ];
    for (key, value, change) in cases {
        let faults = faults(change);
        let named = faults.iter().find(|fault| fault.key == key);
        let fault = named.unwrap_or_else(|| panic!("{key} is not named: {faults:?}"));
        assert!(fault.value.starts_with(value) && !fault.reason.is_empty(), "{fault}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = faults(|document| (document.version, document.fit.base) = (0, 300.0));
    let keys: Vec<&str> = faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(keys, ["version", "fit.base"]);
    let message = PolicyError::Invalid(faults).to_string();
    assert!(message.contains("fit.base = 300: must be a number from 0 to 100"), "{message}");
}

/// The places of `text` where a number is written.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        for (position, _) in code.match_indices("= ") {
            let first = start + position + 2;
            let length = text[first..]
                .find(|letter: char| !(letter.is_ascii_digit() || ".-".contains(letter)))
                .unwrap_or(0);
            if length > 0 {
                places.push(first..first + length);
            }
        }
        start += line.len();
    }
    places
}

proptest! {
    #[test]
    fn a_policy_that_is_accepted_gives_sound_assessments(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<f64>(), 0_usize..8), 1..3),
    ) {
        let mut text = FRAMEWORK_TOML.to_owned();
        for (place, number, special) in changes {
            let places = numbers(&text);
            let by = ["0", "-1", "1e-320", "1e308", "nan", "-inf", "1", ""][special];
            let by = if by.is_empty() { format!("{number:e}") } else { by.to_owned() };
            text.replace_range(place.get(&places).clone(), &by);
        }
        let Ok(policy) = Policy::from_toml(&text) else { return Ok(()) };
        for client in [tier_one("a"), eighty("b"), blank("c")] {
            let assessment = assess(&client, &policy, AS_OF);
            prop_assert!((0.0..=100.0).contains(&assessment.readiness.score), "{}", text);
            prop_assert!((0.0..=1.0).contains(&assessment.readiness.coverage));
            prop_assert!(assessment.readiness.interval.contains(assessment.readiness.score));
            prop_assert!((0.0..=1.0).contains(&assessment.success_probability));
            prop_assert!((1.0..=10.0).contains(&assessment.priority), "{}", assessment.priority);
            prop_assert!(assessment.potential_arr.to_f64() >= 0.0);
            prop_assert!(assessment.probability_parts.iter().all(|(_, part)| part.is_finite()));
        }
    }

    #[test]
    fn every_valid_policy_survives_a_round_trip(
        shift in 0.0..0.15_f64,
        edge in 61.0..90.0_f64,
        midpoint in 25_000.0..50_000.0_f64,
        strength in 0.1..500.0_f64,
        version in 1_u32..1_000,
        points in -100.0..100.0_f64,
    ) {
        let mut document = Policy::framework().document().clone();
        document.version = version;
        document.readiness.dimensions[0].weight -= shift;
        document.readiness.dimensions[1].weight += shift;
        document.readiness.levels[0].from = edge;
        document.readiness.levels[0].fast_from = Some(95.0);
        document.tiers[0].midpoint = midpoint;
        document.posterior.prior_strength = strength;
        document.vehicles[0].signals[0].points = points;
        let policy = Policy::new(document).expect("valid");
        let again = Policy::from_toml(&policy.to_toml().expect("writable"));
        prop_assert_eq!(again.expect("valid"), policy);
    }
}
