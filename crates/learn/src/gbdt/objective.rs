//! What training minimises.

use serde::{Deserialize, Serialize};

use super::histogram::Derivatives;

/// A loss, and with it the meaning of the forest's sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Log loss of a yes-or-no target; the sum is log odds.
    Binary,
    /// Squared error; the sum is the value.
    Squared,
    /// Squared error up to `delta` from the truth, absolute beyond it (Huber); the sum is the value.
    Huber {
        /// Where absolute loss begins, in the target's unit; above 0.
        delta: f64,
    },
    /// Pinball loss: the sum is the `q`-quantile of the value.
    Quantile {
        /// Between 0 and 1, both excluded.
        q: f64,
    },
}

impl Objective {
    /// What the margin `sum` predicts: a probability for [`Objective::Binary`], the value itself otherwise.
    pub fn prediction(self, sum: f64) -> f64 {
        match self {
            Self::Binary => sigmoid(sum),
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } => sum,
        }
    }

    /// The loss of the margin `sum` where `target` is true.
    pub fn loss(self, sum: f64, target: f64) -> f64 {
        let error = target - sum;
        match self {
            // ln(1 + exp(-|s|)) + max(s, 0) - y s
            Self::Binary => libm::log1p(libm::exp(-sum.abs())) + sum.max(0.0) - target * sum,
            Self::Squared => error * error,
            Self::Huber { delta } if error.abs() <= delta => 0.5 * error * error,
            Self::Huber { delta } => delta * (error.abs() - 0.5 * delta),
            Self::Quantile { q } => error * if error >= 0.0 { q } else { q - 1.0 },
        }
    }

    /// The constant margin with the least loss on `targets` (for Huber the median, which is near it); 0 when there are none.
    pub(super) fn base(self, targets: &[f64]) -> f64 {
        if targets.is_empty() {
            return 0.0;
        }
        let mean = || targets.iter().sum::<f64>() / targets.len() as f64;
        match self {
            Self::Binary => {
                // A target that is always or never met has no finite log odds: half a row of the other kind is assumed.
                let half_a_row = 0.5 / targets.len() as f64;
                let p = mean().clamp(half_a_row, 1.0 - half_a_row);
                libm::log(p / (1.0 - p))
            }
            Self::Squared => mean(),
            Self::Huber { .. } => quantile(targets.to_vec(), 0.5),
            Self::Quantile { q } => quantile(targets.to_vec(), q),
        }
    }

    /// The derivatives of the loss by the margin. Where the second is 0 or not there, 1 stands for it.
    pub(super) fn derivatives(self, sum: f64, target: f64) -> Derivatives {
        match self {
            Self::Binary => {
                let p = sigmoid(sum);
                Derivatives { gradient: p - target, hessian: (p * (1.0 - p)).max(1e-16) }
            }
            Self::Squared => Derivatives { gradient: sum - target, hessian: 1.0 },
            Self::Huber { delta } => {
                Derivatives { gradient: (sum - target).clamp(-delta, delta), hessian: 1.0 }
            }
            Self::Quantile { q } => {
                Derivatives { gradient: if sum > target { 1.0 - q } else { -q }, hessian: 1.0 }
            }
        }
    }

    /// The best value of a leaf given what is left of the target in it, where derivatives do not tell.
    pub(super) fn renewed(self, residuals: impl FnOnce() -> Vec<f64>) -> Option<f64> {
        match self {
            Self::Quantile { q } => Some(quantile(residuals(), q)),
            Self::Binary | Self::Squared | Self::Huber { .. } => None,
        }
    }
}

/// The `q`-quantile of `values`, linear between neighbours (type 7 of Hyndman and Fan); 0 when there are none.
fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = q * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// The logistic function, without overflow at either end.
pub(crate) fn sigmoid(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + libm::exp(-log_odds))
    } else {
        let odds = libm::exp(log_odds);
        odds / (1.0 + odds)
    }
}
