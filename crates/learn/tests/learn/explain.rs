//! Contributions are Shapley values, by definition and by their sum.

mod brute;
mod worlds;

use kernel::Factor;
use learn::{
    explain::{self, ExplainError, Explainer, Explanation, Reason, Said, Unit},
    frame::{ColumnSchema, Kind, Schema, Value},
    gbdt::{Forest, Node, Objective, Test, Tree},
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn contributions_are_the_shapley_values_of_the_definition(seed in any::<u64>(), columns in 1_usize..7, leaves in 1_usize..14) {
        let world = worlds::World::new(seed, columns, 3, leaves);
        let explainer = Explainer::new(&world.forest, columns).unwrap();
        for row in world.rows(6) {
            let expected = brute::shapley(&world.forest, &row, columns);
            let found = explainer.explain(&row);
            prop_assert!((explainer.expected() - brute::known(&world.forest, &row, 0)).abs() < 1e-10);
            for (found, expected) in found.contributions.iter().zip(&expected) {
                prop_assert!((found - expected).abs() < 1e-10, "{found} instead of {expected}");
            }
        }
    }

    #[test]
    fn contributions_sum_to_the_prediction(seed in any::<u64>(), columns in 1_usize..40, leaves in 1_usize..64) {
        let world = worlds::World::new(seed, columns, 30, leaves);
        let explainer = Explainer::new(&world.forest, columns).unwrap();
        for row in world.rows(10) {
            let found = explainer.explain(&row);
            let raw = world.forest.raw(&row);
            prop_assert!((found.prediction - raw).abs() < 1e-9, "{} instead of {raw}", found.prediction);
            let chances = found.on_scale(|margin| Objective::Binary.prediction(margin));
            let sum: f64 = chances.contributions.iter().sum();
            prop_assert!((chances.base + sum - world.forest.predict(&row)).abs() < 1e-9);
            prop_assert!((chances.prediction - chances.base - sum).abs() < 1e-14);
        }
    }

    /// Columns that no tree asks add nothing; columns that are asked alike, and answer alike, add the same.
    #[test]
    fn nothing_is_given_to_columns_that_are_not_asked(seed in any::<u64>()) {
        let world = worlds::World::new(seed, 4, 10, 20);
        let explainer = Explainer::new(&world.forest, 9).unwrap();
        for row in world.rows(5) {
            let found = explainer.explain(&row);
            prop_assert_eq!(&found.contributions[4..], &[0.0; 5][..]);
        }
    }
}

#[test]
fn a_path_that_asks_thirty_columns_is_explained_exactly() {
    // A chain: column i is asked at depth i, and only the last leaf is worth anything.
    let mut nodes = Vec::new();
    for column in 0..30_u32 {
        let at = nodes.len() as u32;
        let cover = 2.0_f64.powi(30 - column as i32);
        let (test, missing_left) = (Test::Threshold(0.5), true);
        nodes.push(Node::Split { feature: column, test, missing_left, left: at + 1, right: at + 2, cover });
        nodes.push(Node::Leaf { value: 0.0, cover: cover / 2.0 });
    }
    nodes.push(Node::Leaf { value: 1.0, cover: 1.0 });
    let forest = Forest { objective: Objective::Squared, base: 0.0, trees: vec![Tree { nodes }] };
    let explainer = Explainer::new(&forest, 30).unwrap();
    assert!((explainer.expected() - 0.5_f64.powi(30)).abs() < 1e-20);
    let all = explainer.explain(&[Value::Number(1.0); 30]);
    // Thirty columns that play the same part share what they win together.
    let each = (1.0 - 0.5_f64.powi(30)) / 30.0;
    for part in &all.contributions {
        assert!((part - each).abs() < 1e-14, "{part} instead of {each}");
    }
}

#[test]
fn branches_that_no_training_row_took_are_explained_too() {
    let leaf = |value, cover| Node::Leaf { value, cover };
    let split = |feature, left, right, cover| {
        let (test, missing_left) = (Test::Threshold(0.0), false);
        Node::Split { feature, test, missing_left, left, right, cover }
    };
    let nodes =
        vec![split(0, 1, 2, 10.0), leaf(1.0, 10.0), split(1, 3, 4, 0.0), leaf(2.0, 0.0), leaf(5.0, 0.0)];
    let forest = Forest { objective: Objective::Squared, base: 0.5, trees: vec![Tree { nodes }] };
    let explainer = Explainer::new(&forest, 2).unwrap();
    for row in [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0]].map(|row| row.map(Value::Number)) {
        let found = explainer.explain(&row);
        assert!((found.prediction - forest.raw(&row)).abs() < 1e-9);
        assert!(found.contributions.iter().all(|part| part.is_finite()));
    }
}

#[test]
fn a_malformed_forest_is_refused_with_the_place() {
    let leaf = |value| Node::Leaf { value, cover: 1.0 };
    let split = |feature, left, right| {
        let (test, missing_left) = (Test::Threshold(0.0), false);
        Node::Split { feature, test, missing_left, left, right, cover: 2.0 }
    };
    let refusal = |nodes| {
        let forest = Forest { objective: Objective::Squared, base: 0.0, trees: vec![Tree { nodes }] };
        Explainer::new(&forest, 2).unwrap_err()
    };
    assert_eq!(refusal(vec![]), ExplainError::Malformed { tree: 0, node: 0 });
    assert_eq!(refusal(vec![split(0, 0, 1), leaf(1.0)]), ExplainError::Malformed { tree: 0, node: 0 });
    assert_eq!(refusal(vec![split(0, 1, 9), leaf(1.0)]), ExplainError::Malformed { tree: 0, node: 0 });
    assert_eq!(refusal(vec![split(0, 1, 1), leaf(1.0)]), ExplainError::Malformed { tree: 0, node: 0 });
    assert_eq!(refusal(vec![leaf(1.0), leaf(1.0)]), ExplainError::Malformed { tree: 0, node: 1 });
    let strange = refusal(vec![split(7, 1, 2), leaf(1.0), leaf(1.0)]);
    assert_eq!(strange, ExplainError::Column { tree: 0, column: 7, columns: 2 });
    assert_eq!(refusal(vec![leaf(f64::NAN)]), ExplainError::NotFinite { tree: 0, node: 0 });
}

fn schema() -> Schema {
    let column = |name: &str, kind, levels: &[&str]| ColumnSchema {
        name: name.to_owned(),
        kind,
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        left_out: None,
        writing: Default::default(),
    };
    let source = column("Source", Kind::Category, &["web", "referral"]);
    Schema {
        columns: vec![
            column("Visits", Kind::Number, &[]),
            source,
            column("Asked to call", Kind::Boolean, &[]),
            column("First seen", Kind::Date, &[]),
        ],
        ..Schema::default()
    }
}

#[test]
fn reasons_read_as_sentences() {
    let schema = schema();
    let told = |at: usize, value, contribution, unit| {
        explain::in_words(&schema.columns[at], value, contribution, unit).to_string()
    };
    let chance = Unit::Chance;
    assert_eq!(told(0, Value::Number(12.0), 0.031, chance), "Visits is 12: raises the chance by 3.1 points");
    assert_eq!(
        told(0, Value::Missing, -0.012, chance),
        "Visits is not known: lowers the chance by 1.2 points"
    );
    assert_eq!(told(0, Value::Number(f64::NAN), -0.012, chance), told(0, Value::Missing, -0.012, chance));
    assert_eq!(
        told(1, Value::Level(1), 0.2, chance),
        "Source is \"referral\": raises the chance by 20.0 points"
    );
    assert_eq!(told(1, Value::Level(7), 0.2, chance), told(1, Value::Missing, 0.2, chance));
    assert_eq!(
        told(2, Value::Number(1.0), 0.000_1, chance),
        "Asked to call is yes: makes hardly any difference"
    );
    assert_eq!(
        told(3, Value::Number(20_000.5), -31_250.0, Unit::Amount),
        "First seen is 2024-10-04: lowers the estimate by 31,250"
    );
    assert_eq!(
        told(0, Value::Number(1234.56), 0.25, Unit::Amount),
        "Visits is 1,235: raises the estimate by 0.25"
    );
    assert_eq!(told(0, Value::Number(-0.5), 1.0, Unit::Amount), "Visits is -0.5: raises the estimate by 1");
}

#[test]
fn reasons_and_factors_come_largest_first_and_factors_keep_their_promise() {
    let explanation = Explanation { base: 0.3, prediction: 0.45, contributions: vec![0.05, -0.1, 0.0, 0.2] };
    let row = [Value::Number(3.0), Value::Level(0), Value::Missing, Value::Number(0.0)];
    let reasons = explain::reasons(&schema(), &row, &explanation, Unit::Chance);
    let columns: Vec<&str> = reasons.iter().map(|reason| reason.column.as_str()).collect();
    assert_eq!(columns, ["First seen", "Source", "Visits"]);
    assert_eq!(
        reasons[1],
        Reason {
            column: "Source".to_owned(),
            said: Said::Level("web".to_owned()),
            contribution: -0.1,
            unit: Unit::Chance
        }
    );
    let factors: Vec<Factor> = explain::factors(&schema(), &explanation);
    let sum: f64 = factors.iter().map(|factor| factor.contribution).sum();
    assert!((sum - 0.15).abs() < 1e-15);
    assert!((factors.iter().map(|factor| factor.weight).sum::<f64>() - 1.0).abs() < 1e-15);
    for factor in &factors {
        assert!((factor.value * factor.weight - factor.contribution).abs() < 1e-15);
    }
}

#[test]
fn contributions_that_cancel_are_told_at_the_slope_of_the_scale() {
    let explanation = Explanation { base: 0.0, prediction: 0.0, contributions: vec![2.0, -2.0] };
    let chances = explanation.on_scale(|margin| Objective::Binary.prediction(margin));
    assert_eq!(chances.base, 0.5);
    assert!((chances.contributions[0] - 0.5).abs() < 1e-6 && (chances.contributions[1] + 0.5).abs() < 1e-6);
    let flat = explanation.on_scale(|_| 0.3);
    assert_eq!(flat.contributions.iter().map(|part| part.abs()).sum::<f64>(), 0.0);
}
