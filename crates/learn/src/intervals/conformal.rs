use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{IntervalError, Miscoverage, check_finite, check_lengths};

/// Difficulties below this share of the mean difficulty count as this share: a row that a model calls free of any
/// doubt still gets an interval.
pub const DIFFICULTY_MIN: f64 = 1e-3;

/// Intervals around a prediction, of one width or of a width that follows each row's difficulty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conformal {
    miscoverage: Miscoverage,
    /// Error per unit of difficulty that all but the share stay below.
    reach: f64,
    /// What difficulties count as at least; none where all rows count alike.
    difficulty_min: Option<f64>,
    rows: usize,
}

impl Conformal {
    /// Intervals of one width, from `predictions` whose `outcomes` are known.
    ///
    /// # Errors
    /// When the slices do not belong together, hold numbers that are not finite, or are too short for the promise.
    pub fn constant(
        predictions: &[f64],
        outcomes: &[f64],
        miscoverage: Miscoverage,
    ) -> Result<Self, IntervalError> {
        let ones = vec![1.0; predictions.len()];
        let alike = Self::normalised(predictions, outcomes, &ones, miscoverage)?;
        Ok(Self { difficulty_min: None, ..alike })
    }

    /// Intervals that are wide where `difficulties` are high: what a second model says of the size of the error.
    ///
    /// # Errors
    /// As [`Conformal::constant`], and when a difficulty is negative.
    pub fn normalised(
        predictions: &[f64],
        outcomes: &[f64],
        difficulties: &[f64],
        miscoverage: Miscoverage,
    ) -> Result<Self, IntervalError> {
        check_lengths(predictions.len(), "outcomes", outcomes.len())?;
        check_lengths(predictions.len(), "difficulties", difficulties.len())?;
        check_finite("prediction", predictions)?;
        check_finite("outcome", outcomes)?;
        check_difficulties(difficulties)?;
        let rows = predictions.len();
        let largest = difficulties.iter().copied().fold(0.0, f64::max);
        // The mean, computed without overflow; where all are 0, all rows are equally hard.
        let mean = difficulties.iter().map(|d| d / rows as f64).sum::<f64>().min(largest);
        let difficulty_min = if mean > 0.0 { DIFFICULTY_MIN * mean } else { 1.0 };
        let triples = predictions.iter().zip(outcomes).zip(difficulties);
        let mut errors: Vec<f64> =
            triples.map(|((p, y), d)| ((y - p).abs() / d.max(difficulty_min)).min(f64::MAX)).collect();
        let reach = miscoverage.quantile(&mut errors)?;
        Ok(Self { miscoverage, reach, difficulty_min: Some(difficulty_min), rows })
    }

    /// The interval around `prediction` for a row of `difficulty` (which intervals of one width leave aside).
    ///
    /// # Errors
    /// When one of them is not finite or the difficulty is negative.
    pub fn around(&self, prediction: f64, difficulty: f64) -> Result<Interval, IntervalError> {
        check_finite("prediction", &[prediction])?;
        check_difficulties(&[difficulty])?;
        let units = self.difficulty_min.map_or(1.0, |least| difficulty.max(least));
        let reach = (self.reach * units).min(f64::MAX);
        Ok(Interval { lower: (prediction - reach).max(f64::MIN), upper: (prediction + reach).min(f64::MAX) })
    }

    /// The share of outcomes that may lie outside.
    pub fn miscoverage(&self) -> Miscoverage {
        self.miscoverage
    }

    /// How far an interval reaches on either side, per unit of difficulty.
    pub fn reach(&self) -> f64 {
        self.reach
    }

    /// Calibration rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

fn check_difficulties(difficulties: &[f64]) -> Result<(), IntervalError> {
    check_finite("difficulty", difficulties)?;
    match difficulties.iter().position(|d| *d < 0.0) {
        Some(row) => Err(IntervalError::TooSmall { row, value: difficulties[row] }),
        None => Ok(()),
    }
}
