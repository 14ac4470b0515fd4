use jiff::{Span, civil::Date};
use kernel::{Currency, Mrr};
use proptest::{option, prelude::*};

use super::assess;
use crate::{
    assessment::Assessment,
    fixture::{AS_OF, blank},
    metrics::ClientMetrics,
    policy::Policy,
};

fn past_day() -> impl Strategy<Value = Date> {
    (0_i64..200).prop_map(|days| AS_OF.saturating_sub(Span::new().days(days)))
}

prop_compose! {
    fn scores()(
        satisfaction_score in option::of(1.0..=5.0),
        usage_intensity in option::of(0.0..=1.0),
        leads_growth_rate in option::of(-1.0..=3.0),
        payment_history_score in option::of(1.0..=10.0),
        last_interaction_date in option::of(past_day()),
        executive_relationship_strength in option::of(1.0..=10.0),
        success_case_documented in option::of(any::<bool>()),
        roi_percentage in option::of(-100.0..=60_000.0),
        referrals_provided in option::of(0_u32..6),
    ) -> ClientMetrics {
        ClientMetrics {
            satisfaction_score,
            usage_intensity,
            leads_growth_rate,
            payment_history_score,
            last_interaction_date,
            executive_relationship_strength,
            success_case_documented,
            roi_percentage,
            referrals_provided,
            ..blank("any")
        }
    }
}

prop_compose! {
    fn any_client()(
        scores in scores(),
        leads_processed_monthly in option::of(0_u32..400),
        locations_count in option::of(0_u32..10),
        active_users in option::of(0_u32..40),
        nps_score in option::of(-100.0..=100.0),
        support_tickets_monthly in option::of(0_u32..8),
        feature_requests in option::of(0_u32..8),
        locations_growth_rate in option::of(-1.0..=1.0),
        mrr in 0_u32..20_000,
    ) -> ClientMetrics {
        let current_mrr = Mrr::new(mrr.into(), Currency::USD);
        ClientMetrics {
            leads_processed_monthly,
            locations_count,
            active_users,
            nps_score,
            support_tickets_monthly,
            feature_requests,
            locations_growth_rate,
            current_mrr,
            current_arr: current_mrr.per_year(),
            ..scores
        }
    }
}

/// The client with one favourable input improved, as far as it can be.
fn improved(client: &ClientMetrics, input: usize, by: f64) -> ClientMetrics {
    let mut better = client.clone();
    let up = |value: &mut Option<f64>, most: f64| {
        if let Some(value) = value {
            *value += by * (most - *value);
        }
    };
    match input {
        0 => up(&mut better.satisfaction_score, 5.0),
        1 => up(&mut better.usage_intensity, 1.0),
        2 => up(&mut better.leads_growth_rate, 3.0),
        3 => up(&mut better.payment_history_score, 10.0),
        4 => up(&mut better.executive_relationship_strength, 10.0),
        5 => up(&mut better.roi_percentage, 60_000.0),
        6 => better.referrals_provided = better.referrals_provided.map(|count| count + 1),
        7 => better.success_case_documented = better.success_case_documented.map(|_| true),
        _ => better.last_interaction_date = better.last_interaction_date.map(|_| AS_OF),
    }
    better
}

fn framework(client: &ClientMetrics) -> Assessment {
    assess(client, &Policy::framework(), AS_OF)
}

proptest! {
    #[test]
    fn contributions_sum_to_the_score_exactly(client in any_client(), legacy: bool) {
        let policy = if legacy { Policy::legacy() } else { Policy::framework() };
        let readiness = assess(&client, &policy, AS_OF).readiness;
        let sum = readiness.factors.iter().fold(0.0, |sum, factor| sum + factor.contribution);
        prop_assert_eq!(sum, readiness.score);
        for factor in &readiness.factors {
            prop_assert!((factor.value * factor.weight - factor.contribution).abs() < 1e-12);
        }
    }

    #[test]
    fn every_number_stays_in_its_range(client in any_client(), legacy: bool) {
        let policy = if legacy { Policy::legacy() } else { Policy::framework() };
        let assessment = assess(&client, &policy, AS_OF);
        prop_assert!((0.0..=100.0).contains(&assessment.readiness.score));
        prop_assert!((0.0..=1.0).contains(&assessment.readiness.coverage));
        prop_assert!((0.0..=1.0).contains(&assessment.success_probability));
        prop_assert!((1.0..=10.0).contains(&assessment.priority));
        prop_assert!(assessment.vehicles.iter().all(|offer| (0.0..=100.0).contains(&offer.fit)));
        prop_assert!(assessment.vehicles.len() <= 3);
        prop_assert!(assessment.vehicles.is_sorted_by(|one, two| one.fit >= two.fit));
    }

    #[test]
    fn a_favourable_input_never_lowers_the_score(client in any_client(), input in 0_usize..9, by in 0.0..=1.0) {
        let before = framework(&client).readiness;
        let after = framework(&improved(&client, input, by)).readiness;
        prop_assert!(after.score >= before.score - 1e-9, "{} fell to {}", before.score, after.score);
        prop_assert!(after.level <= before.level);
    }

    #[test]
    fn a_favourable_input_never_worsens_the_tier(client in any_client(), input in 0_usize..9, by in 0.0..=1.0) {
        prop_assert!(framework(&improved(&client, input, by)).tier <= framework(&client).tier);
    }

    #[test]
    fn the_interval_holds_the_score_and_every_score_that_the_unknown_could_lead_to(
        known in any_client(),
        filler in scores(),
    ) {
        let readiness = framework(&known).readiness;
        prop_assert!(readiness.interval.contains(readiness.score));
        prop_assert_eq!(readiness.coverage == 1.0, readiness.factors.len() == 7);
        // Fill in what is unknown, or part of it.
        let filled = ClientMetrics {
            satisfaction_score: known.satisfaction_score.or(filler.satisfaction_score),
            usage_intensity: known.usage_intensity.or(filler.usage_intensity),
            leads_growth_rate: known.leads_growth_rate.or(filler.leads_growth_rate),
            payment_history_score: known.payment_history_score.or(filler.payment_history_score),
            last_interaction_date: known.last_interaction_date.or(filler.last_interaction_date),
            executive_relationship_strength:
                known.executive_relationship_strength.or(filler.executive_relationship_strength),
            success_case_documented: known.success_case_documented.or(filler.success_case_documented),
            roi_percentage: known.roi_percentage.or(filler.roi_percentage),
            referrals_provided: known.referrals_provided.or(filler.referrals_provided),
            ..known.clone()
        };
        let narrowed = framework(&filled).readiness.interval;
        prop_assert!(readiness.interval.lower <= narrowed.lower + 1e-9);
        prop_assert!(narrowed.upper <= readiness.interval.upper + 1e-9);
    }

    #[test]
    fn an_assessment_does_not_depend_on_what_was_assessed_before(
        clients in proptest::collection::vec(any_client(), 1..12),
        rotation in 0_usize..12,
    ) {
        let policy = Policy::framework();
        let forward = super::assess_all(&clients, &policy, AS_OF);
        let by = rotation % clients.len();
        let mut rotated = clients.clone();
        rotated.rotate_left(by);
        let mut back = super::assess_all(&rotated, &policy, AS_OF);
        back.rotate_right(by);
        prop_assert_eq!(forward, back);
    }
}
