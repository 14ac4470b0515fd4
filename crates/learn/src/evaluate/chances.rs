//! The figures of predicted chances, with intervals, and how two models differ on the same rows.

use serde::{Deserialize, Serialize};

use super::{
    bootstrap::{Resampling, counted_mean, percentile},
    judged::Judged,
    reliability::{BINS, Binning},
    shortage::{Estimate, Figure, Needs},
};

/// The figures of predicted chances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChanceFigures {
    /// The number of rows.
    pub rows: u64,
    /// Rows with the outcome.
    pub positives: u64,
    /// Their share; none without rows.
    pub base_rate: Option<f64>,
    /// The mean prediction; none without rows.
    pub mean_chance: Option<f64>,
    /// Area under the ROC curve; 0.5 is ranking by chance.
    pub auc: Figure,
    /// Average precision; the base rate is ranking by chance.
    pub average_precision: Figure,
    /// Mean log loss in nats.
    pub log_loss: Figure,
    /// Brier score.
    pub brier: Figure,
    /// Expected calibration error over 15 bins of equal mass.
    pub ece: Figure,
    /// Log loss of predicting the base rate for everyone; none without rows.
    pub log_loss_of_base_rate: Option<f64>,
    /// Brier score of predicting the base rate for everyone; none without rows.
    pub brier_of_base_rate: Option<f64>,
}

impl ChanceFigures {
    /// The figures of `judged`, with percentile intervals over resamples of rows, or of whole clusters where rows are not
    /// independent ([`Judged::clustered`]). All figures are insufficient when `needs` are not met.
    ///
    /// The bins of the calibration error stay where they are while rows are resampled; its interval lies above
    /// the figure more often than not, since resampling adds noise to every bin.
    pub fn of(judged: &Judged, needs: &Needs, resampling: &Resampling) -> Self {
        let (rows, positives) = (judged.len() as u64, judged.positives() as u64);
        let losses_of_base_rate = judged.losses_of_base_rate();
        let figures = match needs.of_chances(rows, positives) {
            Err(insufficient) => [Figure::Insufficient(insufficient); 5],
            Ok(()) => {
                let all = Prepared::of(judged);
                let values = all.figures(&vec![1.0; judged.len()]);
                let intervals = percentile(judged.units(), resampling, |counts| all.figures(counts));
                std::array::from_fn(|at| {
                    Figure::Known(Estimate { value: values[at], interval: intervals[at] })
                })
            }
        };
        let [auc, average_precision, log_loss, brier, ece] = figures;
        Self {
            rows,
            positives,
            base_rate: judged.base_rate(),
            mean_chance: judged.mean_chance(),
            auc,
            average_precision,
            log_loss,
            brier,
            ece,
            log_loss_of_base_rate: losses_of_base_rate.map(|(log_loss, _)| log_loss),
            brier_of_base_rate: losses_of_base_rate.map(|(_, brier)| brier),
        }
    }
}

/// The figures of one model less those of another on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChanceDifferences {
    /// Difference of the areas under the ROC curve; above 0 the first ranks better.
    pub auc: Figure,
    /// Difference of average precisions; above 0 the first ranks better.
    pub average_precision: Figure,
    /// Difference of log losses; below 0 the first is better.
    pub log_loss: Figure,
    /// Difference of Brier scores; below 0 the first is better.
    pub brier: Figure,
    /// Difference of calibration errors; below 0 the first is better.
    pub ece: Figure,
}

impl ChanceDifferences {
    /// `one` less `other`, with intervals over resamples in which both see the same rows (paired bootstrap), by the
    /// clusters of `one` where it has them.
    ///
    /// None when they are not about the same rows with the same outcomes.
    pub fn of(one: &Judged, other: &Judged, needs: &Needs, resampling: &Resampling) -> Option<Self> {
        if one.len() != other.len() || one.outcomes_by_row() != other.outcomes_by_row() {
            return None;
        }
        let figures = match needs.of_chances(one.len() as u64, one.positives() as u64) {
            Err(insufficient) => [Figure::Insufficient(insufficient); 5],
            Ok(()) => {
                let (first, second) = (Prepared::of(one), Prepared::of(other));
                let difference = |counts: &[f64]| -> [f64; 5] {
                    let (first, second) = (first.figures(counts), second.figures(counts));
                    std::array::from_fn(|at| first[at] - second[at])
                };
                let values = difference(&vec![1.0; one.len()]);
                let intervals = percentile(one.units(), resampling, difference);
                std::array::from_fn(|at| {
                    Figure::Known(Estimate { value: values[at], interval: intervals[at] })
                })
            }
        };
        let [auc, average_precision, log_loss, brier, ece] = figures;
        Some(Self { auc, average_precision, log_loss, brier, ece })
    }
}

/// What every round needs and no round changes.
struct Prepared<'a> {
    judged: &'a Judged,
    log_losses: Vec<f64>,
    squares: Vec<f64>,
    bins: Vec<super::Bin>,
}

impl<'a> Prepared<'a> {
    fn of(judged: &'a Judged) -> Self {
        Self {
            judged,
            log_losses: judged.log_losses(),
            squares: judged.squares(),
            bins: judged.bins(Binning::EqualMass, BINS),
        }
    }

    /// AUC, average precision, log loss, Brier score, calibration error; NaN where not defined.
    fn figures(&self, counts: &[f64]) -> [f64; 5] {
        let count = |row: usize| counts[row];
        [
            self.judged.auc_by(count),
            self.judged.average_precision_by(count),
            counted_mean(&self.log_losses, counts),
            counted_mean(&self.squares, counts),
            self.judged.ece_by(&self.bins, count),
        ]
        .map(|figure| figure.unwrap_or(f64::NAN))
    }
}

impl Judged {
    fn outcomes_by_row(&self) -> Vec<bool> {
        let mut outcomes = vec![false; self.len()];
        for (&row, &outcome) in self.rows().iter().zip(self.outcomes()) {
            outcomes[row as usize] = outcome;
        }
        outcomes
    }
}
