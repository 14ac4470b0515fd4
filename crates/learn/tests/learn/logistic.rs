//! The logistic baseline, held against scikit-learn, and against what must be true of it.

use learn::{
    frame::{Column, ColumnSchema, Frame, Kind, LeftOut, MISSING_LEVEL, Schema, Value},
    logistic::{Logistic, LogisticError, PENALTIES},
};
use proptest::prelude::*;
use serde::Deserialize;

use crate::stream::{assert_near, reference, restored};

#[derive(Deserialize)]
struct Sklearn {
    a: Vec<Option<f64>>,
    b: Vec<f64>,
    c: Vec<f64>,
    k: Vec<Option<String>>,
    outcomes: Vec<u8>,
    fits: Vec<Fit>,
}

#[derive(Deserialize)]
struct Fit {
    penalty: f64,
    predictions: Vec<f64>,
    intercept: f64,
    log_loss: f64,
}

fn column(name: &str, kind: Kind, levels: &[&str]) -> ColumnSchema {
    let levels = levels.iter().map(|level| (*level).to_owned()).collect();
    ColumnSchema { name: name.to_owned(), kind, levels, left_out: None, writing: Default::default() }
}

fn category(cells: impl IntoIterator<Item = Option<usize>>, levels: &[&str]) -> Column {
    let codes = cells.into_iter().map(|cell| cell.map_or(MISSING_LEVEL, |code| code as u32)).collect();
    Column::Category { codes, levels: levels.iter().map(|level| (*level).to_owned()).collect() }
}

fn frame(columns: Vec<(ColumnSchema, Column)>) -> Frame {
    let (schemas, columns) = columns.into_iter().unzip();
    Frame::new(Schema { columns: schemas, ..Schema::default() }, columns).expect("columns of one length")
}

const LEVELS: [&str; 3] = ["x", "y", "z"];

fn sklearn() -> (Frame, Vec<bool>, Vec<Fit>) {
    let Sklearn { a, b, c, k, outcomes, fits } = reference("logistic_sklearn.json");
    let code = |level: &Option<String>| {
        level.as_ref().map(|level| LEVELS.iter().position(|known| known == level).expect("a level"))
    };
    let frame = frame(vec![
        (
            column("a", Kind::Number, &[]),
            Column::Number(a.into_iter().map(|cell| cell.unwrap_or(f64::NAN)).collect()),
        ),
        (column("b", Kind::Number, &[]), Column::Number(b)),
        (column("c", Kind::Boolean, &[]), Column::Number(c)),
        (column("k", Kind::Category, &LEVELS), category(k.iter().map(code), &LEVELS)),
    ]);
    (frame, outcomes.into_iter().map(|outcome| outcome == 1).collect(), fits)
}

#[test]
fn predictions_are_those_of_scikit_learn() {
    let (frame, outcomes, fits) = sklearn();
    assert_eq!(fits.len(), 3);
    for fit in fits {
        let model = Logistic::fit(&frame, &outcomes, fit.penalty).expect("a model");
        let predictions = model.predict_all(&frame).expect("the same columns");
        for (ours, theirs) in predictions.iter().zip(&fit.predictions) {
            assert_near(*ours, *theirs, 1e-8, "prediction");
        }
        let log_loss = learn::evaluate::log_loss(&predictions, &outcomes).expect("a loss");
        assert_near(log_loss, fit.log_loss, 1e-9, "log loss");
        // A row of means, without any level: the intercept.
        let margin = model.margin(&[Value::Missing, Value::Missing, Value::Missing, Value::Level(99)]);
        assert!((margin - fit.intercept).abs() < 10.0);
    }
}

#[test]
fn contributions_are_exact_and_centred_on_the_training_rows() {
    let (frame, outcomes, _) = sklearn();
    let model = Logistic::fit(&frame, &outcomes, 1.0).expect("a model");
    let mut row = Vec::new();
    let mut sums = vec![0.0; 4];
    for index in 0..frame.rows() {
        frame.row_into(index, &mut row);
        let contributions = model.contributions(&row);
        assert_near(model.base() + contributions.iter().sum::<f64>(), model.margin(&row), 1e-12, "sum");
        for (sum, contribution) in sums.iter_mut().zip(contributions) {
            *sum += contribution;
        }
    }
    for sum in sums {
        assert_near(sum, 0.0, 1e-10, "mean contribution");
    }
}

#[test]
fn a_cell_that_training_did_not_know_counts_as_missing() {
    let (frame, outcomes, _) = sklearn();
    let model = Logistic::fit(&frame, &outcomes, 1.0).expect("a model");
    let row = |a: Value, k: Value| [a, Value::Number(-997.0), Value::Number(1.0), k];
    let known = model.margin(&row(Value::Number(50.0), Value::Level(1)));
    let missing = model.margin(&row(Value::Missing, Value::Missing));
    assert_ne!(known, missing);
    for a in [Value::Number(f64::INFINITY), Value::Number(f64::NAN), Value::Level(0), Value::Missing] {
        assert_eq!(model.margin(&row(a, Value::Missing)), missing, "{a:?}");
    }
    assert!(model.margin(&[]).is_finite(), "a row without cells");
    let far = model.predict(&row(Value::Number(1e300), Value::Level(7)));
    assert!(far > 0.0 && far < 1.0);
}

#[test]
fn columns_that_teach_nothing_have_no_part() {
    let rows = 60;
    let outcomes: Vec<bool> = (0..rows).map(|n| n % 3 == 0).collect();
    let mut left_out = column("name", Kind::Category, &["a", "b"]);
    left_out.left_out = Some(LeftOut::Identifier);
    let frame = frame(vec![
        (column("constant", Kind::Number, &[]), Column::Number(vec![7.1; rows])),
        (column("nothing", Kind::Number, &[]), Column::Number(vec![f64::NAN; rows])),
        (left_out, category(outcomes.iter().map(|o| Some(usize::from(*o))), &["a", "b"])),
        (
            column("huge", Kind::Number, &[]),
            Column::Number((0..rows).map(|n| 1e308 * f64::from(u8::from(n % 3 == 0))).collect()),
        ),
    ]);
    let model = Logistic::fit(&frame, &outcomes, 1.0).expect("a model");
    let row = [Value::Number(1e9), Value::Number(5.0), Value::Level(1), Value::Number(1e308)];
    let contributions = model.contributions(&row);
    assert_eq!(contributions[..3], [0.0; 3]);
    assert!(contributions[3] > 1.0, "numbers of any size have a spread: {contributions:?}");
}

#[test]
fn the_penalty_is_the_one_that_does_best_on_rows_held_back() {
    let (frame, outcomes, _) = sklearn();
    let (learned, held): (Vec<usize>, Vec<usize>) = (0..frame.rows()).partition(|row| row % 2 == 0);
    let of = |rows: &[usize]| rows.iter().map(|row| outcomes[*row]).collect::<Vec<_>>();
    let (outcomes, held_outcomes) = (of(&learned), of(&held));
    let (learned, held) = (frame.take(&learned), frame.take(&held));
    let (model, trials) =
        Logistic::tune((&learned, &outcomes), (&held, &held_outcomes), &PENALTIES).expect("a model");
    assert_eq!(trials.len(), PENALTIES.len());
    let least = trials.iter().map(|trial| trial.log_loss).fold(f64::INFINITY, f64::min);
    let chosen = trials.iter().find(|trial| trial.penalty == model.penalty()).expect("one of them");
    assert_eq!(chosen.log_loss, least);
    let predictions = model.predict_all(&held).expect("the same columns");
    assert_near(
        learn::evaluate::log_loss(&predictions, &held_outcomes).expect("a loss"),
        least,
        1e-12,
        "loss",
    );
    let none = Logistic::tune((&learned, &outcomes), (&held, &held_outcomes), &[]);
    assert_eq!(none, Err(LogisticError::NoPenalties));
}

/// More features than rows, beyond the width up to which the whole matrix is kept.
#[test]
fn a_wide_table_finds_the_same_minimum() {
    let (rows, width) = (300, 500_usize);
    let names: Vec<String> = (0..width).map(|level| format!("level-{level:03}")).collect();
    let levels: Vec<&str> = names.iter().map(String::as_str).collect();
    let outcomes: Vec<bool> = (0..rows).map(|n| (n * 7) % 10 < 4).collect();
    let frame = frame(vec![
        (
            column("code", Kind::Category, &levels),
            category((0..rows).map(|n| Some((n * 37) % width)), &levels),
        ),
        (column("x", Kind::Number, &[]), Column::Number((0..rows).map(|n| ((n * 13) % 29) as f64).collect())),
    ]);
    let model = Logistic::fit(&frame, &outcomes, 2.0).expect("a model");
    let predictions = model.predict_all(&frame).expect("the same columns");
    // At the minimum predictions are right in the mean, since the intercept is free ...
    let mean = predictions.iter().sum::<f64>() / rows as f64;
    assert_near(mean, 0.4, 1e-9, "mean prediction");
    // ... and no level can gain: its errors equal the penalty on its coefficient.
    let contributions = |code: u32| model.contributions(&[Value::Level(code), Value::Missing])[0];
    let unknown = model.contributions(&[Value::Missing, Value::Missing])[0];
    for row in [0, 17, 211] {
        let code = ((row * 37) % width) as u32;
        let errors: f64 = (0..rows)
            .filter(|other| (other * 37) % width == code as usize)
            .map(|other| f64::from(u8::from(outcomes[other])) - predictions[other])
            .sum();
        assert_near(2.0 * (contributions(code) - unknown), errors, 1e-7, "gradient");
    }
}

#[test]
fn a_model_survives_being_stored() {
    let (frame, outcomes, _) = sklearn();
    let model = Logistic::fit(&frame, &outcomes, 1.0).expect("a model");
    let text = serde_json::to_string(&model).expect("text");
    assert_eq!(restored::<Logistic>(&text), model);
}

#[test]
fn what_cannot_be_learned_is_refused_with_the_reason() {
    let (frame, outcomes, _) = sklearn();
    let fit = |outcomes: &[bool], penalty| Logistic::fit(&frame, outcomes, penalty).expect_err("no model");
    assert_eq!(fit(&outcomes[1..], 1.0), LogisticError::Lengths { rows: 160, outcomes: 159 });
    assert_eq!(fit(&[true; 160], 1.0), LogisticError::OneClass { rows: 160 });
    for penalty in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(fit(&outcomes, penalty), LogisticError::Penalty { .. }));
    }
    let infinite =
        self::frame(vec![(column("x", Kind::Number, &[]), Column::Number(vec![1.0, f64::INFINITY]))]);
    let refused = Logistic::fit(&infinite, &[true, false], 1.0);
    assert_eq!(refused, Err(LogisticError::Infinite { column: "x".into(), row: 1 }));
    let model = Logistic::fit(&frame, &outcomes, 1.0).expect("a model");
    assert!(matches!(model.predict_all(&infinite), Err(LogisticError::OtherColumns { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_rows_and_the_unit_of_numbers_do_not_matter(
        cells in proptest::collection::vec((-50.0_f64..50.0, 0_usize..3, any::<bool>()), 20..60),
        unit in prop_oneof![Just(1e-6), Just(1e9), 0.1_f64..10.0], shift in -100.0_f64..100.0,
    ) {
        prop_assume!(cells.iter().any(|cell| cell.2) && cells.iter().any(|cell| !cell.2));
        let of = |cells: &[(f64, usize, bool)], unit: f64, shift: f64| {
            let frame = frame(vec![
                (column("x", Kind::Number, &[]), Column::Number(cells.iter().map(|c| unit * (c.0 + shift)).collect())),
                (column("k", Kind::Category, &LEVELS), category(cells.iter().map(|c| Some(c.1)), &LEVELS)),
            ]);
            let outcomes: Vec<bool> = cells.iter().map(|cell| cell.2).collect();
            Logistic::fit(&frame, &outcomes, 1.0).expect("a model").predict_all(&frame).expect("the same columns")
        };
        let straight = of(&cells, 1.0, 0.0);
        let mut turned = cells.clone();
        turned.reverse();
        let mut back = of(&turned, unit, shift);
        back.reverse();
        for (one, other) in straight.iter().zip(&back) {
            prop_assert!((one - other).abs() < 1e-7, "{one} {other}");
        }
    }
}
