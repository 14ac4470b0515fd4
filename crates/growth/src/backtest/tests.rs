use jiff::civil::date;
use kernel::{Arr, Currency, Ulid};

use super::*;
use crate::{
    assess::assess,
    fixture::{AS_OF, blank},
    outcome::OutcomeKind,
    policy::Policy,
};

fn outcome(client: &str, occurred_on: Date, kind: OutcomeKind) -> Outcome {
    Outcome {
        id: Ulid::from_parts(0, 1),
        client_id: ClientId::new(client),
        occurred_on,
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        kind,
        arr: Arr::zero(Currency::USD),
        vehicle: None,
        note: None,
        predicted_probability: None,
    }
}

fn prediction(index: usize, probability: f64, happened: bool) -> Prediction {
    Prediction { client_id: ClientId::new(format!("c{index:03}")), as_of: AS_OF, probability, happened }
}

#[test]
fn a_score_is_compared_only_with_what_came_after_it() {
    let clients: Vec<Assessment> =
        ["a", "b", "c", "d", "e"].map(|id| assess(&blank(id), &Policy::framework(), AS_OF)).into();
    let outcomes = [
        outcome("a", date(2026, 2, 10), OutcomeKind::Lost),
        outcome("a", date(2026, 2, 1), OutcomeKind::Won),
        outcome("b", AS_OF, OutcomeKind::Won),
        outcome("c", date(2026, 4, 20), OutcomeKind::Won),
        outcome("d", date(2026, 4, 19), OutcomeKind::Lost),
        outcome("stranger", date(2026, 2, 1), OutcomeKind::Won),
    ];
    let happened = |silence| {
        let pairs = pair(&clients, &outcomes, 90, silence);
        pairs.iter().map(|pair| (pair.client_id.to_string(), pair.happened)).collect::<Vec<_>>()
    };
    let known =
        |list: &[(&str, bool)]| list.iter().map(|(id, won)| ((*id).to_owned(), *won)).collect::<Vec<_>>();
    assert_eq!(happened(Silence::Excluded), known(&[("a", true), ("d", false)]));
    assert_eq!(
        happened(Silence::NotWon),
        known(&[("a", true), ("b", false), ("c", false), ("d", false), ("e", false)])
    );
}

#[test]
fn thirty_of_each_kind_are_enough_and_twenty_nine_are_not() {
    let cases = |positives: usize| -> Vec<Prediction> {
        (0..60 + positives).map(|i| prediction(i, 0.5, i < positives)).collect()
    };
    let few = run(&cases(29), 0.5, 1).expect("chances");
    assert_eq!((few.positives, few.negatives), (29, 60));
    assert_eq!(few.verdict, Verdict::InsufficientData { needed: 30 });
    let enough = run(&cases(30), 0.5, 1).expect("chances");
    assert!(matches!(enough.verdict, Verdict::Measured(_)));
    assert_eq!(enough.as_of, BTreeMap::from([(AS_OF, 90)]));
}

#[test]
fn the_wrong_ones_are_listed_worst_first() {
    let report = run(
        &[
            prediction(1, 0.9, false),
            prediction(2, 0.5, false),
            prediction(3, 0.95, true),
            prediction(4, 0.4, true),
            prediction(5, 0.1, true),
            prediction(6, 0.2, false),
        ],
        0.5,
        1,
    )
    .expect("chances");
    let ids = |wrong: &[Prediction]| wrong.iter().map(|p| p.client_id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&report.false_positives), ["c001", "c002"]);
    assert_eq!(ids(&report.false_negatives), ["c005", "c004"]);
}

#[test]
fn what_is_no_chance_is_refused() {
    for probability in [1.01, -0.01, f64::NAN] {
        assert!(run(&[prediction(1, probability, true)], 0.5, 1).is_err(), "{probability}");
    }
    assert_eq!(run(&[], 0.5, 1).expect("nothing is fine").n, 0);
}
