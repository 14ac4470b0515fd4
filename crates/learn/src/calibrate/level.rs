use serde::{Deserialize, Serialize};

use super::{CalibrateError, check};
use crate::odds::{logit, probability, uncertain};

/// How many rows the model's own mean weighs against what was seen, when a [`Level`] is fitted by
/// [`Calibration::fit`](super::Calibration::fit). A convention: with 30 rows seen, both count the same.
pub const LEVEL_STRENGTH: f64 = 30.0;

/// Calibration for few rows: the order and the spread of the model stay, its level moves.
///
/// The base rate is believed to be the mean prediction, as firmly as `strength` rows of it would make one believe
/// (a beta prior); the outcomes update that belief (beta-binomial), and all log-odds are shifted by one number so
/// that the mean calibrated prediction is the belief's mean. Without rows of evidence nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    shift: f64,
}

impl Level {
    /// The shift for `predictions` of which `outcomes` are known, the model's mean weighing `strength` rows.
    ///
    /// # Errors
    /// When the slices do not belong together or are empty, a prediction is no probability, or `strength` is not a
    /// finite number above 0.
    pub fn fit(predictions: &[f64], outcomes: &[bool], strength: f64) -> Result<Self, CalibrateError> {
        check(predictions, outcomes)?;
        if !strength.is_finite() || strength <= 0.0 {
            return Err(CalibrateError::Strength { strength });
        }
        let rows = predictions.len() as f64;
        let mean = predictions.iter().sum::<f64>() / rows;
        let positives = outcomes.iter().filter(|positive| **positive).count() as f64;
        let belief = uncertain((strength * mean + positives) / (strength + rows));
        let margins: Vec<f64> = predictions.iter().map(|p| logit(*p)).collect();
        let mean_at = |shift: f64| margins.iter().map(|m| probability(m + shift)).sum::<f64>() / rows;
        // Log-odds lie within 36.05 of 0, so that this shift brings every mean to every belief.
        let (mut lower, mut upper) = (-73.0, 73.0);
        while upper - lower > 1e-12 {
            let middle = 0.5 * (lower + upper);
            if mean_at(middle) < belief {
                lower = middle;
            } else {
                upper = middle;
            }
        }
        Ok(Self { shift: 0.5 * (lower + upper) })
    }

    /// The shift for what comes after the rows of `predictions`, as far as it is more than chance: none up to two
    /// standard errors, and else that of [`Level::fit`] with [`LEVEL_STRENGTH`], drawn to 0 by as much as chance adds to
    /// its square (times 1 - 1 / z^2 at z standard errors, after James and Stein). Where nothing moves, hardly anything is
    /// lost by it.
    ///
    /// # Errors
    /// As [`Level::fit`].
    pub fn beyond_chance(predictions: &[f64], outcomes: &[bool]) -> Result<Self, CalibrateError> {
        let Self { shift } = Self::fit(predictions, outcomes, LEVEL_STRENGTH)?;
        let information: f64 = predictions.iter().map(|p| p * (1.0 - p)).sum();
        // The square of how many standard errors it is.
        let errors = shift * shift * information;
        Ok(Self { shift: if errors > 4.0 { shift * (1.0 - 1.0 / errors) } else { 0.0 } })
    }

    /// What is added to the log-odds.
    pub fn shift(&self) -> f64 {
        self.shift
    }

    pub(super) fn apply(&self, p: f64) -> f64 {
        probability(logit(p) + self.shift)
    }
}
