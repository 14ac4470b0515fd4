//! Predicted chances beside what happened, sorted once so that every figure is one pass over them.

use super::{bootstrap::Units, quantile};

/// Predicted chances with their outcomes, the highest first.
///
/// Every figure takes the weight of a row as a function of the row's place in the caller's order; bootstrap
/// resamples are such weights, so that none of them sorts anything.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The caller's row of each place.
    rows: Vec<u32>,
    chances: Vec<f64>,
    outcomes: Vec<bool>,
    /// Whether a place is the last of those with its chance.
    ends_tie: Vec<bool>,
    /// The cluster of each of the caller's rows, where they are not independent of each other.
    clusters: Option<Vec<u32>>,
}

/// Why predictions and outcomes cannot be held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgedError {
    /// There are more of the one than of the other.
    #[error("{predictions} predictions and {outcomes} outcomes cannot be paired")]
    Lengths {
        /// The number of predictions.
        predictions: usize,
        /// The number of outcomes.
        outcomes: usize,
    },
    /// A prediction is not between 0 and 1.
    #[error("the prediction of row {row} is not a chance between 0 and 1")]
    NotAChance {
        /// The first such row, counted from 0.
        row: usize,
    },
    /// The rows' clusters are more or fewer than the rows.
    #[error("{clusters} clusters were given for {rows} rows")]
    Clusters {
        /// The number of clusters given.
        clusters: usize,
        /// The number of rows.
        rows: usize,
    },
    /// More rows than can be numbered.
    #[error("more than {} rows cannot be evaluated at once", u32::MAX)]
    TooMany,
}

/// The weight of every row when nothing is resampled.
pub(super) fn once(_row: usize) -> f64 {
    1.0
}

impl Judged {
    /// Pairs `predictions` (chances between 0 and 1) with `outcomes`.
    ///
    /// # Errors
    /// When their lengths differ or a prediction is not a chance.
    pub fn new(predictions: &[f64], outcomes: &[bool]) -> Result<Self, JudgedError> {
        if predictions.len() != outcomes.len() {
            let (predictions, outcomes) = (predictions.len(), outcomes.len());
            return Err(JudgedError::Lengths { predictions, outcomes });
        }
        if let Some(row) = predictions.iter().position(|chance| !(0.0..=1.0).contains(chance)) {
            return Err(JudgedError::NotAChance { row });
        }
        let count = u32::try_from(predictions.len()).map_err(|_| JudgedError::TooMany)?;
        Ok(Self::sorted(predictions, outcomes, count))
    }

    /// Pairs scores of any scale with outcomes: good for ranking figures only.
    pub(super) fn ranked(scores: &[f64], outcomes: &[bool]) -> Option<Self> {
        let count = u32::try_from(scores.len()).ok()?;
        let sound = scores.len() == outcomes.len() && !scores.iter().any(|score| score.is_nan());
        sound.then(|| Self::sorted(scores, outcomes, count))
    }

    fn sorted(scores: &[f64], outcomes: &[bool], count: u32) -> Self {
        let mut rows: Vec<u32> = (0..count).collect();
        rows.sort_by(|&one, &other| scores[other as usize].total_cmp(&scores[one as usize]));
        // Adding zero makes one zero of the two.
        let chances: Vec<f64> = rows.iter().map(|&row| scores[row as usize] + 0.0).collect();
        let outcomes = rows.iter().map(|&row| outcomes[row as usize]).collect();
        let ends_tie = (0..chances.len()).map(|at| chances.get(at + 1) != Some(&chances[at])).collect();
        Self { rows, chances, outcomes, ends_tie, clusters: None }
    }

    /// Says which rows are not independent of each other: intervals then resample whole clusters.
    ///
    /// # Errors
    /// When there is not one cluster for each row.
    pub fn clustered(mut self, clusters: &[u32]) -> Result<Self, JudgedError> {
        if clusters.len() != self.len() {
            return Err(JudgedError::Clusters { clusters: clusters.len(), rows: self.len() });
        }
        self.clusters = Some(clusters.to_vec());
        Ok(self)
    }

    /// What intervals resample.
    pub(super) fn units(&self) -> Units<'_> {
        self.clusters.as_deref().map_or(Units::Rows(self.len()), Units::Clusters)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of rows with the outcome.
    pub fn positives(&self) -> usize {
        self.outcomes.iter().filter(|outcome| **outcome).count()
    }

    /// The share of rows with the outcome; none without rows.
    pub fn base_rate(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.positives() as f64 / self.len() as f64)
    }

    /// The mean of the predictions; none without rows.
    pub fn mean_chance(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.chances.iter().sum::<f64>() / self.len() as f64)
    }

    /// Chances, the highest first.
    pub(super) fn chances(&self) -> &[f64] {
        &self.chances
    }

    /// Outcomes in the order of [`Judged::chances`].
    pub(super) fn outcomes(&self) -> &[bool] {
        &self.outcomes
    }

    /// The caller's row of each place.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Positives and negatives of each run of equal chances, the highest first, by weight.
    pub(super) fn ties(&self, weight: impl Fn(usize) -> f64, mut each: impl FnMut(f64, f64)) {
        let (mut with, mut without) = (0.0, 0.0);
        for ((&row, &outcome), &ends) in self.rows.iter().zip(&self.outcomes).zip(&self.ends_tie) {
            let weight = weight(row as usize);
            if outcome {
                with += weight;
            } else {
                without += weight;
            }
            if ends {
                each(with, without);
                (with, without) = (0.0, 0.0);
            }
        }
    }

    /// The `share`-quantile of the predictions, interpolated as numpy does by default.
    pub(super) fn chance_quantile(&self, share: f64) -> Option<f64> {
        quantile::of_descending(&self.chances, share)
    }
}
