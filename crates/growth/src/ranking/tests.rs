use jiff::civil::date;

use super::{rank, top};
use crate::{
    assess::assess,
    assessment::Assessment,
    fixture::{AS_OF, blank, tier_one},
    metrics::ClientMetrics,
    policy::Policy,
};

fn assessed(clients: &[ClientMetrics]) -> Vec<Assessment> {
    clients.iter().map(|client| assess(client, &Policy::framework(), AS_OF)).collect()
}

fn pairs<'a>(
    clients: &'a [ClientMetrics],
    assessments: &'a [Assessment],
) -> Vec<(&'a ClientMetrics, &'a Assessment)> {
    clients.iter().zip(assessments).collect()
}

#[test]
fn a_gate_holds_on_its_edge_and_fails_beyond_it_or_when_unknown() {
    type Change = fn(&mut ClientMetrics);
    let cases: [(Change, &[&str]); 8] = [
        (|_| (), &[]),
        (|client| client.payment_history_score = Some(7.0), &[]),
        (|client| client.payment_history_score = Some(6.9), &["payment history >= 7 fails: it is 6.9"]),
        (|client| client.payment_history_score = None, &["payment history >= 7 fails: it is unknown"]),
        (|client| client.last_interaction_date = Some(date(2025, 11, 20)), &[]),
        (
            |client| client.last_interaction_date = Some(date(2025, 11, 19)),
            &["days since last interaction <= 60 fails: it is 61"],
        ),
        (|client| client.satisfaction_score = Some(3.5), &[]),
        (
            |client| client.satisfaction_score = Some(3.4),
            &["satisfaction >= 3.5 fails: it is 3.4", "potential ARR >= 5000 fails: it is 0"],
        ),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let mut client = ClientMetrics { leads_growth_rate: Some(0.3), ..tier_one("gated") };
        change(&mut client);
        let clients = [client];
        let assessments = assessed(&clients);
        let ranking = rank(&pairs(&clients, &assessments), &Policy::framework());
        let reasons: Vec<String> = ranking
            .excluded
            .iter()
            .flat_map(|excluded| &excluded.reasons)
            .map(|reason| reason.to_string())
            .collect();
        assert_eq!(reasons, expected, "case {index}");
        assert_eq!(ranking.passed.len(), usize::from(expected.is_empty()), "case {index}");
    }
}

#[test]
fn each_key_decides_only_where_the_earlier_ones_tie() {
    let policy = Policy::framework();
    let base = assess(&tier_one("m"), &policy, AS_OF);
    let variant = |id: &str, change: fn(&mut Assessment)| {
        let mut assessment = base.clone();
        assessment.client_id = crate::metrics::ClientId::new(id);
        (assessment.priority, assessment.success_probability, assessment.close_days) = (5.0, 0.5, 30);
        change(&mut assessment);
        assessment
    };
    let whale = |assessment: &mut Assessment| {
        assessment.potential_arr = kernel::Arr::new(40_000.into(), kernel::Currency::USD);
    };
    let assessments = [
        variant("z-plain", |_| ()),
        variant("b-plain", |_| ()),
        variant("y-whale", whale),
        variant("x-sooner", |assessment| assessment.close_days = 15),
        variant("w-likelier", |assessment| assessment.success_probability = 0.6),
        variant("v-urgent", |assessment| assessment.priority = 6.0),
        variant("a-no-reference", |_| ()),
    ];
    let clients: Vec<ClientMetrics> = assessments
        .iter()
        .map(|assessment| ClientMetrics {
            success_case_documented: Some(assessment.client_id.as_str() != "a-no-reference"),
            ..tier_one(assessment.client_id.as_str())
        })
        .collect();
    let ranked = top(&pairs(&clients, &assessments), &policy, 20);
    let order: Vec<&str> = ranked.iter().map(|ranked| ranked.client_id.as_str()).collect();
    let expected = ["v-urgent", "w-likelier", "x-sooner", "y-whale", "b-plain", "z-plain", "a-no-reference"];
    assert_eq!(order, expected);
    assert_eq!(ranked.iter().map(|ranked| ranked.rank).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert!(ranked[3].whale && !ranked[0].whale && ranked[0].reference && !ranked[6].reference);
}

#[test]
fn the_list_is_cut_and_everyone_else_is_accounted_for() {
    let mut clients: Vec<ClientMetrics> = (0..25).map(|index| tier_one(&format!("c{index:02}"))).collect();
    clients.push(blank("unknown"));
    let assessments = assessed(&clients);
    let pairs = pairs(&clients, &assessments);
    let policy = Policy::framework();
    assert_eq!(top(&pairs, &policy, policy.document().ranking.limit).len(), 20);
    let ranking = rank(&pairs, &policy);
    assert_eq!((ranking.passed.len(), ranking.excluded.len()), (25, 1));
    // Readiness 0, satisfaction, interaction and payment unknown, potential 0.
    assert_eq!(ranking.excluded[0].reasons.len(), 5);
}
