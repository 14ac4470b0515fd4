//! Intervals that hold the outcome as often as they say, whatever the model and however the outcomes are spread.
//!
//! Split conformal prediction: on rows that the model was not trained on, see how far off it was; an interval
//! reaches as far as all but a share `miscoverage` of those errors. For rows that are exchangeable with the
//! calibration rows this holds the outcome with probability at least 1 - `miscoverage`, without any assumption on
//! the model (V. Vovk, A. Gammerman and G. Shafer, "Algorithmic learning in a random world", 2005; J. Lei et al.,
//! JASA 113, 2018).
//!
//! ```
//! use learn::intervals::{Conformal, Miscoverage};
//!
//! let predictions = [10.0; 19];
//! let outcomes: Vec<f64> = (1..=19).map(|i| 10.0 + f64::from(i)).collect();
//! let ten_percent = Miscoverage::new(0.1)?;
//! let conformal = Conformal::constant(&predictions, &outcomes, ten_percent)?;
//! // 90 % of 20 is 18: the 18th smallest of the 19 errors.
//! assert_eq!(conformal.around(100.0, 1.0)?, kernel::Interval { lower: 82.0, upper: 118.0 });
//! # Ok::<(), learn::intervals::IntervalError>(())
//! ```
//!
//! Which one? [`Conformal::normalised`] where a second model says how uncertain each row is: narrowest at the same
//! coverage on King County house prices. [`Quantiles`] where quantile models exist, which are never to be shown
//! without it (raw ones covered 80 % there where they said 90 %). [`Mondrian`] where the promise must hold in each
//! group. [`Adaptive`] where the world moves.

mod adaptive;
mod conformal;
mod mondrian;
mod quantiles;

pub use adaptive::Adaptive;
pub use conformal::{Conformal, DIFFICULTY_MIN};
pub use mondrian::{Mondrian, Reach};
pub use quantiles::Quantiles;

use serde::{Deserialize, Serialize};

/// The share of outcomes that may lie outside of their intervals: 0.1 for 90 % intervals.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Miscoverage(f64);

impl Miscoverage {
    /// The share `share`.
    ///
    /// # Errors
    /// When it is below a millionth (which would take a million calibration rows) or not below 1.
    pub fn new(share: f64) -> Result<Self, IntervalError> {
        if (1e-6..1.0).contains(&share) { Ok(Self(share)) } else { Err(IntervalError::Miscoverage { share }) }
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }

    /// The calibration rows without which no finite interval can keep this promise: 9 for 0.1, 19 for 0.05.
    pub fn rows_min(self) -> usize {
        let at_least = (1.0 / self.0).ceil() as usize;
        (at_least.saturating_sub(2).max(1)..).find(|rows| self.rank(*rows) <= *rows).unwrap_or(usize::MAX)
    }

    /// ceil((rows + 1) (1 - share)): which of the ascending errors an interval must reach.
    fn rank(self, rows: usize) -> usize {
        // (1 - 0.1) * 10 must be 9 and not a little more.
        let exact = (rows as f64 + 1.0) * (1.0 - self.0);
        (exact - 1e-9 * exact.max(1.0)).ceil().max(1.0) as usize
    }

    /// The finite-sample quantile of `errors`, which are finite.
    fn quantile(self, errors: &mut [f64]) -> Result<f64, IntervalError> {
        let rank = self.rank(errors.len());
        if rank > errors.len() {
            return Err(IntervalError::TooFew { rows: errors.len(), needed: self.rows_min() });
        }
        Ok(*errors.select_nth_unstable_by(rank - 1, f64::total_cmp).1)
    }
}

impl TryFrom<f64> for Miscoverage {
    type Error = IntervalError;

    fn try_from(share: f64) -> Result<Self, Self::Error> {
        Self::new(share)
    }
}

impl From<Miscoverage> for f64 {
    fn from(miscoverage: Miscoverage) -> Self {
        miscoverage.0
    }
}

/// Why there is no interval.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IntervalError {
    /// A share that is none.
    #[error("a miscoverage of {share} is none: it must lie between a millionth and 1")]
    Miscoverage {
        /// What was given.
        share: f64,
    },
    /// Too few calibration rows for the promise.
    #[error("{rows} calibration rows are too few for this promise: it takes {needed}")]
    TooFew {
        /// Rows given.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// Slices of different lengths.
    #[error("{predictions} predictions do not belong to {others} {what}")]
    Lengths {
        /// Predictions given.
        predictions: usize,
        /// What else was given.
        what: &'static str,
        /// How many of them.
        others: usize,
    },
    /// A number that is infinite or none.
    #[error("{what} {row} is {value}, which is no finite number")]
    NotFinite {
        /// Predictions, outcomes or difficulties.
        what: &'static str,
        /// Its place, from 0.
        row: usize,
        /// What it is.
        value: f64,
    },
    /// A difficulty or error below 0, or a difficulty of 0 where it must be above.
    #[error("difficulty or error {row} is {value}, which is too small for one")]
    TooSmall {
        /// Its place, from 0.
        row: usize,
        /// What it is.
        value: f64,
    },
    /// A group with too few rows of its own, and no pooled reach to fall back on.
    #[error("group {group:?} had too few calibration rows, and neither had all groups together")]
    UnknownGroup {
        /// The group.
        group: String,
    },
    /// A pace at which nothing adapts, or everything jumps.
    #[error("a pace of {pace} is none: it must lie strictly between 0 and 1")]
    Pace {
        /// What was given.
        pace: f64,
    },
}

fn check_finite(what: &'static str, values: &[f64]) -> Result<(), IntervalError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(IntervalError::NotFinite { what, row, value: values[row] }),
        None => Ok(()),
    }
}

fn check_lengths(predictions: usize, what: &'static str, others: usize) -> Result<(), IntervalError> {
    if predictions == others { Ok(()) } else { Err(IntervalError::Lengths { predictions, what, others }) }
}
