//! Logistic regression over a [`Frame`]: the baseline that stands beside every other model.
//!
//! Log-odds are a sum over columns: a number counts by its distance from the training mean in standard deviations
//! (and a missing one as the mean, plus what missing says by itself), a category by its level. Coefficients are
//! held small by an L2 penalty, the intercept is free. A sum explains itself: [`Logistic::contributions`] are
//! exact.
//!
//! Categories that are missing, and levels that training has not seen, are told apart: the first has a coefficient
//! of its own where training had missing cells, the second has none.

pub(crate) mod solve;

use serde::{Deserialize, Serialize};

use crate::{
    evaluate::log_loss_of,
    frame::{Column, Frame, Schema, Value},
    odds::probability,
};
use solve::{Design, Solution, minimise};

/// Penalties that [`Logistic::tune`] tries, weakest first: the inverse of scikit-learn's `C`.
pub const PENALTIES: [f64; 8] = [0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0];

/// A fitted logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    intercept: f64,
    penalty: f64,
    rows: usize,
    columns: usize,
    terms: Vec<Term>,
}

/// What one column says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    name: String,
    /// Its place in the schema.
    place: usize,
    effect: Effect,
    /// Log-odds that a missing cell adds.
    missing: f64,
    /// Log-odds that the column adds in the mean over the training rows.
    mean: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Effect {
    /// `slope` times the distance from `centre` in units of `scale`.
    Number { centre: f64, scale: f64, slope: f64 },
    /// One number per level.
    Category { levels: Vec<String>, effects: Vec<f64> },
}

/// Why there is no model, or no prediction.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LogisticError {
    /// Not one outcome per row.
    #[error("{rows} rows and {outcomes} outcomes do not belong together")]
    Lengths {
        /// Rows of the frame.
        rows: usize,
        /// Outcomes given.
        outcomes: usize,
    },
    /// All outcomes are alike.
    #[error("all {rows} outcomes are alike: there is nothing to learn")]
    OneClass {
        /// The rows.
        rows: usize,
    },
    /// An infinite number.
    #[error("column {column:?} is infinite in row {row}")]
    Infinite {
        /// The column.
        column: String,
        /// The row, from 0.
        row: usize,
    },
    /// A penalty that is not a finite number above 0.
    #[error("a penalty of {penalty} is none: it must be a finite number above 0")]
    Penalty {
        /// What was given.
        penalty: f64,
    },
    /// No penalties to choose from.
    #[error("no penalties to choose from")]
    NoPenalties,
    /// A frame whose columns are not those of training.
    #[error(
        "column {column:?} is not where, or not what, it was in training; read the rows with the model's schema"
    )]
    OtherColumns {
        /// The column.
        column: String,
    },
}

/// One penalty on trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PenaltyTrial {
    /// The penalty.
    pub penalty: f64,
    /// Mean log loss on the validation rows.
    pub log_loss: f64,
}

impl Logistic {
    /// The model of `outcomes` with the coefficients that minimise sum of log losses + `penalty` / 2 * sum of
    /// squares. Columns that the schema leaves out, and those without spread, have no part in it.
    ///
    /// # Errors
    /// When the outcomes do not belong to the rows or are all alike, a number is infinite, or the penalty is not a
    /// finite number above 0.
    pub fn fit(frame: &Frame, outcomes: &[bool], penalty: f64) -> Result<Self, LogisticError> {
        if frame.rows() != outcomes.len() {
            return Err(LogisticError::Lengths { rows: frame.rows(), outcomes: outcomes.len() });
        }
        if !penalty.is_finite() || penalty <= 0.0 {
            return Err(LogisticError::Penalty { penalty });
        }
        let positives = outcomes.iter().filter(|positive| **positive).count();
        if positives == 0 || positives == outcomes.len() {
            return Err(LogisticError::OneClass { rows: outcomes.len() });
        }
        let encoded = Encoding::of(frame)?;
        let targets: Vec<f64> = outcomes.iter().map(|positive| f64::from(u8::from(*positive))).collect();
        let solution = minimise(&encoded.design(frame), &targets, penalty);
        Ok(encoded.model(frame, solution, penalty))
    }

    /// The model with the one of `penalties` whose predictions for the validation rows have the least log loss, the
    /// stronger of two equals, and how all of them did.
    ///
    /// # Errors
    /// As [`Logistic::fit`] for either part, and when the columns of the two parts differ.
    pub fn tune(
        (frame, outcomes): (&Frame, &[bool]),
        (validation, validation_outcomes): (&Frame, &[bool]),
        penalties: &[f64],
    ) -> Result<(Self, Vec<PenaltyTrial>), LogisticError> {
        if validation.rows() != validation_outcomes.len() {
            let (rows, outcomes) = (validation.rows(), validation_outcomes.len());
            return Err(LogisticError::Lengths { rows, outcomes });
        }
        let mut best: Option<(Self, f64)> = None;
        let mut trials = Vec::with_capacity(penalties.len());
        for &penalty in penalties {
            let model = Self::fit(frame, outcomes, penalty)?;
            let predictions = model.predict_all(validation)?;
            let rows = predictions.len().max(1) as f64;
            let pairs = predictions.into_iter().zip(validation_outcomes);
            let log_loss = pairs.map(|(p, positive)| log_loss_of(p, *positive)).sum::<f64>() / rows;
            trials.push(PenaltyTrial { penalty, log_loss });
            if best.as_ref().is_none_or(|(other, least)| {
                log_loss < *least || (log_loss == *least && penalty > other.penalty)
            }) {
                best = Some((model, log_loss));
            }
        }
        let (model, _) = best.ok_or(LogisticError::NoPenalties)?;
        Ok((model, trials))
    }

    /// The log-odds for a row of cells in the order of the schema that the model was trained with. A cell that the
    /// row lacks, a level that training did not know and an infinite number count as missing.
    pub fn margin(&self, row: &[Value]) -> f64 {
        self.intercept + self.terms.iter().map(|term| term.of(row)).sum::<f64>()
    }

    /// The probability for a row, inside 0 and 1.
    pub fn predict(&self, row: &[Value]) -> f64 {
        probability(self.margin(row))
    }

    /// The probability for each row of `frame`.
    ///
    /// # Errors
    /// When its columns are not those of training.
    pub fn predict_all(&self, frame: &Frame) -> Result<Vec<f64>, LogisticError> {
        self.check(frame.schema())?;
        let mut row = Vec::with_capacity(frame.columns().len());
        let predict = |index| {
            frame.row_into(index, &mut row);
            self.predict(&row)
        };
        Ok((0..frame.rows()).map(predict).collect())
    }

    /// The mean log-odds over the training rows: where explanations begin.
    pub fn base(&self) -> f64 {
        self.intercept + self.terms.iter().map(|term| term.mean).sum::<f64>()
    }

    /// What each column of the schema adds to [`Logistic::base`] for this row, in log-odds; with it they sum to
    /// [`Logistic::margin`]. A column that has no part adds 0.
    pub fn contributions(&self, row: &[Value]) -> Vec<f64> {
        let mut contributions = vec![0.0; self.columns];
        for term in &self.terms {
            contributions[term.place] = term.of(row) - term.mean;
        }
        contributions
    }

    /// The penalty it was fitted with.
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Training rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn check(&self, schema: &Schema) -> Result<(), LogisticError> {
        if self.columns != schema.columns.len() {
            return Err(LogisticError::OtherColumns { column: "a column behind the last".to_owned() });
        }
        let other = |term: &&Term| {
            schema.columns.get(term.place).is_none_or(|column| {
                column.name != term.name
                    || matches!(&term.effect, Effect::Category { levels, .. } if *levels != column.levels)
            })
        };
        match self.terms.iter().find(other) {
            Some(term) => Err(LogisticError::OtherColumns { column: term.name.clone() }),
            None => Ok(()),
        }
    }
}

impl Term {
    fn of(&self, row: &[Value]) -> f64 {
        match (&self.effect, row.get(self.place)) {
            (Effect::Number { centre, scale, slope }, Some(Value::Number(value))) if value.is_finite() => {
                // Far outside of training a line means nothing any more; this keeps sums finite.
                slope * ((value / scale) - (centre / scale)).clamp(-1e6, 1e6)
            }
            (Effect::Category { effects, .. }, Some(Value::Level(code))) => {
                effects.get(*code as usize).copied().unwrap_or(0.0)
            }
            _ => self.missing,
        }
    }
}

/// How the cells of a frame become features.
struct Encoding {
    columns: Vec<Encoded>,
    width: usize,
}

struct Encoded {
    place: usize,
    /// Mean and standard deviation of a number.
    spread: Option<(f64, f64)>,
    /// The first feature: of the number itself, or of the first level.
    first: usize,
    /// The feature of a missing cell, if training has one.
    missing: Option<usize>,
}

impl Encoding {
    fn of(frame: &Frame) -> Result<Self, LogisticError> {
        let mut columns = Vec::new();
        let mut width = 0;
        for (place, (column, schema)) in frame.columns().iter().zip(&frame.schema().columns).enumerate() {
            if schema.left_out.is_some() {
                continue;
            }
            let rows = column.rows();
            let gaps = (0..rows).filter(|row| column.value(*row) == Value::Missing).count();
            let (spread, own) = match column {
                Column::Number(values) => {
                    if let Some(row) = values.iter().position(|value| value.is_infinite()) {
                        return Err(LogisticError::Infinite { column: schema.name.clone(), row });
                    }
                    let spread = spread(values);
                    (Some(spread), usize::from(spread.1 > 0.0))
                }
                Column::Category { levels, .. } => (None, levels.len()),
            };
            let first = width;
            width += own;
            let missing = (gaps > 0 && gaps < rows).then_some(width);
            width += usize::from(missing.is_some());
            columns.push(Encoded { place, spread, first, missing });
        }
        Ok(Self { columns, width })
    }

    fn design(&self, frame: &Frame) -> Design {
        let mut design = Design::new(self.width);
        for row in 0..frame.rows() {
            design.push(self.columns.iter().filter_map(|encoded| {
                match (encoded.spread, frame.columns()[encoded.place].value(row)) {
                    (Some((centre, scale)), Value::Number(value)) if scale > 0.0 => {
                        Some((encoded.first as u32, value / scale - centre / scale))
                    }
                    (None, Value::Level(code)) => Some((encoded.first as u32 + code, 1.0)),
                    (_, Value::Missing) => encoded.missing.map(|feature| (feature as u32, 1.0)),
                    _ => None,
                }
            }));
        }
        design
    }

    fn model(&self, frame: &Frame, solution: Solution, penalty: f64) -> Logistic {
        let of = |feature: usize| solution.coefficients.get(feature).copied().unwrap_or(0.0);
        let mut terms = Vec::with_capacity(self.columns.len());
        let mut row = Vec::new();
        for encoded in &self.columns {
            let schema = &frame.schema().columns[encoded.place];
            let effect = match encoded.spread {
                Some((centre, scale)) if scale > 0.0 => {
                    Effect::Number { centre, scale, slope: of(encoded.first) }
                }
                Some((centre, _)) => Effect::Number { centre, scale: 1.0, slope: 0.0 },
                None => {
                    let effects = (0..schema.levels.len()).map(|level| of(encoded.first + level)).collect();
                    Effect::Category { levels: schema.levels.clone(), effects }
                }
            };
            let missing = encoded.missing.map_or(0.0, of);
            terms.push(Term { name: schema.name.clone(), place: encoded.place, effect, missing, mean: 0.0 });
        }
        let rows = frame.rows();
        let mut sums = vec![0.0; terms.len()];
        for index in 0..rows {
            frame.row_into(index, &mut row);
            for (sum, term) in sums.iter_mut().zip(&terms) {
                *sum += term.of(&row);
            }
        }
        for (term, sum) in terms.iter_mut().zip(sums) {
            term.mean = sum / rows as f64;
        }
        Logistic { intercept: solution.intercept, penalty, rows, columns: frame.columns().len(), terms }
    }
}

/// Mean and standard deviation of the values that are there; (0, 0) when there are none.
fn spread(values: &[f64]) -> (f64, f64) {
    let there = || values.iter().copied().filter(|value| !value.is_nan());
    let count = there().count() as f64;
    // In units of the largest value, so that nothing overflows.
    let unit = there().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if count == 0.0 || unit == 0.0 {
        return (0.0, 0.0);
    }
    let mean = there().map(|value| value / unit).sum::<f64>() / count;
    let squares = there().map(|value| (value / unit - mean).powi(2)).sum::<f64>();
    let deviation = (squares / count).sqrt();
    // What rounding leaves of equal values is no spread.
    if deviation < 1e-13 { (mean * unit, 0.0) } else { (mean * unit, deviation * unit) }
}
