//! How well predictions put the rows with the outcome before the others.

use super::judged::{Judged, once};

/// Area under the ROC curve: the chance that a row with the outcome ranks above one without, ties counting half.
///
/// None when one of the two kinds is absent, the lengths differ or a score is not a number. Any scale will do.
pub fn auc(scores: &[f64], outcomes: &[bool]) -> Option<f64> {
    Judged::ranked(scores, outcomes)?.auc()
}

/// Average precision: precision at each threshold, weighted by the recall gained there (no interpolation), as
/// scikit-learn defines it. A ranking by chance has the base rate.
///
/// None without a row with the outcome, when the lengths differ or a score is not a number.
pub fn average_precision(scores: &[f64], outcomes: &[bool]) -> Option<f64> {
    Judged::ranked(scores, outcomes)?.average_precision()
}

impl Judged {
    /// Area under the ROC curve, see [`auc`].
    pub fn auc(&self) -> Option<f64> {
        self.auc_by(once)
    }

    /// Average precision, see [`average_precision`].
    pub fn average_precision(&self) -> Option<f64> {
        self.average_precision_by(once)
    }

    /// Area under the ROC curve with rows counted by `weight`.
    pub(super) fn auc_by(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut with, mut without, mut ahead) = (0.0, 0.0, 0.0);
        self.ties(weight, |tied_with, tied_without| {
            ahead += tied_without * (with + 0.5 * tied_with);
            with += tied_with;
            without += tied_without;
        });
        (with > 0.0 && without > 0.0).then(|| ahead / (with * without))
    }

    /// Average precision with rows counted by `weight`.
    pub(super) fn average_precision_by(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut with, mut all, mut sum) = (0.0, 0.0, 0.0);
        self.ties(weight, |tied_with, tied_without| {
            with += tied_with;
            all += tied_with + tied_without;
            if tied_with > 0.0 {
                sum += tied_with * with / all;
            }
        });
        (with > 0.0).then(|| sum / with)
    }
}
