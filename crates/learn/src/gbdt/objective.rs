//! What training minimises.

use serde::{Deserialize, Serialize};

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
