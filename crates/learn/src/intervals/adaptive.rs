use std::collections::VecDeque;

use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{IntervalError, Miscoverage, check_finite};

/// Intervals that learn from each outcome, for a world that moves: too many misses widen them, too few narrow them.
///
/// I. Gibbs and E. Candès, "Adaptive conformal inference under distribution shift", NeurIPS 2021. After `t`
/// outcomes, in whatever order and from whatever source, the share of misses differs from what was promised by at
/// most (1 + pace) / (pace t). That is a promise on the average over time, not on each interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adaptive {
    target: Miscoverage,
    pace: f64,
    /// The share that is aimed at now; leaves 0-1 where misses pile up or stay away.
    share: f64,
    errors: VecDeque<f64>,
    errors_max: usize,
    outcomes: u64,
    misses: u64,
}

impl Adaptive {
    /// Intervals that begin with the absolute errors `errors` (per unit of difficulty, where there is one) of
    /// calibration rows, oldest first, remember the last `errors_max` of them, and adapt at `pace` (0.005 is
    /// usual).
    ///
    /// # Errors
    /// When an error is not finite or negative, there are fewer than the promise needs (also `errors_max`), or the
    /// pace is not inside 0-1.
    pub fn new(
        errors: &[f64],
        errors_max: usize,
        target: Miscoverage,
        pace: f64,
    ) -> Result<Self, IntervalError> {
        check_finite("error", errors)?;
        if let Some(row) = errors.iter().position(|error| *error < 0.0) {
            return Err(IntervalError::TooSmall { row, value: errors[row] });
        }
        if !(pace > 0.0 && pace < 1.0) {
            return Err(IntervalError::Pace { pace });
        }
        let rows = errors.len().min(errors_max);
        if target.rank(rows) > rows {
            return Err(IntervalError::TooFew { rows, needed: target.rows_min() });
        }
        let errors = errors[errors.len() - rows..].iter().copied().collect();
        Ok(Self { target, pace, share: target.share(), errors, errors_max, outcomes: 0, misses: 0 })
    }

    /// The interval around `prediction` now, for a row of `difficulty` (1 where there is none).
    ///
    /// After a run of misses it can be everything (both ends infinite), after a run of hits nothing but the
    /// prediction, which then counts as a miss.
    ///
    /// # Errors
    /// When one of them is not finite, or the difficulty is not above 0.
    pub fn around(&self, prediction: f64, difficulty: f64) -> Result<Interval, IntervalError> {
        check_finite("prediction", &[prediction])?;
        let reach = self.reach().max(0.0) * check_difficulty(difficulty)?;
        Ok(Interval { lower: prediction - reach, upper: prediction + reach })
    }

    /// Learns the `outcome` of a row that had the interval of [`Adaptive::around`]; whether that interval held it.
    ///
    /// # Errors
    /// As [`Adaptive::around`], also for the outcome; nothing is learned then.
    pub fn learn(&mut self, prediction: f64, difficulty: f64, outcome: f64) -> Result<bool, IntervalError> {
        check_finite("outcome", &[outcome])?;
        check_finite("prediction", &[prediction])?;
        let error = ((outcome - prediction).abs() / check_difficulty(difficulty)?).min(f64::MAX);
        let held = error <= self.reach();
        let miss = if held { 0.0 } else { 1.0 };
        self.share += self.pace * (self.target.share() - miss);
        self.outcomes += 1;
        self.misses += u64::from(!held);
        self.errors.push_back(error);
        if self.errors.len() > self.errors_max {
            self.errors.pop_front();
        }
        Ok(held)
    }

    /// The share of misses among the outcomes learned; none without outcomes.
    pub fn missed(&self) -> Option<f64> {
        (self.outcomes > 0).then(|| self.misses as f64 / self.outcomes as f64)
    }

    /// Outcomes learned.
    pub fn outcomes(&self) -> u64 {
        self.outcomes
    }

    /// How far an interval reaches now, per unit of difficulty: infinite where no error is far enough, negative (an
    /// interval that holds nothing) where none is near enough.
    fn reach(&self) -> f64 {
        if self.share >= 1.0 {
            return -1.0;
        }
        let Ok(share) = Miscoverage::new(self.share) else { return f64::INFINITY };
        let mut errors: Vec<f64> = self.errors.iter().copied().collect();
        share.quantile(&mut errors).unwrap_or(f64::INFINITY)
    }
}

fn check_difficulty(difficulty: f64) -> Result<f64, IntervalError> {
    check_finite("difficulty", &[difficulty])?;
    if difficulty > 0.0 { Ok(difficulty) } else { Err(IntervalError::TooSmall { row: 0, value: difficulty }) }
}
