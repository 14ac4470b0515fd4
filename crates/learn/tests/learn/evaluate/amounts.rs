//! Amounts and ratios: vectors of scikit-learn and assesspy, and the tables of the IAAO standard.

use learn::evaluate::{
    Needs,
    amounts::{self, AmountFigures, AmountsError},
    bootstrap::Resampling,
    ratio::{RatioLimits, RatioStudy, Trim},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Studies {
    studies: Vec<Study>,
}

#[derive(Deserialize)]
struct Study {
    name: String,
    estimates: Vec<f64>,
    prices: Vec<f64>,
    trim: Option<f64>,
    trimmed: u64,
    rows: u64,
    median: f64,
    mean: f64,
    weighted_mean: f64,
    cod: f64,
    prd: f64,
    prb: f64,
    mki: f64,
    ki: f64,
}

#[derive(Deserialize)]
struct Amounts {
    predictions: Vec<f64>,
    truths: Vec<f64>,
    mae: f64,
    rmse: f64,
    r2: f64,
    mape: f64,
    mdape: f64,
    pe10: f64,
    pe20: f64,
}

const FEW: Needs = Needs { rows: 1, each: 1 };
const QUICK: Resampling = Resampling { rounds: 40, level: 0.9, seed: 1 };

#[track_caller]
fn near(found: Option<f64>, expected: f64, what: &str) {
    let found = found.expect("a figure");
    assert!((found - expected).abs() <= 1e-11 * expected.abs().max(1.0), "{what}: {found}, not {expected}");
}

#[test]
fn ratio_studies_equal_assesspys() {
    let text = include_str!("../../../../../data/ml/ratio_assesspy.json");
    let studies = serde_json::from_str::<Studies>(text).expect("vectors are JSON").studies;
    assert!(studies.len() >= 7);
    for study in studies {
        let trim = study.trim.map_or(Trim::Nothing, Trim::Quartiles);
        let found = RatioStudy::of(&study.estimates, &study.prices, trim, &FEW, &QUICK).unwrap();
        assert_eq!((found.rows, found.trimmed), (study.rows, study.trimmed), "{}", study.name);
        for (figure, expected) in [
            (found.median, study.median),
            (found.mean, study.mean),
            (found.weighted_mean, study.weighted_mean),
            (found.cod, study.cod),
            (found.prd, study.prd),
            (found.prb, study.prb),
            (found.mki, study.mki),
            (found.ki, study.ki),
        ] {
            near(figure.value(), expected, &study.name);
        }
    }
}

/// Tables 1-1, 1-4, D-1 and D-2 of the Standard on Ratio Studies, with the statistics printed there.
#[test]
fn the_standards_own_tables_come_out_as_printed() {
    let text = include_str!("../../../../../data/ml/ratio_assesspy.json");
    let studies = serde_json::from_str::<Studies>(text).expect("vectors are JSON").studies;
    for (name, median, cod, prd) in
        [("iaao_1_1", 0.864, 29.8, 0.98), ("iaao_1_4", 0.82, 14.5, 0.98), ("iaao_d_1", 0.91, 7.5, 1.03)]
    {
        let study = studies.iter().find(|study| study.name == name).expect("the table");
        let found =
            RatioStudy::of(&study.estimates, &study.prices, Trim::Quartiles(3.0), &FEW, &QUICK).unwrap();
        assert_eq!(found.trimmed, 0, "{name}");
        assert!((found.median.value().unwrap() - median).abs() < 0.0005, "{name}");
        assert!((found.cod.value().unwrap() - cod).abs() < 0.05, "{name}");
        assert!((found.prd.value().unwrap() - prd).abs() < 0.005, "{name}");
    }
}

#[test]
fn the_ends_of_the_limits_are_allowed() {
    let limits = RatioLimits::default();
    assert!(limits.prd.contains(0.98) && limits.median.contains(0.9) && limits.cod.contains(15.0));
    assert!(!limits.prd.contains(0.979_999) && !limits.mki.contains(1.050_1));
}

#[test]
fn errors_of_amounts_equal_scikit_learns() {
    let text = include_str!("../../../../../data/ml/amounts_sklearn.json");
    let case: Amounts = serde_json::from_str(text).expect("vectors are JSON");
    let found = AmountFigures::of(&case.predictions, &case.truths, &Needs::default(), &QUICK).unwrap();
    near(found.mean_absolute_error.value(), case.mae, "MAE");
    near(found.root_mean_squared_error.value(), case.rmse, "RMSE");
    near(found.r_squared.value(), case.r2, "R2");
    let relative = found.relative.expect("all truths are above 0");
    near(relative.mean.value(), case.mape, "MAPE");
    near(relative.median.value(), case.mdape, "MdAPE");
    near(relative.within_10.value(), case.pe10, "PE10");
    near(relative.within_20.value(), case.pe20, "PE20");
    near(amounts::mdape(&case.predictions, &case.truths).unwrap(), case.mdape, "MdAPE");
    near(amounts::mape(&case.predictions, &case.truths).unwrap(), case.mape, "MAPE");
    near(amounts::share_within(&case.predictions, &case.truths, 0.1).unwrap(), case.pe10, "PE10");
}

#[test]
fn amounts_of_nothing_have_no_ratio() {
    assert_eq!(amounts::mdape(&[1.0, 2.0], &[1.0, 0.0]), Err(AmountsError::NotPositive { row: 1 }));
    assert_eq!(amounts::mape(&[f64::NAN], &[1.0]), Err(AmountsError::NotANumber { row: 0 }));
    let found = AmountFigures::of(&[1.0, -2.0, 4.0], &[0.0, -1.0, 3.0], &FEW, &QUICK).unwrap();
    assert_eq!(found.relative, None);
    near(found.mean_absolute_error.value(), 1.0, "MAE");
}
