//! The ledger's arithmetic: labels, open rows, and figures that are those of the raw rows.

use jiff::{SignedDuration, Timestamp};
use learn::{
    chance::Generator,
    evaluate,
    ledger::{FeaturesHash, Label, Ledger, LedgerError, Outcome, Prediction, Terms, Waiting},
};
use proptest::prelude::*;

use crate::stream::{assert_near, restored};

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + hour * 3_600).expect("an instant")
}

fn predicted(subject: &str, at: i64, score: f64) -> Prediction {
    Prediction::new("v1", subject, [("visits", "3")], hour(at), score).expect("a probability")
}

fn won(subject: &str, at: i64) -> Outcome {
    Outcome { subject: subject.to_owned(), at: hour(at), positive: true }
}

fn terms(horizon: i64, delay: i64) -> Terms {
    Terms::new(SignedDuration::from_hours(horizon), SignedDuration::from_hours(delay)).expect("terms")
}

fn labels(ledger: &Ledger) -> Vec<Label> {
    ledger.rows().iter().map(|row| row.label).collect()
}

#[test]
fn the_horizon_begins_after_the_instant_and_ends_with_its_last() {
    let ledger_of =
        |at: i64| Ledger::join(&[predicted("a", 0, 0.5)], &[won("a", at)], terms(10, 0), hour(50));
    for (at, label) in [
        (-1, Label::Negative),
        (0, Label::Negative),
        (1, Label::Positive),
        (10, Label::Positive),
        (11, Label::Negative),
    ] {
        assert_eq!(labels(&ledger_of(at)), [label], "at {at}");
    }
}

#[test]
fn a_row_is_open_until_its_horizon_and_delay_have_passed_also_when_it_has_happened() {
    let predictions = [predicted("a", 0, 0.9), predicted("b", 0, 0.2)];
    let outcomes = [won("a", 1)];
    let at = |now: i64| Ledger::join(&predictions, &outcomes, terms(10, 2), hour(now));
    for now in [0, 1, 9, 11] {
        let ledger = at(now);
        assert_eq!(labels(&ledger), [Label::Open, Label::Open], "at {now}");
        assert_eq!((ledger.open(), ledger.known()), (2, (vec![], vec![])));
        assert_eq!(ledger.rows()[0].happened.is_some(), now >= 1, "what happened is shown");
    }
    assert_eq!(labels(&at(12)), [Label::Positive, Label::Negative]);
}

#[test]
fn what_is_later_than_now_is_not_looked_at() {
    let predictions = [predicted("a", 0, 0.9), predicted("a", 30, 0.9)];
    let ledger = Ledger::join(&predictions, &[won("a", 5), won("c", 40)], terms(10, 0), hour(20));
    assert_eq!((ledger.rows().len(), ledger.unpredicted()), (1, 0));
    assert_eq!(Ledger::join(&predictions, &[won("c", 4)], terms(10, 0), hour(20)).unpredicted(), 1);
}

#[test]
fn a_negative_outcome_closes_nothing_early() {
    let lost = Outcome { positive: false, ..won("a", 2) };
    let back = [lost.clone(), won("a", 8)];
    let ledger = Ledger::join(&[predicted("a", 0, 0.5)], &back, terms(10, 0), hour(20));
    assert_eq!(labels(&ledger), [Label::Positive], "lost, and back within the horizon");
    let ledger = Ledger::join(&[predicted("a", 0, 0.5)], &[lost], terms(10, 0), hour(5));
    assert_eq!(labels(&ledger), [Label::Open]);
}

#[test]
fn a_repeated_prediction_counts_once() {
    let twice = [predicted("a", 0, 0.5), predicted("a", 0, 0.7), predicted("a", 1, 0.6)];
    let ledger = Ledger::join(&twice, &[], terms(10, 0), hour(50));
    assert_eq!((ledger.rows().len(), ledger.repeated()), (2, 1));
    assert_eq!(ledger.known().0, [0.5, 0.6]);
    let mut other = predicted("a", 0, 0.1);
    other.model = "v2".into();
    let both = Ledger::join(&[twice[0].clone(), other], &[], terms(10, 0), hour(50));
    assert_eq!((both.rows().len(), both.of_model("v2").known().0), (2, vec![0.1]));
}

/// A world of subjects who are scored now and then, some of whom are won: ledger entries in any order, and the raw
/// rows (score, whether it was won within the horizon) as whoever knows everything would write them down.
fn world(seed: u64, horizon: i64, now: i64) -> (Vec<Prediction>, Vec<Outcome>, Vec<(f64, bool)>) {
    let mut chance = Generator::seeded(seed);
    let (mut predictions, mut outcomes, mut raw) = (Vec::new(), Vec::new(), Vec::new());
    for subject in 0..400 {
        let name = format!("subject-{subject}");
        let quality = chance.unit();
        let won_at = (chance.unit() < quality).then(|| chance.below(1_000) as i64);
        if let Some(at) = won_at {
            outcomes.push(won(&name, at));
        }
        let mut at = chance.below(200) as i64;
        for _ in 0..=chance.below(4) {
            let score = (0.8 * quality + 0.2 * chance.unit()).clamp(0.0, 1.0);
            predictions.push(predicted(&name, at, score));
            if at + horizon <= now {
                raw.push((score, won_at.is_some_and(|won_at| at < won_at && won_at <= at + horizon)));
            }
            at += 1 + chance.below(300) as i64;
        }
    }
    chance.shuffle(&mut predictions);
    chance.shuffle(&mut outcomes);
    (predictions, outcomes, raw)
}

#[test]
fn figures_from_the_ledger_are_those_of_the_raw_rows() {
    for seed in 0..5 {
        let (predictions, outcomes, raw) = world(seed, 150, 700);
        let (scores, happened) = Ledger::join(&predictions, &outcomes, terms(150, 0), hour(700)).known();
        let (raw_scores, raw_happened): (Vec<f64>, Vec<bool>) = raw.into_iter().unzip();
        assert!(scores.len() > 500 && happened.contains(&true), "a world with something to see");
        assert_eq!(scores.len(), raw_scores.len());
        type FigureOf = fn(&[f64], &[bool]) -> Option<f64>;
        let figures: [(&str, FigureOf); 4] = [
            ("AUC", evaluate::auc),
            ("average precision", evaluate::average_precision),
            ("log loss", evaluate::log_loss),
            ("Brier", evaluate::brier),
        ];
        for (name, figure) in figures {
            let (ours, raw) = (figure(&scores, &happened), figure(&raw_scores, &raw_happened));
            // Sums in another order may differ in their last digits.
            assert_near(ours.expect(name), raw.expect(name), 1e-12, name);
        }
    }
}

#[test]
fn counting_early_positives_would_flatter_and_the_ledger_does_not() {
    let (predictions, outcomes, _) = world(7, 400, 500);
    let ledger = Ledger::join(&predictions, &outcomes, terms(400, 0), hour(500));
    let rate = |rows: Vec<bool>| rows.iter().filter(|won| **won).count() as f64 / rows.len() as f64;
    let honest = rate(ledger.known().1);
    let early = ledger.rows().iter().filter(|row| row.label != Label::Open || row.happened.is_some());
    let flattered = rate(early.map(|row| row.happened.is_some()).collect());
    assert!(flattered > honest + 0.05, "{flattered} {honest}");
}

#[test]
fn waits_are_those_of_kaplan_and_meier() {
    // E. Kaplan and P. Meier, JASA 53, 1958, as in Collett, "Modelling survival data", example 2.3 (days until an IUD is given up).
    let days = [
        (10, true),
        (13, false),
        (18, false),
        (19, true),
        (23, false),
        (30, true),
        (36, true),
        (38, false),
        (54, false),
        (56, false),
        (59, true),
        (75, true),
        (93, true),
        (97, true),
        (104, false),
        (107, true),
        (107, false),
        (107, false),
    ];
    let waits = days.map(|(days, ended)| (SignedDuration::from_hours(24 * days), ended));
    let waiting = Waiting::of(waits);
    let expected = [
        (10, 0.9444),
        (19, 0.8815),
        (30, 0.8137),
        (36, 0.7459),
        (59, 0.6526),
        (75, 0.5594),
        (93, 0.4662),
        (97, 0.3729),
        (107, 0.2486),
    ];
    assert_eq!(waiting.steps().len(), expected.len());
    for (step, (days, open)) in waiting.steps().iter().zip(expected) {
        assert_eq!(step.wait, SignedDuration::from_hours(24 * days));
        assert_near(1.0 - step.happened, open, 5e-5, "share still open");
    }
    assert_near(waiting.steps()[1].error, 0.0790, 1e-3, "Greenwood's error on day 19");
    assert_eq!(waiting.until(0.5), Some(SignedDuration::from_hours(24 * 93)));
    assert_eq!(waiting.happened_by(SignedDuration::from_hours(1)), 0.0);
    assert_eq!(waiting.until(0.9), None);
}

#[test]
fn waits_use_open_rows_and_find_the_true_share() {
    // Won at a wait that is uniform over 100 hours, by 60 % of all; most rows are watched for less than that.
    let mut chance = Generator::seeded(2);
    let (mut predictions, mut outcomes) = (Vec::new(), Vec::new());
    for subject in 0..4_000 {
        let (name, at) = (format!("{subject}"), chance.below(120) as i64);
        predictions.push(predicted(&name, at, 0.5));
        if chance.unit() < 0.6 {
            outcomes.push(won(&name, at + 1 + chance.below(100) as i64));
        }
    }
    let ledger = Ledger::join(&predictions, &outcomes, terms(100, 0), hour(120));
    let waiting = ledger.waiting();
    assert_near(waiting.happened_by(SignedDuration::from_hours(50)), 0.3, 0.03, "after half of the time");
    assert_near(waiting.happened_by(SignedDuration::from_hours(100)), 0.6, 0.04, "in the end");
}

#[test]
fn what_cannot_go_into_a_ledger_is_refused() {
    for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let refused = Prediction::new("v1", "a", [], hour(0), bad);
        assert!(matches!(refused, Err(LedgerError::NotAProbability { .. })));
    }
    let hours = SignedDuration::from_hours;
    assert_eq!(Terms::new(hours(0), hours(0)), Err(LedgerError::Horizon));
    assert_eq!(Terms::new(hours(1), hours(-1)), Err(LedgerError::Delay));
    // The end of time is no overflow.
    let forever = Terms::new(SignedDuration::MAX, SignedDuration::MAX).expect("terms");
    let ledger = Ledger::join(&[predicted("a", 0, 0.5)], &[won("a", 1)], forever, hour(2));
    assert_eq!(labels(&ledger), [Label::Open]);
}

#[test]
fn features_are_known_again_whatever_their_order_and_never_change_their_hash() {
    let one = FeaturesHash::of([("visits", "3"), ("source", "web")]);
    assert_eq!(one, FeaturesHash::of([("source", "web"), ("visits", "3")]));
    assert_ne!(one, FeaturesHash::of([("source", "3"), ("visits", "web")]));
    assert_ne!(FeaturesHash::of([("ab", "c")]), FeaturesHash::of([("a", "bc")]));
    assert_eq!(one.to_string(), "641989961a5733a8");
    assert_eq!(one.to_string().parse(), Ok(one));
    let text = serde_json::to_string(&one).expect("text");
    assert_eq!(restored::<FeaturesHash>(&text), one);
    for bad in ["", "12", "+123456789abcdef", "0123456789ABCDEF", "0123456789abcdeff"] {
        assert!(bad.parse::<FeaturesHash>().is_err(), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn neither_the_order_of_outcomes_nor_of_predictions_matters(seed in 0_u64..1_000, order: u64, now in 0_i64..1_200) {
        let (mut predictions, mut outcomes, _) = world(seed, 100, now);
        let one = Ledger::join(&predictions, &outcomes, terms(100, 5), hour(now));
        let mut chance = Generator::seeded(order);
        chance.shuffle(&mut predictions);
        chance.shuffle(&mut outcomes);
        let other = Ledger::join(&predictions, &outcomes, terms(100, 5), hour(now));
        let sorted = |ledger: &Ledger| {
            let mut rows = ledger.rows().to_vec();
            rows.sort_by(|a, b| (&a.prediction.subject, a.prediction.as_of).cmp(&(&b.prediction.subject, b.prediction.as_of)));
            rows
        };
        prop_assert_eq!(sorted(&one), sorted(&other));
        prop_assert_eq!(one.waiting(), other.waiting());
        // Time only ever closes rows.
        let later = Ledger::join(&predictions, &outcomes, terms(100, 5), hour(now + 50));
        prop_assert!(later.known().0.len() >= other.known().0.len());
    }
}
