use jiff::{SignedDuration, Timestamp};
use learn::{chance::Generator, odds};

use super::*;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + hours * 3_600).unwrap()
}

/// `people` leads, a few a day, whose chances are known; `incumbent` and `challenger` make of the true log-odds and a
/// number drawn for the lead what they say.
fn contest(
    people: usize,
    seed: u64,
    incumbent: impl Fn(f64, f64) -> f64,
    challenger: impl Fn(f64, f64) -> f64,
) -> Contest {
    let mut chance = Generator::seeded(seed);
    let rows = (0..people).map(|person| {
        let truth = (chance.unit() - 0.5) * 5.0;
        let noise = (chance.unit() - 0.5) * 6.0;
        let (said_before, said_now) = (incumbent(truth, noise), challenger(truth, noise));
        ContestRow {
            contact: format!("{person:05}"),
            at: at(person as i64 / 2),
            source: Some(if chance.unit() < 0.5 { LeadSource::Portal } else { LeadSource::Website }),
            incumbent: odds::probability(said_before),
            challenger: odds::probability(said_now),
            reached: chance.unit() < odds::probability(truth),
        }
    });
    Contest::of(rows.collect(), SignedDuration::from_hours(24))
}

fn terms() -> TrialTerms<'static> {
    TrialTerms {
        challenger: 2,
        rule: Rule::default(),
        alpha: 0.05,
        looks_max: 6,
        look_growth: 0.25,
        calls_per_day: 10,
        columns: &[],
    }
}

/// Looks at a growing contest until something is decided.
fn decided(whole: &Contest, incumbent: Incumbent) -> (Decision, Trial) {
    let mut trial = Trial::begin(incumbent);
    let mut seen = 100;
    loop {
        let some =
            Contest::of(whole.rows().iter().take(seen).cloned().collect(), SignedDuration::from_hours(24));
        let decision = trial.consider(&some, &terms());
        if decision != Decision::Wait || seen >= whole.rows().len() {
            return (decision, trial);
        }
        seen += 100;
    }
}

#[test]
fn a_better_challenger_is_cleared_against_the_champion() {
    let (decision, trial) =
        decided(&contest(3_000, 1, |_, noise| noise, |truth, _| truth), Incumbent::Model(1));
    let Decision::Promote(cleared) = decision else { panic!("{decision:?} {trial:?}") };
    assert_eq!((cleared.challenger(), cleared.champion()), ("2", Some("1")));
    assert!(matches!(trial.difference, Some(Figure::Known(difference)) if difference.value < -0.1));
}

#[test]
fn a_worse_challenger_is_never_cleared_and_goes() {
    for seed in 0..12 {
        let worse = contest(3_000, seed, |truth, _| truth, |truth, noise| truth + 0.7 * noise);
        let (decision, _) = decided(&worse, Incumbent::Model(1));
        assert!(matches!(decision, Decision::Retire(_)), "seed {seed}: {decision:?}");
    }
}

#[test]
fn one_that_is_a_little_worse_than_allowed_is_not_cleared_by_looking_often() {
    for seed in 20..26 {
        // It loses about 0.02 nats a row, and 0.005 are allowed.
        let worse = contest(1_500, seed, |truth, _| truth, |truth, noise| truth + 0.3 * noise);
        let (decision, trial) = decided(&worse, Incumbent::Model(1));
        assert!(!matches!(decision, Decision::Promote(_)), "seed {seed}: {trial:?}");
    }
}

#[test]
fn the_first_model_must_beat_the_prior_and_the_base_rate() {
    // The prior is far off; the model says nothing at all, but at the right level or far from it.
    let off = |_: f64, noise: f64| 4.0 + noise;
    let (decision, _) = decided(&contest(3_000, 3, off, |truth, _| truth), Incumbent::Prior);
    assert!(matches!(&decision, Decision::Promote(cleared) if cleared.champion().is_none()), "{decision:?}");
    let (decision, trial) = decided(&contest(3_000, 3, off, |_, noise| 0.4 * noise), Incumbent::Prior);
    assert!(matches!(decision, Decision::Retire(_)), "{decision:?}");
    assert!(trial.difference.is_some_and(|difference| difference.value() < Some(0.0)), "it beats the prior");
}

#[test]
fn nothing_is_looked_at_before_there_is_enough_and_looks_spend_what_they_may() {
    let whole = contest(3_000, 4, |truth, noise| truth + 0.3 * noise, |truth, noise| truth - 0.3 * noise);
    let mut trial = Trial::begin(Incumbent::Model(1));
    let few = Contest::of(whole.rows()[..150].to_vec(), SignedDuration::from_hours(24));
    assert_eq!(trial.consider(&few, &terms()), Decision::Wait);
    assert_eq!(trial.looks, 0);
    let mut spent = 0.0;
    for rows in (200..3_000).step_by(50) {
        let some = Contest::of(whole.rows()[..rows].to_vec(), SignedDuration::from_hours(24));
        let looks = trial.looks;
        let decision = trial.consider(&some, &terms());
        if trial.looks > looks {
            spent += 1.0 - trial.level;
        }
        if decision != Decision::Wait {
            break;
        }
    }
    assert!(trial.looks >= 2 && spent < terms().alpha, "{spent} in {} looks", trial.looks);
}

#[test]
fn a_trial_goes_on_where_it_was_written_down() {
    let whole = contest(1_200, 5, |truth, noise| truth + 0.5 * noise, |truth, noise| truth - 0.5 * noise);
    let mut trial = Trial::begin(Incumbent::Prior);
    trial.consider(&whole, &terms());
    let text = serde_json::to_string(&trial).unwrap();
    let back: Trial = serde_json::from_str(&text).unwrap();
    assert_eq!((back.looks, back.rows, back.rows_next), (trial.looks, trial.rows, trial.rows_next));
    assert_eq!(back.called.looks(), trial.called.looks());
}

#[test]
fn who_is_scored_after_every_click_counts_once_a_day() {
    let row = |contact: &str, hours: i64| ContestRow {
        contact: contact.to_owned(),
        at: at(hours),
        source: None,
        incumbent: 0.5,
        challenger: 0.5,
        reached: false,
    };
    let rows = vec![row("a", 0), row("a", 3), row("a", 23), row("b", 3), row("a", 24), row("a", 24)];
    let kept = Contest::of(rows, SignedDuration::from_hours(24));
    assert_eq!(kept.rows().len(), 3);
    assert_eq!(kept.clusters, [0, 1, 0]);
}
