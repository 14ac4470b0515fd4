//! From a table to a model that has been judged: the one call.
//!
//! The rows are split first, and the test part is looked at once, at the end. On the others, trees and a logistic
//! regression are tuned by rows that are held back; what share each has in the model, and whether its probabilities are
//! recalibrated, is decided on those held rows as well; then both are trained again on all rows but the test part.
//!
//! ```
//! use learn::frame::{Frame, Reading, Record};
//! use learn::study::{Question, study};
//!
//! let header = ["visits", "source", "won"].map(str::to_owned);
//! let records: Vec<Record> = (0..400_u64)
//!     .map(|n| {
//!         let won = n % 10 > 5 && n % 3 > 0;
//!         let source = if n % 3 > 0 { "web" } else { "fair" };
//!         let cells = vec![(n % 10).to_string(), source.to_owned(), if won { "yes" } else { "no" }.to_owned()];
//!         Record { number: n + 1, cells }
//!     })
//!     .collect();
//! let table = Frame::infer(&header, &records, &Reading::default())?.rows.frame;
//!
//! let studied = study(&table, &Question::about("won"))?;
//! assert_eq!(studied.test.rows, 80);
//! assert!(studied.test.auc > Some(0.95));
//!
//! let row = Frame::read_row(&studied.model.schema, [("visits", "9"), ("source", "web")]).unwrap();
//! assert!(studied.model.predict(&row) > 0.9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod figures;
mod fitting;
mod model;
mod outcome;
#[cfg(test)]
mod tests;

use kernel::Notice;
use serde::{Deserialize, Serialize};

pub use error::StudyError;
pub use figures::Figures;
pub use model::{Model, Ready};
use outcome::Outcomes;

use crate::{
    calibrate,
    frame::{Column, Frame, MISSING_LEVEL, Value},
    logistic::PenaltyTrial,
    split::{Parts, Shares},
    tune::{Effort, Trial},
};

/// Rows with an outcome that a study needs at least.
pub const ROWS_MIN: usize = 40;

/// Rows of either outcome that there must be to learn from.
pub const CLASS_ROWS_MIN: usize = 5;

/// How rows are kept apart to judge by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitBy {
    /// Any row anywhere.
    #[default]
    Chance,
    /// The latest rows by this column judge. The column itself is not learned from: the future always has other values.
    Time(String),
    /// Rows that share a value of this column stay on one side. The column itself is not learned from.
    Group(String),
}

/// What is asked of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The column whose outcome is to be predicted.
    pub target: String,
    /// The value of that column that counts as the outcome; needed unless the column says yes and no.
    pub positive: Option<String>,
    /// Columns that must not be learned from.
    pub dropped: Vec<String>,
    /// How the test rows are chosen.
    pub split: SplitBy,
    /// The share of the rows to judge by; above 0 and below 1.
    pub test_share: f64,
    /// Where chance begins.
    pub seed: u64,
    /// How much work is put into it.
    pub effort: Effort,
}

impl Question {
    /// What says yes in column `target`, judged on a fifth of the rows drawn with seed 42.
    pub fn about(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            positive: None,
            dropped: Vec::new(),
            split: SplitBy::Chance,
            test_share: 0.2,
            seed: 42,
            effort: Effort::default(),
        }
    }
}

/// A model, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The model, trained on all rows but the test part.
    pub model: Model,
    /// Rows it was trained on, by their place in the frame.
    pub trained_on: Vec<usize>,
    /// Rows it was judged on, by their place in the frame.
    pub judged_on: Vec<usize>,
    /// Its probabilities for the rows it was judged on.
    pub predictions: Vec<f64>,
    /// What became of the rows it was judged on.
    pub outcomes: Vec<bool>,
    /// The model on the test part.
    pub test: Figures,
    /// The logistic regression alone on the test part.
    pub baseline: Figures,
    /// The trees alone on the test part.
    pub trees: Figures,
    /// How parameters of trees did on held rows.
    pub trials: Vec<Trial>,
    /// How penalties of the logistic regression did on held rows.
    pub penalties: Vec<PenaltyTrial>,
    /// How ways to calibrate did on held rows.
    pub calibrations: Vec<calibrate::Trial>,
    /// What was left aside: columns that teach nothing, rows without an outcome or a time.
    pub notices: Vec<Notice>,
}

/// Trains and judges a model of the outcome that `question` asks for.
///
/// The same frame and question give the same study, bit by bit, on any number of threads.
///
/// # Errors
/// When a column that is asked for is not there, the outcome is not one of two, or there is too little to learn from.
pub fn study(frame: &Frame, question: &Question) -> Result<Study, StudyError> {
    for name in question.columns() {
        if frame.column(name).is_none() {
            return Err(StudyError::no_such_column(name, frame));
        }
    }
    if question.splits_by() == Some(question.target.as_str()) {
        return Err(StudyError::SplitByTarget { name: question.target.clone() });
    }
    if !(question.test_share > 0.0 && question.test_share < 1.0) {
        return Err(StudyError::TestShare { share: question.test_share });
    }
    let Outcomes { rows, outcomes, mut notices } = outcome::known(frame, question)?;
    let parts = parts(frame, &rows, question)?;
    let at = |part: &[usize]| part.iter().map(|at| rows[*at]).collect::<Vec<usize>>();
    let mut trained_on = at(&[&parts.training[..], &parts.validation[..]].concat());
    trained_on.sort_unstable();
    let judged_on = at(&parts.test);
    let features = features(frame, question, &trained_on, &mut notices)?;
    let fitted = fitting::fit(&features, &outcomes, &trained_on, &at(&parts.validation), question)?;

    let test = features.take(&judged_on);
    let truth: Vec<bool> = judged_on.iter().map(|row| outcomes[*row]).collect();
    let predictions = fitted.model.predict_all(&test);
    let of = |predictions: &[f64]| Figures::of(predictions, &truth);
    let of_rows = |predict: &dyn Fn(&[Value]) -> f64| of(&model::each_row(&test, predict));
    Ok(Study {
        test: of(&predictions),
        baseline: of_rows(&|row| fitted.model.logistic.predict(row)),
        trees: of_rows(&|row| fitted.model.forest.predict(row)),
        trained_on,
        judged_on,
        predictions,
        outcomes: truth,
        trials: fitted.trials,
        penalties: fitted.penalties,
        calibrations: fitted.calibrations,
        model: fitted.model,
        notices,
    })
}

impl Question {
    /// The columns that it names.
    fn columns(&self) -> impl Iterator<Item = &str> {
        let dropped = self.dropped.iter().map(String::as_str);
        std::iter::once(self.target.as_str()).chain(self.splits_by()).chain(dropped)
    }

    /// The column that says which rows judge.
    fn splits_by(&self) -> Option<&str> {
        match &self.split {
            SplitBy::Chance => None,
            SplitBy::Time(name) | SplitBy::Group(name) => Some(name),
        }
    }
}

/// Splits `rows`; the parts are places in `rows`.
fn parts(frame: &Frame, rows: &[usize], question: &Question) -> Result<Parts, StudyError> {
    // A quarter of what is learned from is held back to tune by, which makes 60/20/20 of the usual fifth.
    let test = question.test_share;
    let shares = Shares { validation: (1.0 - test) * 0.25, test };
    let parts = match &question.split {
        SplitBy::Chance => Parts::by_chance(rows.len(), shares, question.seed),
        SplitBy::Time(name) => match frame.column(name) {
            Some(Column::Number(times)) => {
                let times: Vec<f64> = rows.iter().map(|row| times[*row]).collect();
                Parts::by_time(&times, shares)
            }
            _ => return Err(StudyError::NoTime { name: name.clone() }),
        },
        SplitBy::Group(name) => {
            let groups: Vec<u32> = match frame.column(name) {
                // Rows without a group are one each.
                Some(Column::Category { codes, levels }) => {
                    let own = |row: usize| levels.len() as u32 + row as u32;
                    let group =
                        |row: &usize| if codes[*row] < levels.len() as u32 { codes[*row] } else { own(*row) };
                    rows.iter().map(group).collect()
                }
                Some(Column::Number(values)) => numbered(rows.iter().map(|row| values[*row])),
                None => return Err(StudyError::no_such_column(name, frame)),
            };
            Parts::by_group(&groups, shares, question.seed)
        }
    };
    Ok(parts?)
}

/// Equal values get equal numbers; missing ones a number each.
fn numbered(values: impl Iterator<Item = f64>) -> Vec<u32> {
    let mut seen = std::collections::BTreeMap::new();
    let mut next = 0;
    values
        .map(|value| {
            let mut new = || {
                next += 1;
                next - 1
            };
            if value.is_nan() { new() } else { *seen.entry((value + 0.0).to_bits()).or_insert_with(new) }
        })
        .collect()
}

/// The columns to learn from, with the levels that occur in the rows to learn from.
fn features(
    frame: &Frame,
    question: &Question,
    trained_on: &[usize],
    notices: &mut Vec<Notice>,
) -> Result<Frame, StudyError> {
    let named: Vec<&str> = question.columns().collect();
    let features = frame.select(|column| {
        if named.contains(&column.name.as_str()) {
            return false;
        }
        if let Some(reason) = column.left_out {
            let message = format!("is not learned from: it {}", reason.reason());
            notices.push(Notice { row: 0, field: column.name.clone(), value: String::new(), message });
        }
        column.left_out.is_none()
    });
    let says_something = |column: &Column| match column {
        Column::Number(values) => trained_on.iter().any(|row| !values[*row].is_nan()),
        Column::Category { codes, .. } => trained_on.iter().any(|row| codes[*row] != MISSING_LEVEL),
    };
    if !features.columns().iter().any(says_something) {
        return Err(StudyError::NothingToLearnFrom);
    }
    Ok(features.with_levels_of(trained_on))
}
