//! Calibration: turning the scores of a model into probabilities that happen as often as they say.
//!
//! Every method is a monotone map of a probability onto a probability, fitted on predictions that the model made for
//! rows it was not trained on. It never answers 0 or 1, so that a log loss stays finite.
//!
//! ```
//! use learn::calibrate::{self, Method};
//!
//! // A model that is far too sure of itself: it says 2 % and 98 %, what happens is 20 % and 80 %.
//! let predictions: Vec<f64> = (0..400).map(|i| if i % 2 == 0 { 0.02 } else { 0.98 }).collect();
//! let outcomes: Vec<bool> = (0..400).map(|i| (i % 2 == 1) != (i / 2 % 5 == 0)).collect();
//! let choice = calibrate::choose(&predictions, &outcomes)?;
//! assert_ne!(choice.calibration.method(), Method::Raw);
//! assert!((choice.calibration.apply(0.98) - 0.8).abs() < 0.01);
//! # Ok::<(), calibrate::CalibrateError>(())
//! ```

mod beta;
mod choose;
mod isotonic;
mod level;
mod platt;
mod shrink;

pub use beta::Beta;
pub use choose::{Choice, ISOTONIC_ROWS_MIN, ROWS_MIN, Trial, choose};
pub use isotonic::Isotonic;
pub use level::{LEVEL_STRENGTH, Level};
pub use platt::{Platt, Targets};
pub use shrink::{BetaBinomial, Rate, ShrinkError};

use serde::{Deserialize, Serialize};

use crate::odds::uncertain;

/// A fitted map from a model's probability to a calibrated one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// As the model says.
    Raw,
    /// The overall level moved, for few rows.
    Level(Level),
    /// A straight line through the log-odds.
    Platt(Platt),
    /// The three-parameter beta family.
    Beta(Beta),
    /// The best rising curve.
    Isotonic(Isotonic),
}

/// The kinds of [`Calibration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// As the model says.
    Raw,
    /// [`Level`].
    Level,
    /// [`Platt`].
    Platt,
    /// [`Beta`].
    Beta,
    /// [`Isotonic`].
    Isotonic,
}

impl Calibration {
    /// Fits `method` to `predictions` of which `outcomes` are known.
    ///
    /// Platt's method is fitted with smoothed targets ([`Targets::Smoothed`]), levels with [`LEVEL_STRENGTH`].
    ///
    /// # Errors
    /// When the slices do not belong together or are empty, when a prediction is no probability, and, for all but
    /// [`Method::Raw`] and [`Method::Level`], when all outcomes are alike.
    pub fn fit(method: Method, predictions: &[f64], outcomes: &[bool]) -> Result<Self, CalibrateError> {
        check(predictions, outcomes)?;
        Ok(match method {
            Method::Raw => Self::Raw,
            Method::Level => Self::Level(Level::fit(predictions, outcomes, LEVEL_STRENGTH)?),
            Method::Platt => Self::Platt(Platt::fit(predictions, outcomes, Targets::Smoothed)?),
            Method::Beta => Self::Beta(Beta::fit(predictions, outcomes)?),
            Method::Isotonic => Self::Isotonic(Isotonic::fit(predictions, outcomes)?),
        })
    }

    /// Which kind this is.
    pub fn method(&self) -> Method {
        match self {
            Self::Raw => Method::Raw,
            Self::Level(_) => Method::Level,
            Self::Platt(_) => Method::Platt,
            Self::Beta(_) => Method::Beta,
            Self::Isotonic(_) => Method::Isotonic,
        }
    }

    /// The calibrated probability for the model's `p`, inside 0 and 1 and never at them.
    ///
    /// A `p` beyond 0 or 1 counts as 0 or 1; `NaN` stays `NaN`.
    pub fn apply(&self, p: f64) -> f64 {
        let p = uncertain(p);
        if p.is_nan() {
            return p;
        }
        uncertain(match self {
            Self::Raw => p,
            Self::Level(level) => level.apply(p),
            Self::Platt(platt) => platt.apply(p),
            Self::Beta(beta) => beta.apply(p),
            Self::Isotonic(isotonic) => isotonic.apply(p),
        })
    }

    /// [`Calibration::apply`] to each of `predictions`.
    ///
    /// # Errors
    /// When one of them is no probability.
    pub fn apply_all(&self, predictions: &[f64]) -> Result<Vec<f64>, CalibrateError> {
        check_probabilities(predictions)?;
        Ok(predictions.iter().map(|&p| self.apply(p)).collect())
    }
}

/// Why predictions and outcomes cannot be calibrated.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CalibrateError {
    /// Not one outcome per prediction.
    #[error("{predictions} predictions and {outcomes} outcomes do not belong together")]
    Lengths {
        /// Predictions given.
        predictions: usize,
        /// Outcomes given.
        outcomes: usize,
    },
    /// No rows.
    #[error("without rows there is nothing to calibrate on")]
    Empty,
    /// A prediction outside of 0-1, or not a number.
    #[error("prediction {row} is {value}, which is no probability")]
    NotAProbability {
        /// Its place, from 0.
        row: usize,
        /// What it is.
        value: f64,
    },
    /// Every outcome is the same.
    #[error("all {rows} outcomes are alike, so that nothing tells high scores from low ones")]
    OneClass {
        /// The rows.
        rows: usize,
    },
    /// A strength that is not a finite number above 0.
    #[error("a prior that weighs {strength} rows is none: it must be a finite number above 0")]
    Strength {
        /// What was given.
        strength: f64,
    },
}

fn check_probabilities(predictions: &[f64]) -> Result<(), CalibrateError> {
    match predictions.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(row) => Err(CalibrateError::NotAProbability { row, value: predictions[row] }),
        None => Ok(()),
    }
}

fn check(predictions: &[f64], outcomes: &[bool]) -> Result<(), CalibrateError> {
    if predictions.len() != outcomes.len() {
        return Err(CalibrateError::Lengths { predictions: predictions.len(), outcomes: outcomes.len() });
    }
    if predictions.is_empty() {
        return Err(CalibrateError::Empty);
    }
    check_probabilities(predictions)
}

fn check_classes(predictions: &[f64], outcomes: &[bool]) -> Result<(), CalibrateError> {
    check(predictions, outcomes)?;
    let positives = outcomes.iter().filter(|positive| **positive).count();
    if positives == 0 || positives == outcomes.len() {
        return Err(CalibrateError::OneClass { rows: outcomes.len() });
    }
    Ok(())
}
