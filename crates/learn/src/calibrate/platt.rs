use serde::{Deserialize, Serialize};

use super::{CalibrateError, check_classes};
use crate::{
    logistic::solve::{Design, minimise},
    odds::{logit, probability},
};

/// Platt's method: calibrated log-odds = `slope` * log-odds + `intercept`.
///
/// J. Platt, "Probabilistic outputs for support vector machines", 1999, on log-odds instead of margins, so that
/// slope 1 and intercept 0 leave a probability as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    slope: f64,
    intercept: f64,
}

/// What the line is fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// 0 and 1: plain maximum likelihood.
    Plain,
    /// Platt's (n+ + 1) / (n+ + 2) and 1 / (n- + 2), which keep few or separable rows from certainty.
    Smoothed,
}

impl Platt {
    /// The line that fits best. Where the best slope would be negative (a score that says the opposite) it is 0: the
    /// base rate for everybody, so that the map never turns an order around.
    ///
    /// # Errors
    /// When the slices do not belong together, a prediction is no probability, or all outcomes are alike.
    pub fn fit(predictions: &[f64], outcomes: &[bool], targets: Targets) -> Result<Self, CalibrateError> {
        check_classes(predictions, outcomes)?;
        let positives = outcomes.iter().filter(|positive| **positive).count() as f64;
        let negatives = outcomes.len() as f64 - positives;
        let (high, low) = match targets {
            Targets::Plain => (1.0, 0.0),
            Targets::Smoothed => ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0)),
        };
        let targets: Vec<f64> = outcomes.iter().map(|positive| if *positive { high } else { low }).collect();
        let design = Design::dense(predictions.iter().map(|p| [logit(*p)]));
        let line = minimise(&design, &targets, RIDGE);
        let slope = line.coefficients[0];
        if slope > 0.0 {
            return Ok(Self { slope, intercept: line.intercept });
        }
        let base = targets.iter().sum::<f64>() / targets.len() as f64;
        Ok(Self { slope: 0.0, intercept: logit(base) })
    }

    /// What log-odds are multiplied with; at least 0, below 1 where the model was too sure of itself.
    pub fn slope(&self) -> f64 {
        self.slope
    }

    /// What is added to the log-odds.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    pub(super) fn apply(&self, p: f64) -> f64 {
        probability(self.slope * logit(p) + self.intercept)
    }
}

/// So small a penalty that it moves no digit that counts, and yet separable rows have a solution.
pub(super) const RIDGE: f64 = 1e-11;
