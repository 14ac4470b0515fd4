use serde::{Deserialize, Serialize};

use crate::evaluate::{BINS, Binning, Judged, auc, average_precision, brier, ece, ece_by_chance, log_loss};

/// How good probabilities are on rows whose outcome is known; none where the rows do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The rows.
    pub rows: usize,
    /// Those with the outcome.
    pub positives: usize,
    /// The chance that a row with the outcome is ranked before one without it.
    pub auc: Option<f64>,
    /// Mean log loss, natural logarithm.
    pub log_loss: Option<f64>,
    /// Mean squared distance between probability and outcome.
    pub brier: Option<f64>,
    /// Expected calibration error over 15 bins of equal numbers of rows.
    pub ece: Option<f64>,
    /// The calibration error that chance alone gives right predictions on these rows.
    #[serde(default)]
    pub ece_by_chance: Option<f64>,
    /// Mean precision over the rows with the outcome, ranked by probability.
    pub average_precision: Option<f64>,
}

impl Figures {
    /// The figures of `predictions`, whose outcomes are `outcomes`.
    pub fn of(predictions: &[f64], outcomes: &[bool]) -> Self {
        let bins = Judged::new(predictions, outcomes).map(|judged| judged.bins(Binning::EqualMass, BINS));
        Self {
            ece_by_chance: bins.ok().and_then(|bins| ece_by_chance(&bins)),
            rows: outcomes.len(),
            positives: outcomes.iter().filter(|outcome| **outcome).count(),
            auc: auc(predictions, outcomes),
            log_loss: log_loss(predictions, outcomes),
            brier: brier(predictions, outcomes),
            ece: ece(predictions, outcomes, Binning::EqualMass, BINS),
            average_precision: average_precision(predictions, outcomes),
        }
    }
}
