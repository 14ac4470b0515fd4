//! Proper scores: what a predicted chance costs once the outcome is known.

use serde::{Deserialize, Serialize};

use super::{judged::Judged, reliability::Bin};

/// Mean log loss in nats; lower is better. Chances are kept 2.2e-16 away from 0 and 1, as scikit-learn does.
///
/// None without rows, when the lengths differ or a prediction is not a chance.
pub fn log_loss(predictions: &[f64], outcomes: &[bool]) -> Option<f64> {
    Judged::new(predictions, outcomes).ok()?.log_loss()
}

/// Brier score: the mean squared distance between chance and outcome, from 0 (best) to 1.
///
/// None without rows, when the lengths differ or a prediction is not a chance.
pub fn brier(predictions: &[f64], outcomes: &[bool]) -> Option<f64> {
    Judged::new(predictions, outcomes).ok()?.brier()
}

/// What one prediction costs in log loss, in nats.
pub fn log_loss_of(chance: f64, outcome: bool) -> f64 {
    let chance = chance.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if outcome { -libm::log(chance) } else { -libm::log1p(-chance) }
}

impl Judged {
    /// Mean log loss, see [`log_loss`].
    pub fn log_loss(&self) -> Option<f64> {
        let sum: f64 = self.pairs().map(|(chance, outcome)| log_loss_of(chance, outcome)).sum();
        (!self.is_empty()).then(|| sum / self.len() as f64)
    }

    /// Brier score, see [`brier`].
    pub fn brier(&self) -> Option<f64> {
        let sum: f64 = self.pairs().map(|(chance, outcome)| squared(chance, outcome)).sum();
        (!self.is_empty()).then(|| sum / self.len() as f64)
    }

    /// Log losses by the caller's rows.
    pub(super) fn log_losses(&self) -> Vec<f64> {
        self.by_row(log_loss_of)
    }

    /// Squared distances by the caller's rows.
    pub(super) fn squares(&self) -> Vec<f64> {
        self.by_row(squared)
    }

    fn by_row(&self, loss: impl Fn(f64, bool) -> f64) -> Vec<f64> {
        let mut losses = vec![0.0; self.len()];
        for (&row, (chance, outcome)) in self.rows().iter().zip(self.pairs()) {
            losses[row as usize] = loss(chance, outcome);
        }
        losses
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, bool)> {
        self.chances().iter().copied().zip(self.outcomes().iter().copied())
    }
}

fn squared(chance: f64, outcome: bool) -> f64 {
    let miss = chance - f64::from(u8::from(outcome));
    miss * miss
}

/// The Brier score in parts: `reliability - resolution + uncertainty + within`.
///
/// Murphy's decomposition (Journal of Applied Meteorology 12, 1973) over bins, with the part inside the bins that
/// Stephenson, Coelho and Jolliffe (Weather and Forecasting 23, 2008) add, so that the sum is exact for any bins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrierParts {
    /// How far the predictions of a bin are from its rate, squared: what calibration could save. 0 is best.
    pub reliability: f64,
    /// How far the bins' rates are from the base rate, squared: what the predictions know. Higher is better.
    pub resolution: f64,
    /// `rate * (1 - rate)` of all rows: the score of always predicting the base rate.
    pub uncertainty: f64,
    /// Spread of predictions within bins less twice their covariance with the outcomes; negative when predictions
    /// also rank well inside the bins.
    pub within: f64,
}

impl BrierParts {
    /// The Brier score.
    pub fn sum(&self) -> f64 {
        self.reliability - self.resolution + self.uncertainty + self.within
    }
}

impl Judged {
    /// The parts of the Brier score over `bins` of the same rows; none without rows.
    pub fn brier_parts(&self, bins: &[Bin]) -> Option<BrierParts> {
        let base = self.base_rate()?;
        let rows = self.len() as f64;
        let mut parts =
            BrierParts { reliability: 0.0, resolution: 0.0, uncertainty: base * (1.0 - base), within: 0.0 };
        for bin in bins {
            let share = bin.rows as f64 / rows;
            parts.reliability += share * (bin.mean_chance - bin.rate).powi(2);
            parts.resolution += share * (bin.rate - base).powi(2);
        }
        // Bins hold the lowest chances first; places are sorted the other way round.
        let mut at = self.len();
        for bin in bins {
            let begin = at.saturating_sub(bin.rows as usize);
            for (chance, outcome) in self.chances()[begin..at].iter().zip(&self.outcomes()[begin..at]) {
                let apart = chance - bin.mean_chance;
                let outcome = f64::from(u8::from(*outcome));
                parts.within += (apart * apart - 2.0 * apart * (outcome - bin.rate)) / rows;
            }
            at = begin;
        }
        Some(parts)
    }

    /// The log loss and Brier score of always predicting the base rate; none without rows.
    pub fn losses_of_base_rate(&self) -> Option<(f64, f64)> {
        let base = self.base_rate()?;
        let log_loss = self.outcomes().iter().map(|outcome| log_loss_of(base, *outcome)).sum::<f64>();
        Some((log_loss / self.len() as f64, base * (1.0 - base)))
    }
}
