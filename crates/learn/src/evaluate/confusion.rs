//! Decisions at a threshold, counted.

use serde::{Deserialize, Serialize};

/// How many rows were said to have the outcome, and had it.
///
/// Accuracy alone says nothing: it stands beside what the commoner answer for everyone would have reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Predictions at or above it count as yes.
    pub threshold: f64,
    /// Yes, and so it was.
    pub true_positives: u64,
    /// Yes, and it was not.
    pub false_positives: u64,
    /// No, and so it was.
    pub true_negatives: u64,
    /// No, and yet it was.
    pub false_negatives: u64,
}

impl Confusion {
    /// Counts decisions at `threshold`; none when the lengths differ. A prediction that is not a number counts as no.
    pub fn at(threshold: f64, predictions: &[f64], outcomes: &[bool]) -> Option<Self> {
        if predictions.len() != outcomes.len() {
            return None;
        }
        let mut counts =
            Self { threshold, true_positives: 0, false_positives: 0, true_negatives: 0, false_negatives: 0 };
        for (prediction, outcome) in predictions.iter().zip(outcomes) {
            match (*prediction >= threshold, outcome) {
                (true, true) => counts.true_positives += 1,
                (true, false) => counts.false_positives += 1,
                (false, false) => counts.true_negatives += 1,
                (false, true) => counts.false_negatives += 1,
            }
        }
        Some(counts)
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.true_positives + self.false_positives + self.true_negatives + self.false_negatives
    }

    /// The share of decisions that were right; none without rows.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.true_positives + self.true_negatives, self.rows())
    }

    /// The accuracy of giving everyone the commoner answer; none without rows.
    pub fn accuracy_of_one_answer(&self) -> Option<f64> {
        let positives = self.true_positives + self.false_negatives;
        share(positives.max(self.rows() - positives), self.rows())
    }

    /// The share of rows with the outcome; none without rows.
    pub fn base_rate(&self) -> Option<f64> {
        share(self.true_positives + self.false_negatives, self.rows())
    }

    /// The share of yes that was right; none when nothing was yes.
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of rows with the outcome that was yes (sensitivity); none when there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// The share of rows without the outcome that was no; none when there are none.
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.true_negatives + self.false_positives)
    }

    /// Harmonic mean of precision and recall; none when there was neither yes nor outcome.
    pub fn f1(&self) -> Option<f64> {
        let wrong = self.false_positives + self.false_negatives;
        share(2 * self.true_positives, 2 * self.true_positives + wrong)
    }

    /// Matthews' correlation between decision and outcome, -1 to 1; 0 when either has one value only.
    pub fn matthews(&self) -> f64 {
        let [tp, fp, tn, fne] =
            [self.true_positives, self.false_positives, self.true_negatives, self.false_negatives]
                .map(|count| count as f64);
        let scale = ((tp + fp) * (tp + fne) * (tn + fp) * (tn + fne)).sqrt();
        if scale > 0.0 { (tp * tn - fp * fne) / scale } else { 0.0 }
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}
