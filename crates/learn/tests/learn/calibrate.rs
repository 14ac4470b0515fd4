//! Calibration, held against scikit-learn and betacal, and against what must be true of it.

use learn::{
    calibrate::{
        self, BetaBinomial, CalibrateError, Calibration, ISOTONIC_ROWS_MIN, Isotonic, LEVEL_STRENGTH, Level,
        Method, Platt, ShrinkError, Targets,
    },
    chance::Generator,
};
use proptest::prelude::*;
use serde::Deserialize;

use crate::stream::{assert_near, reference, restored};

#[derive(Deserialize)]
struct Converged {
    sets: Vec<Set>,
}

#[derive(Deserialize)]
struct Set {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    query: Vec<f64>,
    platt: Line,
    platt_smoothed: Line,
    beta: Ends,
    isotonic_fit: Vec<f64>,
    isotonic_query: Vec<f64>,
}

#[derive(Deserialize)]
struct Line {
    slope: f64,
    intercept: f64,
    query: Vec<f64>,
}

#[derive(Deserialize)]
struct Ends {
    a: f64,
    b: f64,
    query: Vec<f64>,
}

#[derive(Deserialize)]
struct First {
    x: Vec<f64>,
    y: Vec<f64>,
    query: Vec<f64>,
    isotonic_fit: Vec<f64>,
    isotonic_query: Vec<f64>,
    platt_on_logit: FirstLine,
    beta_abm: FirstBeta,
}

#[derive(Deserialize)]
struct FirstLine {
    a: f64,
    b: f64,
    query: Vec<f64>,
}

#[derive(Deserialize)]
struct FirstBeta {
    a: f64,
    b: f64,
    m: f64,
    query: Vec<f64>,
}

fn happened(y: &[f64]) -> Vec<bool> {
    y.iter().map(|y| *y == 1.0).collect()
}

const METHODS: [Method; 5] = [Method::Raw, Method::Level, Method::Platt, Method::Beta, Method::Isotonic];

#[test]
fn the_first_reference_is_met_by_platt_and_isotonic_to_a_millionth() {
    let first: First = reference("calibration_reference.json");
    let outcomes = happened(&first.y);
    let platt = Platt::fit(&first.x, &outcomes, Targets::Plain).expect("a line");
    assert_near(platt.slope(), first.platt_on_logit.a, 1e-6, "slope");
    assert_near(platt.intercept(), first.platt_on_logit.b, 1e-6, "intercept");
    let platt = Calibration::Platt(platt);
    for (q, expected) in first.query.iter().zip(&first.platt_on_logit.query) {
        assert_near(platt.apply(*q), *expected, 1e-6, "Platt");
    }
    let isotonic = Isotonic::fit(&first.x, &outcomes).expect("a curve");
    for (q, expected) in first.x.iter().zip(&first.isotonic_fit) {
        assert_near(isotonic.curve(*q), *expected, 1e-12, "isotonic");
    }
    for (q, expected) in first.query.iter().zip(&first.isotonic_query) {
        assert_near(isotonic.curve(*q), *expected, 1e-12, "isotonic between steps");
    }
}

/// The stored beta figures are those of a solver that stops early (gradient below 1e-4); the maximum of the
/// likelihood is `calibration_converged.json`, which the next test meets to a hundred millionth. Ours must be at
/// least as likely, and near.
#[test]
fn beta_calibration_is_at_least_as_likely_as_the_first_reference() {
    let first: First = reference("calibration_reference.json");
    let outcomes = happened(&first.y);
    let Calibration::Beta(beta) = Calibration::fit(Method::Beta, &first.x, &outcomes).expect("a fit") else {
        panic!("another method");
    };
    let stored = &first.beta_abm;
    let stored_intercept = stored.b * (1.0 - stored.m).ln() - stored.a * stored.m.ln();
    let loss = |a: f64, b: f64, intercept: f64| {
        let rows = first.x.iter().zip(&outcomes);
        rows.map(|(x, positive)| {
            let margin = a * x.ln() - b * (1.0 - x).ln() + intercept;
            (1.0 + (if *positive { -margin } else { margin }).exp()).ln()
        })
        .sum::<f64>()
    };
    let (ours, theirs) =
        (loss(beta.a(), beta.b(), beta.intercept()), loss(stored.a, stored.b, stored_intercept));
    assert!(ours < theirs && theirs - ours < 1e-6, "{ours} {theirs}");
    let beta = Calibration::Beta(beta);
    for (q, expected) in first.query.iter().zip(&stored.query) {
        assert_near(beta.apply(*q), *expected, 5e-5, "beta");
    }
}

#[test]
fn converged_references_are_met_to_a_hundred_millionth() {
    let converged: Converged = reference("calibration_converged.json");
    assert_eq!(converged.sets.len(), 5);
    for set in converged.sets {
        let outcomes = happened(&set.y);
        for (targets, line) in [(Targets::Plain, &set.platt), (Targets::Smoothed, &set.platt_smoothed)] {
            let platt = Platt::fit(&set.x, &outcomes, targets).expect("a line");
            assert_near(platt.slope(), line.slope, 1e-7, &set.name);
            assert_near(platt.intercept(), line.intercept, 1e-7, &set.name);
            let platt = Calibration::Platt(platt);
            for (q, expected) in set.query.iter().zip(&line.query) {
                assert_near(platt.apply(*q), *expected, 1e-8, &set.name);
            }
        }
        let beta = Calibration::fit(Method::Beta, &set.x, &outcomes).expect("a fit");
        for (q, expected) in set.query.iter().zip(&set.beta.query) {
            assert_near(beta.apply(*q), *expected, 1e-8, &set.name);
        }
        let Calibration::Beta(beta) = beta else { panic!("another method") };
        assert_near(beta.a(), set.beta.a, 1e-6, &set.name);
        assert_near(beta.b(), set.beta.b, 1e-6, &set.name);
        let isotonic = Isotonic::fit(&set.x, &outcomes).expect("a curve");
        for (x, expected) in set.x.iter().zip(&set.isotonic_fit) {
            assert_near(isotonic.curve(*x), *expected, 1e-12, &set.name);
        }
        for (q, expected) in set.query.iter().zip(&set.isotonic_query) {
            assert_near(isotonic.curve(*q), *expected, 1e-12, &set.name);
        }
    }
}

/// Rows whose true chance is `truth` of the model's prediction.
fn rows(count: usize, seed: u64, truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
    let mut chance = Generator::seeded(seed);
    (0..count)
        .map(|_| {
            let p = 0.02 + 0.96 * chance.unit();
            (p, chance.unit() < truth(p))
        })
        .unzip()
}

#[test]
fn a_calibrated_model_is_left_as_it_is() {
    let kept = (0..20).filter(|seed| {
        let (predictions, outcomes) = rows(800, *seed, |p| p);
        let choice = calibrate::choose(&predictions, &outcomes).expect("a choice");
        assert_eq!(choice.trials.len(), 4, "isotonic is not tried on so few rows");
        choice.calibration == Calibration::Raw
    });
    // Three methods at 5 % each may be wrong now and then.
    let kept = kept.count();
    assert!(kept >= 17, "{kept} of 20");
}

#[test]
fn an_overconfident_model_is_put_right() {
    for seed in 0..5 {
        let shrunk = |p: f64| 1.0 / (1.0 + ((1.0 - p) / p).powf(0.4));
        let (predictions, outcomes) = rows(1_500, seed, shrunk);
        let choice = calibrate::choose(&predictions, &outcomes).expect("a choice");
        assert!(matches!(choice.calibration.method(), Method::Platt | Method::Beta), "{choice:?}");
        for p in [0.05, 0.3, 0.5, 0.9] {
            assert_near(choice.calibration.apply(p), shrunk(p), 0.06, "calibrated");
        }
    }
}

#[test]
fn isotonic_needs_many_rows_and_then_finds_any_rising_shape() {
    let steps = |p: f64| {
        if p < 0.33 {
            0.1
        } else if p < 0.66 {
            0.15
        } else {
            0.7
        }
    };
    let (predictions, outcomes) = rows(ISOTONIC_ROWS_MIN - 1, 1, steps);
    let few = calibrate::choose(&predictions, &outcomes).expect("a choice");
    assert!(few.trials.iter().all(|trial| trial.method != Method::Isotonic));
    let (predictions, outcomes) = rows(2 * ISOTONIC_ROWS_MIN, 1, steps);
    let many = calibrate::choose(&predictions, &outcomes).expect("a choice");
    assert_eq!(many.calibration.method(), Method::Isotonic, "{:?}", many.trials);
    assert_near(many.calibration.apply(0.5), 0.15, 0.03, "the middle step");
}

#[test]
fn few_rows_move_the_level_at_most() {
    let (predictions, outcomes) = rows(60, 3, |p| 0.2 * p);
    let choice = calibrate::choose(&predictions, &outcomes).expect("a choice");
    let tried: Vec<Method> = choice.trials.iter().map(|trial| trial.method).collect();
    assert_eq!(tried, [Method::Raw, Method::Level]);
    assert_eq!(choice.calibration.method(), Method::Level, "a model that says five times too much");
    let (predictions, outcomes) = rows(8, 3, |p| 0.2 * p);
    let choice = calibrate::choose(&predictions, &outcomes).expect("a choice");
    assert_eq!((choice.calibration, choice.trials.len()), (Calibration::Raw, 1), "eight rows say nothing");
}

#[test]
fn a_level_that_is_not_beyond_chance_does_not_move() {
    let predictions = vec![0.5; 400];
    let shift = |positives: usize| {
        let outcomes: Vec<bool> = (0..400).map(|row| row < positives).collect();
        Level::beyond_chance(&predictions, &outcomes).expect("a level").shift()
    };
    // One standard error is 10 rows.
    assert_eq!((shift(181), shift(200), shift(219)), (0.0, 0.0, 0.0));
    let whole = |positives: usize| {
        let outcomes: Vec<bool> = (0..400).map(|row| row < positives).collect();
        Level::fit(&predictions, &outcomes, LEVEL_STRENGTH).expect("a level").shift()
    };
    assert!(shift(224) > 0.7 * whole(224) && shift(224) < 0.9 * whole(224), "{} {}", shift(224), whole(224));
    assert!(shift(260) > 0.95 * whole(260) && shift(260) < whole(260), "{} {}", shift(260), whole(260));
    assert_near(shift(140), -shift(260), 1e-9, "either way");
}

#[test]
fn a_level_moves_the_mean_to_the_updated_belief() {
    let (predictions, outcomes) = rows(50, 9, |p| 0.4 * p);
    let level = Calibration::Level(Level::fit(&predictions, &outcomes, LEVEL_STRENGTH).expect("a level"));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let positives = outcomes.iter().filter(|positive| **positive).count() as f64;
    let belief = (LEVEL_STRENGTH * mean(&predictions) + positives) / (LEVEL_STRENGTH + 50.0);
    assert_near(mean(&level.apply_all(&predictions).expect("probabilities")), belief, 1e-9, "mean");
}

#[test]
fn a_score_that_says_the_opposite_becomes_the_base_rate() {
    let (predictions, outcomes) = rows(2_000, 4, |p| 1.0 - p);
    let base = outcomes.iter().filter(|positive| **positive).count() as f64 / 2_000.0;
    for method in [Method::Platt, Method::Beta] {
        let calibration = Calibration::fit(method, &predictions, &outcomes).expect("a fit");
        for p in [0.01, 0.5, 0.99] {
            assert_near(calibration.apply(p), base, 1e-3, "base rate");
        }
    }
}

#[test]
fn separable_rows_do_not_lead_to_certainty() {
    let predictions: Vec<f64> = (1..=40).map(|i| f64::from(i) / 41.0).collect();
    let outcomes: Vec<bool> = (1..=40).map(|i| i > 20).collect();
    for method in METHODS {
        let calibration = Calibration::fit(method, &predictions, &outcomes).expect("a fit");
        for p in [0.0, 1e-300, 0.5, 1.0] {
            let calibrated = calibration.apply(p);
            assert!(calibrated > 0.0 && calibrated < 1.0, "{method:?} at {p}: {calibrated}");
        }
    }
    let platt = Platt::fit(&predictions, &outcomes, Targets::Smoothed).expect("a line");
    assert!(platt.slope() < 20.0, "smoothed targets hold the slope: {platt:?}");
}

#[test]
fn what_cannot_be_calibrated_is_refused_with_the_reason() {
    let fit = |predictions: &[f64], outcomes: &[bool]| Calibration::fit(Method::Platt, predictions, outcomes);
    assert_eq!(fit(&[], &[]), Err(CalibrateError::Empty));
    assert_eq!(fit(&[0.5], &[]), Err(CalibrateError::Lengths { predictions: 1, outcomes: 0 }));
    assert_eq!(fit(&[0.5, 0.6], &[true, true]), Err(CalibrateError::OneClass { rows: 2 }));
    for bad in [-0.1, 1.1, f64::INFINITY, f64::NAN] {
        let error = fit(&[0.5, bad], &[true, false]).expect_err("no probability");
        assert!(matches!(error, CalibrateError::NotAProbability { row: 1, .. }), "{error}");
        assert!(Calibration::Raw.apply_all(&[bad]).is_err());
    }
    let strength = Level::fit(&[0.5], &[true], f64::NAN);
    assert!(matches!(strength, Err(CalibrateError::Strength { .. })));
}

#[test]
fn a_calibration_survives_being_stored() {
    let (predictions, outcomes) = rows(500, 8, |p| p * p);
    for method in METHODS {
        let calibration = Calibration::fit(method, &predictions, &outcomes).expect("a fit");
        let text = serde_json::to_string(&calibration).expect("text");
        assert_eq!(restored::<Calibration>(&text), calibration);
    }
}

#[derive(Deserialize)]
struct Shrunk {
    groups: Vec<(u64, u64)>,
    mean: f64,
    strength: f64,
    rates: Vec<ShrunkRate>,
}

#[derive(Deserialize)]
struct ShrunkRate {
    positives: u64,
    rows: u64,
    mean: f64,
    lower: f64,
    upper: f64,
}

#[test]
fn common_rates_and_their_intervals_are_those_of_scipy() {
    let expected: Shrunk = reference("shrink_scipy.json");
    let fitted = BetaBinomial::fit(&expected.groups).expect("a prior");
    assert_near(fitted.mean(), expected.mean, 1e-5, "mean");
    assert_near(fitted.strength() / expected.strength, 1.0, 1e-3, "strength");
    let prior = BetaBinomial::new(0.2, 10.0).expect("a prior");
    for rate in expected.rates {
        let actual = prior.rate(rate.positives, rate.rows, 0.9).expect("a rate");
        assert_near(actual.mean, rate.mean, 1e-12, "mean");
        assert_near(actual.interval.lower, rate.lower, 1e-10, "lower");
        assert_near(actual.interval.upper, rate.upper, 1e-10, "upper");
    }
}

#[test]
fn groups_that_share_nothing_keep_their_own_rates_and_alike_ones_share() {
    let apart = BetaBinomial::fit(&[(1, 100), (99, 100), (2, 100), (95, 100)]).expect("a prior");
    assert!(apart.strength() < 2.0, "{apart:?}");
    let alike = BetaBinomial::fit(&[(30, 100), (31, 100), (29, 100), (30, 100)]).expect("a prior");
    assert!(alike.strength() > 1_000.0, "{alike:?}");
    assert_near(alike.rate(3, 3, 0.9).expect("a rate").mean, 0.3, 0.01, "three of three");
    assert_eq!(BetaBinomial::fit(&[(0, 0)]), Err(ShrinkError::Empty));
    assert_eq!(
        BetaBinomial::fit(&[(1, 2), (3, 2)]),
        Err(ShrinkError::MoreThanAll { group: 1, positives: 3, rows: 2 })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_map_rises_and_stays_inside_0_and_1(
        cells in proptest::collection::vec((0.0_f64..=1.0, any::<bool>()), 4..80),
        mut queries in proptest::collection::vec(0.0_f64..=1.0, 2..40),
    ) {
        let (predictions, outcomes): (Vec<f64>, Vec<bool>) = cells.into_iter().unzip();
        prop_assume!(outcomes.contains(&true) && outcomes.contains(&false));
        queries.extend([0.0, 1.0, 1e-308, 1.0 - f64::EPSILON]);
        queries.sort_by(f64::total_cmp);
        for method in METHODS {
            let calibration = Calibration::fit(method, &predictions, &outcomes).expect("a fit");
            let mut before = 0.0;
            for q in &queries {
                let p = calibration.apply(*q);
                // A sum of three terms may differ in its last digit where two of them cancel.
                prop_assert!(p > 0.0 && p < 1.0 && p >= before - 1e-12, "{method:?} at {q}: {before} then {p}");
                before = p;
            }
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        cells in proptest::collection::vec((0.01_f64..0.99, any::<bool>()), 100..130),
        seed: u64,
    ) {
        let (predictions, outcomes): (Vec<f64>, Vec<bool>) = cells.iter().copied().unzip();
        let mut shuffled = cells;
        Generator::seeded(seed).shuffle(&mut shuffled);
        let (other_predictions, other_outcomes): (Vec<f64>, Vec<bool>) = shuffled.into_iter().unzip();
        let one = calibrate::choose(&predictions, &outcomes).expect("a choice");
        let other = calibrate::choose(&other_predictions, &other_outcomes).expect("a choice");
        prop_assert_eq!(one, other);
    }

    #[test]
    fn shrunk_rates_lie_between_the_groups_own_and_the_common_rate(
        positives in 0_u64..50, more in 0_u64..50, mean in 0.01_f64..0.99, strength in 0.1_f64..500.0,
    ) {
        let rows = positives + more;
        let rate = BetaBinomial::new(mean, strength).expect("a prior").rate(positives, rows, 0.9).expect("a rate");
        let own = if rows == 0 { mean } else { positives as f64 / rows as f64 };
        prop_assert!(own.min(mean) - 1e-12 <= rate.mean && rate.mean <= own.max(mean) + 1e-12);
        prop_assert!(0.0 <= rate.interval.lower && rate.interval.lower < rate.interval.upper && rate.interval.upper <= 1.0);
    }
}
