//! Chances: vectors of scikit-learn 1.9.1 and statsmodels (`data/ml/evaluate_sklearn.json`).

use learn::evaluate::{
    self, BINS, Binning, Confusion, Figure, Insufficient, Judged, JudgedError, Lacking, Needs,
    bootstrap::Resampling,
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    predictions: Vec<f64>,
    outcomes: Vec<bool>,
    auc: f64,
    average_precision: f64,
    log_loss: f64,
    brier: f64,
    ece_quantile: f64,
    ece_uniform: f64,
    curve_quantile: Curve,
    curve_uniform: Curve,
    confusion: Vec<Decisions>,
    line: Line,
    counts: Vec<usize>,
    auc_counted: f64,
    average_precision_counted: f64,
    log_loss_counted: f64,
    brier_counted: f64,
    precision_at_20: f64,
}

#[derive(Deserialize)]
struct Curve {
    rate: Vec<f64>,
    mean: Vec<f64>,
    rows: Vec<u64>,
}

#[derive(Deserialize)]
struct Decisions {
    threshold: f64,
    tp: u64,
    fp: u64,
    tn: u64,
    #[serde(rename = "fn")]
    missed: u64,
    accuracy: f64,
    precision: f64,
    recall: f64,
    specificity: f64,
    f1: f64,
    matthews: f64,
}

#[derive(Deserialize)]
struct Line {
    intercept: f64,
    slope: f64,
    intercept_ci: [f64; 2],
    slope_ci: [f64; 2],
}

fn vectors() -> Vec<Case> {
    let text = include_str!("../../../../../data/ml/evaluate_sklearn.json");
    serde_json::from_str::<Vectors>(text).expect("vectors are JSON").cases
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

#[test]
fn figures_equal_scikit_learns() {
    for case in vectors() {
        let (p, y, name) = (&case.predictions, &case.outcomes, &case.name);
        near(evaluate::auc(p, y).unwrap(), case.auc, 1e-12, name);
        near(evaluate::average_precision(p, y).unwrap(), case.average_precision, 1e-12, name);
        near(evaluate::log_loss(p, y).unwrap(), case.log_loss, 1e-12, name);
        near(evaluate::brier(p, y).unwrap(), case.brier, 1e-12, name);
        near(evaluate::ece(p, y, Binning::EqualMass, 15).unwrap(), case.ece_quantile, 1e-12, name);
        near(evaluate::ece(p, y, Binning::EqualWidth, 15).unwrap(), case.ece_uniform, 1e-12, name);
        near(evaluate::precision_at(p, y, 20).unwrap(), case.precision_at_20, 1e-12, name);
    }
}

#[test]
fn rows_that_stand_several_times_count_as_scikit_learns_weights() {
    for case in vectors() {
        let (mut p, mut y) = (Vec::new(), Vec::new());
        for ((prediction, outcome), count) in case.predictions.iter().zip(&case.outcomes).zip(&case.counts) {
            p.extend(std::iter::repeat_n(*prediction, *count));
            y.extend(std::iter::repeat_n(*outcome, *count));
        }
        near(evaluate::auc(&p, &y).unwrap(), case.auc_counted, 1e-12, &case.name);
        near(evaluate::average_precision(&p, &y).unwrap(), case.average_precision_counted, 1e-12, &case.name);
        near(evaluate::log_loss(&p, &y).unwrap(), case.log_loss_counted, 1e-12, &case.name);
        near(evaluate::brier(&p, &y).unwrap(), case.brier_counted, 1e-12, &case.name);
    }
}

#[test]
fn reliability_bins_are_those_of_scikit_learns_calibration_curve() {
    for case in vectors() {
        let judged = Judged::new(&case.predictions, &case.outcomes).unwrap();
        for (binning, curve) in
            [(Binning::EqualMass, &case.curve_quantile), (Binning::EqualWidth, &case.curve_uniform)]
        {
            let bins = judged.bins(binning, BINS);
            assert_eq!(bins.iter().map(|bin| bin.rows).collect::<Vec<_>>(), curve.rows, "{}", case.name);
            for (bin, (rate, mean)) in bins.iter().zip(curve.rate.iter().zip(&curve.mean)) {
                near(bin.rate, *rate, 1e-12, &case.name);
                near(bin.mean_chance, *mean, 1e-12, &case.name);
                assert!(bin.lowest <= bin.mean_chance + 1e-12 && bin.mean_chance <= bin.highest + 1e-12);
            }
        }
    }
}

#[test]
fn the_calibration_line_is_the_logistic_regression_on_log_odds() {
    for case in vectors() {
        let judged = Judged::new(&case.predictions, &case.outcomes).unwrap();
        let line = judged.calibration_line().expect("outcomes overlap");
        near(line.slope, case.line.slope, 1e-7, &case.name);
        near(line.intercept, case.line.intercept, 1e-7, &case.name);
        near(line.slope_interval.lower, case.line.slope_ci[0], 1e-6, &case.name);
        near(line.intercept_interval.upper, case.line.intercept_ci[1], 1e-6, &case.name);
    }
}

#[test]
fn outcomes_that_the_predictions_separate_have_no_line() {
    let judged = Judged::new(&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true]).unwrap();
    assert_eq!(judged.calibration_line(), None);
    let same = Judged::new(&[0.3; 4], &[false, false, true, true]).unwrap();
    assert_eq!(same.calibration_line(), None);
}

#[test]
fn decisions_at_a_threshold_equal_scikit_learns() {
    for case in vectors() {
        for expected in &case.confusion {
            let found = Confusion::at(expected.threshold, &case.predictions, &case.outcomes).unwrap();
            assert_eq!(
                [found.true_positives, found.false_positives, found.true_negatives, found.false_negatives],
                [expected.tp, expected.fp, expected.tn, expected.missed],
                "{}",
                case.name
            );
            near(found.accuracy().unwrap(), expected.accuracy, 1e-12, &case.name);
            // scikit-learn puts 0 where nothing was predicted yes.
            near(found.precision().unwrap_or(0.0), expected.precision, 1e-12, &case.name);
            near(found.recall().unwrap(), expected.recall, 1e-12, &case.name);
            near(found.specificity().unwrap(), expected.specificity, 1e-12, &case.name);
            near(found.f1().unwrap(), expected.f1, 1e-12, &case.name);
            near(found.matthews(), expected.matthews, 1e-12, &case.name);
        }
    }
}

#[test]
fn what_is_not_a_chance_is_named() {
    assert_eq!(
        Judged::new(&[0.5], &[true, false]).unwrap_err(),
        JudgedError::Lengths { predictions: 1, outcomes: 2 }
    );
    for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        let error = Judged::new(&[0.5, wrong], &[true, false]).unwrap_err();
        assert_eq!(error, JudgedError::NotAChance { row: 1 });
    }
    assert_eq!(evaluate::auc(&[1.0, f64::NAN], &[true, false]), None);
    assert_eq!(evaluate::auc(&[0.2, 0.1], &[true, true]), None);
    assert_eq!(evaluate::brier(&[], &[]), None);
}

#[test]
fn too_few_rows_are_said_with_the_number_that_it_takes() {
    let needs = Needs { rows: 50, each: 20 };
    assert_eq!(needs.of_chances(100, 40), Ok(()));
    assert_eq!(
        needs.of_chances(200, 5),
        Err(Insufficient { lacking: Lacking::Positives, have: 5, need: 20, rows_needed: Some(800) })
    );
    assert_eq!(
        needs.of_chances(60, 60).unwrap_err(),
        Insufficient { lacking: Lacking::Negatives, have: 0, need: 20, rows_needed: None }
    );
    let few = needs.of_chances(12, 5).unwrap_err();
    assert_eq!(few.to_string(), "insufficient data: 12 of 50 rows");
    let rare = needs.of_chances(200, 5).unwrap_err();
    assert_eq!(
        rare.to_string(),
        "insufficient data: 5 of 20 rows with the outcome; about 800 rows are needed"
    );
    let judged = Judged::new(&[0.5; 12], &[true; 12]).unwrap();
    let figures = evaluate::ChanceFigures::of(&judged, &needs, &Resampling::default());
    assert!(matches!(figures.auc, Figure::Insufficient(Insufficient { have: 12, .. })));
    assert_eq!(figures.auc.value(), None);
}

fn judged() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    // Few different chances, so that ties are common.
    prop::collection::vec(((0_u32..=20).prop_map(|n| f64::from(n) / 20.0), any::<bool>()), 1..80)
        .prop_map(|rows| rows.into_iter().unzip())
}

proptest! {
    #[test]
    fn the_auc_is_the_share_of_pairs_in_the_right_order((p, y) in judged()) {
        let (mut ahead, mut pairs) = (0.0, 0.0);
        for (one, _) in p.iter().zip(&y).filter(|(_, outcome)| **outcome) {
            for (other, _) in p.iter().zip(&y).filter(|(_, outcome)| !**outcome) {
                pairs += 1.0;
                ahead += if one > other { 1.0 } else if one == other { 0.5 } else { 0.0 };
            }
        }
        match evaluate::auc(&p, &y) {
            None => prop_assert_eq!(pairs, 0.0),
            Some(auc) => prop_assert!((auc - ahead / pairs).abs() < 1e-12),
        }
    }

    #[test]
    fn the_parts_of_the_brier_score_sum_to_it((p, y) in judged(), count in 1_usize..20) {
        let judged = Judged::new(&p, &y).unwrap();
        for binning in [Binning::EqualMass, Binning::EqualWidth] {
            let bins = judged.bins(binning, count);
            prop_assert_eq!(bins.iter().map(|bin| bin.rows).sum::<u64>(), p.len() as u64);
            let parts = judged.brier_parts(&bins).unwrap();
            prop_assert!((parts.sum() - judged.brier().unwrap()).abs() < 1e-12);
            prop_assert!(parts.reliability >= 0.0 && parts.resolution >= 0.0);
        }
    }

    #[test]
    fn slices_of_the_lift_table_hold_every_row_and_every_positive_once((p, y) in judged(), slices in 1_usize..15) {
        let judged = Judged::new(&p, &y).unwrap();
        let lift = judged.lift(slices);
        if judged.positives() == 0 {
            prop_assert!(lift.is_empty());
        } else {
            let positives: f64 = lift.iter().map(|row| row.positives).sum();
            prop_assert!((positives - judged.positives() as f64).abs() < 1e-9);
            prop_assert_eq!(lift.iter().map(|row| row.last - row.first + 1).sum::<u64>(), p.len() as u64);
            prop_assert!((lift.last().unwrap().gain - 1.0).abs() < 1e-12);
            prop_assert!((lift.last().unwrap().lift_so_far - 1.0).abs() < 1e-12);
            for row in &lift {
                let at = judged.at_capacity(row.last as usize).unwrap();
                prop_assert!((at.recall - row.gain).abs() < 1e-12 && (at.lift - row.lift_so_far).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing((p, y) in judged(), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..p.len()).collect();
        learn::chance::Generator::seeded(seed).shuffle(&mut order);
        let (q, z): (Vec<f64>, Vec<bool>) = order.iter().map(|row| (p[*row], y[*row])).unzip();
        prop_assert_eq!(evaluate::auc(&p, &y), evaluate::auc(&q, &z));
        prop_assert_eq!(evaluate::average_precision(&p, &y), evaluate::average_precision(&q, &z));
        for k in 1..=p.len() {
            let (one, other) = (evaluate::precision_at(&p, &y, k), evaluate::precision_at(&q, &z, k));
            prop_assert_eq!(one, other);
        }
    }
}

#[test]
fn right_predictions_have_the_calibration_error_that_chance_gives() {
    for (rows, rarity) in [(600, 1.0), (3000, 1.0), (3000, 0.02)] {
        let mut chance = learn::chance::Generator::seeded(5);
        let predictions: Vec<f64> = (0..rows).map(|_| rarity * chance.unit()).collect();
        let worlds = 200;
        let (mut seen, mut expected) = (0.0, 0.0);
        for _ in 0..worlds {
            let outcomes: Vec<bool> = predictions.iter().map(|p| chance.unit() < *p).collect();
            let judged = Judged::new(&predictions, &outcomes).unwrap();
            let bins = judged.bins(Binning::EqualMass, BINS);
            seen += judged.ece(&bins) / f64::from(worlds);
            expected += evaluate::ece_by_chance(&bins).unwrap() / f64::from(worlds);
        }
        assert!((expected / seen - 1.0).abs() < 0.05, "{rows} rows: {expected} expected, {seen} seen");
    }
    assert_eq!(evaluate::ece_by_chance(&[]), None);
}
