use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{IntervalError, Miscoverage, check_finite, check_lengths};

/// Two quantile models put right: what they say is widened, or narrowed, until it keeps the promise.
///
/// Y. Romano, E. Patterson and E. Candès, "Conformalized quantile regression", NeurIPS 2019.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    miscoverage: Miscoverage,
    widened: f64,
    rows: usize,
}

impl Quantiles {
    /// How much the ranges from `lowers` to `uppers` must be widened for the `outcomes`. Where two quantiles cross,
    /// they change places.
    ///
    /// # Errors
    /// When the slices do not belong together, hold numbers that are not finite, or are too short for the promise.
    pub fn fit(
        lowers: &[f64],
        uppers: &[f64],
        outcomes: &[f64],
        miscoverage: Miscoverage,
    ) -> Result<Self, IntervalError> {
        check_lengths(lowers.len(), "upper quantiles", uppers.len())?;
        check_lengths(lowers.len(), "outcomes", outcomes.len())?;
        check_finite("lower quantile", lowers)?;
        check_finite("upper quantile", uppers)?;
        check_finite("outcome", outcomes)?;
        let triples = lowers.iter().zip(uppers).zip(outcomes);
        let mut errors: Vec<f64> =
            triples.map(|((a, b), y)| (a.min(*b) - y).max(y - a.max(*b)).clamp(f64::MIN, f64::MAX)).collect();
        Ok(Self { miscoverage, widened: miscoverage.quantile(&mut errors)?, rows: lowers.len() })
    }

    /// The interval for a row for which the models say `lower` and `upper`. Narrowed to nothing, it is their middle.
    ///
    /// # Errors
    /// When one of them is not finite.
    pub fn around(&self, lower: f64, upper: f64) -> Result<Interval, IntervalError> {
        check_finite("quantile", &[lower, upper])?;
        let (low, high) = (lower.min(upper), lower.max(upper));
        let (lower, upper) = ((low - self.widened).max(f64::MIN), (high + self.widened).min(f64::MAX));
        Ok(if lower <= upper { Interval { lower, upper } } else { Interval::point(0.5 * low + 0.5 * high) })
    }

    /// What is added on either side; negative where the models were too careful.
    pub fn widened(&self) -> f64 {
        self.widened
    }

    /// The share of outcomes that may lie outside.
    pub fn miscoverage(&self) -> Miscoverage {
        self.miscoverage
    }

    /// Calibration rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
}
