use proptest::prelude::*;

use super::compare;
use crate::{
    assess::assess,
    assessment::{Assessment, ReadinessLevel, Tier},
    fixture::{AS_OF, blank, eighty, tier_one},
    metrics::ClientMetrics,
    policy::Policy,
};

fn assessed(clients: &[ClientMetrics]) -> Vec<Assessment> {
    clients.iter().map(|client| assess(client, &Policy::framework(), AS_OF)).collect()
}

#[test]
fn clients_enter_leave_move_and_stay() {
    let before = assessed(&[tier_one("stays"), tier_one("leaves"), eighty("falls"), tier_one("slips")]);
    let after = assessed(&[
        ClientMetrics { satisfaction_score: Some(1.0), usage_intensity: Some(0.6), ..eighty("falls") },
        tier_one("stays"),
        blank("enters"),
        ClientMetrics { satisfaction_score: Some(4.4), ..tier_one("slips") },
    ]);
    let movement = compare(&before, &after);
    let ids = |ids: &[crate::metrics::ClientId]| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>();
    assert_eq!((ids(&movement.entered), ids(&movement.left)), (vec!["enters".into()], vec!["leaves".into()]));
    assert_eq!(movement.unchanged, 1);
    let [falls, slips] = movement.changed.as_slice() else { panic!("{:?}", movement.changed) };
    assert_eq!((falls.client_id.as_str(), slips.client_id.as_str()), ("falls", "slips"));
    assert_eq!(
        (falls.level.before, falls.level.after),
        (ReadinessLevel::ReadyNow, ReadinessLevel::ReadySoon)
    );
    // Satisfaction 80 -> 20 at 20 %, usage 80 -> 60 at 15 %.
    let deltas: Vec<_> =
        falls.factors.iter().map(|factor| (factor.name.as_str(), factor.delta.round())).collect();
    assert_eq!(deltas, [("satisfaction", -12.0), ("usage", -3.0)]);
    assert_eq!(falls.score_delta.round(), -15.0);
    assert_eq!((slips.tier.before, slips.tier.after), (Tier::One, Tier::Three));
    assert_eq!(movement.reclassified().count(), 2);
}

#[test]
fn the_causes_of_all_movements_add_up_to_them() {
    let before = assessed(&[eighty("a"), eighty("b"), eighty("c")]);
    let after = assessed(&[
        ClientMetrics { satisfaction_score: Some(5.0), usage_intensity: Some(0.6), ..eighty("a") },
        ClientMetrics { usage_intensity: Some(0.9), ..eighty("b") },
        ClientMetrics { usage_intensity: Some(0.1), ..eighty("c") },
    ]);
    let movement = compare(&before, &after);
    assert_eq!((movement.risen().count(), movement.fallen().count()), (2, 1));
    let causes = movement.causes();
    let [usage, satisfaction] = causes.as_slice() else { panic!("{causes:?}") };
    assert_eq!((usage.name.as_str(), usage.risen, usage.fallen), ("usage", 1, 2));
    assert_eq!((satisfaction.name.as_str(), satisfaction.risen), ("satisfaction", 1));
    let moved: f64 = movement.changed.iter().map(|client| client.score_delta).sum();
    assert!((usage.points + satisfaction.points - moved).abs() < 1e-9);
}

#[test]
fn an_input_that_became_unknown_takes_its_contribution_away() {
    let before = assessed(&[eighty("a")]);
    let after = assessed(&[ClientMetrics { usage_intensity: None, ..eighty("a") }]);
    let movement = compare(&before, &after);
    let client = &movement.changed[0];
    let usage = client.factors.iter().find(|factor| factor.name == "usage").expect("moved");
    assert_eq!((usage.value.before, usage.value.after), (Some(80.0), None));
    assert!((usage.delta + 12.0).abs() < 1e-9);
    assert!(client.score_delta.abs() < 1e-9, "the other dimensions are worth 80 as well");
}

proptest! {
    #[test]
    fn the_factors_explain_the_change_of_the_score(
        satisfaction in 1.0..=5.0_f64,
        usage in proptest::option::of(0.0..=1.0_f64),
        payment in proptest::option::of(1.0..=10.0_f64),
    ) {
        let before = assessed(&[eighty("a")]);
        let changed = ClientMetrics {
            satisfaction_score: Some(satisfaction),
            usage_intensity: usage,
            payment_history_score: payment,
            ..eighty("a")
        };
        let after = assessed(&[changed]);
        for client in compare(&before, &after).changed {
            let sum: f64 = client.factors.iter().map(|factor| factor.delta).sum();
            prop_assert_eq!(sum, client.score_delta);
            prop_assert!((client.score.after - client.score.before - client.score_delta).abs() < 1e-9);
            prop_assert!(client.factors.is_sorted_by(|one, two| one.delta.abs() >= two.delta.abs()));
        }
    }
}
