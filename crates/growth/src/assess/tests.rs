use jiff::civil::date;
use kernel::{Currency, Mrr};

use super::{assess, assess_all};
use crate::{
    assessment::{NextAction, ReadinessLevel, Tier},
    fixture::{AS_OF, blank, eighty, tier_one},
    metrics::{ClientMetrics, VehicleId},
    policy::Policy,
};

fn framework(client: &ClientMetrics) -> crate::assessment::Assessment {
    assess(client, &Policy::framework(), AS_OF)
}

fn near(one: f64, two: f64) {
    assert!((one - two).abs() < 1e-9, "{one} is not {two}");
}

/// A client of whom only the satisfaction is known: the score is twenty times it.
fn of_score(score: f64) -> ClientMetrics {
    ClientMetrics { satisfaction_score: Some(score / 20.0), ..blank("scored") }
}

#[test]
fn levels_include_their_lower_edge() {
    use ReadinessLevel::{NeedsNurture, NotReady, ReadyNow, ReadySoon};
    for (score, level, close_days) in [
        (100.0, ReadyNow, 15),
        (90.0, ReadyNow, 15),
        (89.999, ReadyNow, 30),
        (80.0, ReadyNow, 30),
        (79.999, ReadySoon, 45),
        (70.0, ReadySoon, 45),
        (69.999, ReadySoon, 60),
        (60.0, ReadySoon, 60),
        (59.999, NeedsNurture, 90),
        (40.0, NeedsNurture, 90),
        (39.999, NotReady, 120),
        (20.0, NotReady, 120),
    ] {
        let assessment = framework(&of_score(score));
        near(assessment.readiness.score, score);
        assert_eq!((assessment.readiness.level, assessment.close_days), (level, close_days), "{score}");
    }
}

fn document(client: &mut ClientMetrics, documented: bool, roi: f64, referrals: u32) {
    client.success_case_documented = Some(documented);
    client.roi_percentage = Some(roi);
    client.referrals_provided = Some(referrals);
}

#[test]
fn every_dimension_follows_its_formula() {
    type Set = fn(&mut ClientMetrics);
    let cases: [(&str, Set, f64); 15] = [
        ("satisfaction", |client| client.satisfaction_score = Some(4.5), 90.0),
        ("usage", |client| client.usage_intensity = Some(0.7), 70.0),
        ("growth", |client| client.leads_growth_rate = Some(0.2), 60.0),
        ("growth", |client| client.leads_growth_rate = Some(-1.0), 0.0),
        ("growth", |client| client.leads_growth_rate = Some(2.5), 100.0),
        ("financial_health", |client| client.payment_history_score = Some(9.0), 90.0),
        ("engagement", |client| client.last_interaction_date = Some(AS_OF), 100.0),
        ("engagement", |client| client.last_interaction_date = Some(date(2025, 12, 20)), 40.0),
        ("engagement", |client| client.last_interaction_date = Some(date(2025, 11, 30)), 0.0),
        ("engagement", |client| client.last_interaction_date = Some(date(2025, 1, 19)), 0.0),
        ("executive_relationship", |client| client.executive_relationship_strength = Some(8.0), 80.0),
        ("success_documentation", |client| document(client, true, 1_000.0, 0), 50.0),
        ("success_documentation", |client| document(client, true, 1_000.01, 0), 80.0),
        ("success_documentation", |client| document(client, false, 0.0, 1), 20.0),
        ("success_documentation", |client| document(client, true, 49_400.0, 3), 100.0),
    ];
    for (name, set, value) in cases {
        let mut client = blank("one-dimension");
        set(&mut client);
        let readiness = framework(&client).readiness;
        let [factor] = readiness.factors.as_slice() else { panic!("{name}: {:?}", readiness.factors) };
        assert_eq!(factor.name, name);
        near(factor.value, value);
        near(factor.weight, 1.0);
    }
}

#[test]
fn unknown_dimensions_are_left_out_and_widen_the_interval() {
    let client =
        ClientMetrics { satisfaction_score: Some(4.0), usage_intensity: Some(0.5), ..blank("partial") };
    let readiness = framework(&client).readiness;
    near(readiness.coverage, 0.35);
    near(readiness.score, (80.0 * 0.20 + 50.0 * 0.15) / 0.35);
    near(readiness.interval.lower, 23.5);
    near(readiness.interval.upper, 23.5 + 65.0);
    assert_eq!(readiness.factors.len(), 2);
}

#[test]
fn a_dimension_of_several_inputs_is_unknown_while_one_of_them_is() {
    let whole = eighty("known");
    assert_eq!(framework(&whole).readiness.coverage, 1.0);
    for partial in [
        ClientMetrics { success_case_documented: None, ..whole.clone() },
        ClientMetrics { roi_percentage: None, ..whole.clone() },
        ClientMetrics { referrals_provided: None, ..whole.clone() },
    ] {
        let readiness = framework(&partial).readiness;
        near(readiness.coverage, 0.9);
        near(readiness.score, 80.0);
        near(readiness.interval.lower, 72.0);
        near(readiness.interval.upper, 82.0);
    }
}

#[test]
fn a_client_of_whom_nothing_is_known_scores_zero_with_the_widest_interval() {
    let assessment = framework(&blank("nobody"));
    assert_eq!((assessment.readiness.score, assessment.readiness.coverage), (0.0, 0.0));
    assert_eq!((assessment.readiness.interval.lower, assessment.readiness.interval.upper), (0.0, 100.0));
    assert_eq!(assessment.tier, Tier::Maintenance);
    assert_eq!(assessment.next_action, NextAction::Monitor);
    assert!(assessment.vehicles.is_empty() && assessment.potential_arr.amount().is_zero());
    assert_eq!((assessment.success_probability, assessment.priority), (0.0, 1.0));
}

#[test]
fn tier_criteria_are_exact() {
    type Change = fn(&mut ClientMetrics);
    let cases: [(Change, Tier, &[&str]); 8] = [
        (|_| (), Tier::One, &[]),
        (|client| client.satisfaction_score = Some(4.499), Tier::Three, &["leads_growth_rate"]),
        (|client| client.leads_processed_monthly = Some(199), Tier::Three, &["leads_growth_rate"]),
        (|client| client.usage_intensity = Some(0.6999), Tier::Three, &["leads_growth_rate"]),
        (|client| client.roi_percentage = Some(20_000.0), Tier::Three, &["leads_growth_rate"]),
        (
            |client| (client.locations_count, client.leads_growth_rate) = (Some(4), Some(0.2001)),
            Tier::Two,
            &["locations_count"],
        ),
        (
            |client| (client.executive_relationship_strength, client.leads_growth_rate) = (None, Some(0.5)),
            Tier::Two,
            &["executive_relationship_strength"],
        ),
        (
            |client| (client.locations_count, client.leads_growth_rate) = (Some(0), Some(-0.1001)),
            Tier::Maintenance,
            &["leads_growth_rate", "locations_count"],
        ),
    ];
    for (index, (change, tier, missed)) in cases.into_iter().enumerate() {
        let mut client = tier_one("edge");
        change(&mut client);
        let assessment = framework(&client);
        let names: Vec<&str> =
            assessment.missed_criteria.iter().map(|criterion| &*criterion.metric).collect();
        assert_eq!((assessment.tier, names.as_slice()), (tier, missed), "case {index}");
    }
}

#[test]
fn a_missed_criterion_says_by_how_much_or_that_it_is_unknown() {
    let client = ClientMetrics {
        locations_count: Some(3),
        executive_relationship_strength: None,
        leads_growth_rate: Some(0.5),
        ..tier_one("gaps")
    };
    let missed = framework(&client).missed_criteria;
    let facts: Vec<_> = missed
        .iter()
        .map(|criterion| (criterion.tier, &*criterion.relation, criterion.actual, criterion.gap))
        .collect();
    assert_eq!(facts, [(Tier::One, ">=", None, None), (Tier::One, ">=", Some(3.0), Some(2.0))]);
}

#[test]
fn the_probability_adds_its_parts_and_says_when_it_was_clamped() {
    // Readiness 80 in tier 1, documented, ROI beyond 20 000: 0.80 - 0.15 + 0.10 + 0.10.
    let client = ClientMetrics {
        satisfaction_score: Some(4.5), // 90 instead of 80: +2
        leads_growth_rate: Some(0.4),  // 70 instead of 80: -1.5
        last_interaction_date: Some(date(2026, 1, 9)),
        payment_history_score: Some(8.0),
        usage_intensity: Some(0.7 + 0.2 / 3.0), // 76.67 instead of 80: -0.5
        roi_percentage: Some(20_000.01),
        leads_processed_monthly: Some(200),
        locations_count: Some(5),
        ..eighty("seed")
    };
    let assessment = framework(&client);
    near(assessment.readiness.score, 80.0);
    assert_eq!((assessment.tier, assessment.readiness.level), (Tier::One, ReadinessLevel::ReadyNow));
    near(assessment.success_probability, 0.85);
    assert!(!assessment.saturated);
    let sum: f64 = assessment.probability_parts.iter().map(|(_, part)| part).sum();
    near(sum, 0.85);
}

#[test]
fn a_sum_beyond_one_is_clamped_and_flagged() {
    // Readiness 100 in tier 3: 1.00 + 0.05 + 0.10 + 0.05 + 0.10 = 1.30.
    let client = ClientMetrics {
        satisfaction_score: Some(5.0),
        usage_intensity: Some(1.0),
        leads_growth_rate: Some(1.0),
        last_interaction_date: Some(AS_OF),
        executive_relationship_strength: Some(10.0),
        referrals_provided: Some(3),
        leads_processed_monthly: Some(99),
        locations_count: Some(1),
        ..tier_one("saturated")
    };
    let assessment = framework(&client);
    let sum: f64 = assessment.probability_parts.iter().map(|(_, part)| part).sum();
    near(sum, 1.30);
    assert_eq!(
        (assessment.tier, assessment.success_probability, assessment.saturated),
        (Tier::Three, 1.0, true)
    );
}

#[test]
fn priority_follows_its_formula() {
    let assessment = framework(&tier_one("priority"));
    let marks =
        0.40 * 7.5 + 0.35 * 10.0 * assessment.success_probability + 0.025 * assessment.readiness.score;
    near(assessment.priority, (marks * 10.0).round() / 10.0);
    let sponsored = ClientMetrics { executive_relationship_strength: Some(9.0), ..tier_one("sponsored") };
    let assessment = framework(&sponsored);
    let marks =
        0.40 * 7.5 + 0.35 * 10.0 * assessment.success_probability + 0.025 * assessment.readiness.score;
    near(assessment.priority, (marks * 1.15 * 10.0).round().min(100.0) / 10.0);
}

#[test]
fn fits_follow_their_signals_and_the_best_three_are_offered() {
    let assessment = framework(&tier_one("fits"));
    // White Label 50 + 15 + 10, Enterprise Features 50 + 15 + 10 + 10, Multi-Market 50 + 10, AI Customization
    // 50 + 20 + 10 + 10.
    let fits: Vec<_> = assessment.vehicles.iter().map(|offer| (offer.id.as_str(), offer.fit)).collect();
    assert_eq!(fits, [("ai_customization", 90.0), ("enterprise_features", 85.0), ("white_label", 75.0)]);
    let reasons: Vec<&str> = assessment.vehicles[2].reasons.iter().map(|reason| &**reason).collect();
    assert_eq!(reasons, ["locations >= 5: +15", "executive relationship >= 8: +10"]);
    // (12 000 + 5 000 + 15 000) x 12 / 37 500 = 10.24 months.
    assert_eq!(assessment.payback_months, Some(11));
    near(assessment.multiple.expect("pays"), (28_800.0 + 37_500.0) / 28_800.0);
}

#[test]
fn penalties_bite_below_their_threshold_only() {
    let mut client = tier_one("small");
    let fit = |client: &ClientMetrics| {
        let offers = framework(client).vehicles;
        offers.iter().find(|offer| offer.id.as_str() == "ai_customization").map(|offer| offer.fit)
    };
    assert_eq!(fit(&client), Some(90.0));
    client.current_mrr = Mrr::new(rust_decimal::Decimal::new(239_999, 2), Currency::USD);
    assert_eq!(fit(&client), Some(70.0));
}

#[test]
fn an_owned_vehicle_is_never_offered_again_however_it_is_spelt() {
    for spelling in ["ai_customization", "AI Customization", "ai-customization"] {
        let client = ClientMetrics { upsell_history: vec![VehicleId::new(spelling)], ..tier_one("owner") };
        let offers = framework(&client).vehicles;
        assert!(offers.iter().all(|offer| offer.id.as_str() != "ai_customization"), "{spelling}");
        assert_eq!(offers.len(), 3);
    }
}

#[test]
fn an_unknown_signal_adds_nothing_and_is_listed() {
    let client = ClientMetrics { referrals_provided: None, ..tier_one("unknown-signal") };
    let offers = framework(&client).vehicles;
    let white_label = offers.iter().find(|offer| offer.id.as_str() == "white_label").expect("offered");
    assert_eq!(white_label.unknown.iter().map(|text| &**text).collect::<Vec<_>>(), ["referrals >= 3"]);
}

#[test]
fn the_potential_can_be_the_vehicles_within_the_band() {
    let mut document = Policy::framework().document().clone();
    document.potential = crate::policy::PotentialBasis::Vehicles;
    let policy = Policy::new(document).expect("valid");
    let potential = |client: &ClientMetrics| assess(client, &policy, AS_OF).potential_arr.to_f64();
    // 8 000 + 15 000 + 25 000 lies in the band; without White Label 8 000 + 15 000 + 12 000 does too.
    assert_eq!(potential(&tier_one("sum")), 48_000.0);
    let owns = |ids: &[&str]| ClientMetrics {
        upsell_history: ids.iter().map(|id| VehicleId::new(*id)).collect(),
        ..tier_one("owner")
    };
    assert_eq!(potential(&owns(&["white_label"])), 35_000.0);
    assert_eq!(potential(&owns(&["white_label", "enterprise_features", "multi_market"])), 25_000.0);
    let all = ["white_label", "enterprise_features", "multi_market", "ai_customization"];
    assert_eq!(potential(&owns(&all)), 0.0);
}

#[test]
fn the_next_action_follows_level_and_priority_and_is_due() {
    let sponsored = ClientMetrics { executive_relationship_strength: Some(9.0), ..tier_one("a") };
    for (client, action, due) in [
        (sponsored, NextAction::ExecutivePresentation, Some(date(2026, 1, 22))),
        (of_score(85.0), NextAction::CustomProposal, Some(date(2026, 1, 26))),
        (of_score(65.0), NextAction::DiscoveryCall, Some(date(2026, 2, 2))),
        (of_score(45.0), NextAction::NurtureSequence, None),
        (of_score(25.0), NextAction::Monitor, None),
    ] {
        let assessment = framework(&client);
        assert_eq!(
            (assessment.next_action, assessment.next_action_due()),
            (action, due),
            "{}",
            client.client_id
        );
    }
}

#[test]
fn the_order_of_clients_changes_no_assessment() {
    let clients = [tier_one("a"), eighty("b"), blank("c"), of_score(45.0)];
    let mut reversed = clients.to_vec();
    reversed.reverse();
    let forward = assess_all(&clients, &Policy::framework(), AS_OF);
    let mut backward = assess_all(&reversed, &Policy::framework(), AS_OF);
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn a_whole_assessment_reads_like_this() {
    let client = ClientMetrics {
        locations_count: Some(4),
        referrals_provided: None,
        leads_growth_rate: Some(0.25),
        ..tier_one("brokerage-1")
    };
    let json = serde_json::to_string_pretty(&framework(&client).view());
    insta::assert_snapshot!(json.expect("JSON"));
}
