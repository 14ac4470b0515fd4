//! What acting on the highest predictions first would have reached.

use serde::{Deserialize, Serialize};

use super::judged::Judged;

/// A slice of the rows, by rank.
///
/// Where equal predictions straddle the edge of a slice, positives are counted as they fall on average when ties are
/// broken by chance; they need not be whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiftRow {
    /// Rank of the first row in the slice, from 1.
    pub first: u64,
    /// Rank of the last row in the slice.
    pub last: u64,
    /// The lowest prediction in the slice.
    pub lowest: f64,
    /// Rows with the outcome in the slice.
    pub positives: f64,
    /// Their share of the slice.
    pub rate: f64,
    /// The rate over the base rate.
    pub lift: f64,
    /// The rate of all rows down to the end of this slice: precision at `last`.
    pub rate_so_far: f64,
    /// That rate over the base rate.
    pub lift_so_far: f64,
    /// The share of all positives that is reached by the end of this slice (gain, recall).
    pub gain: f64,
}

/// What the rows at the top bring when only so many can be worked on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtCapacity {
    /// How many rows can be worked on.
    pub rows: u64,
    /// The share of all rows.
    pub share: f64,
    /// The lowest prediction among them.
    pub lowest: f64,
    /// Precision: the share of them with the outcome.
    pub precision: f64,
    /// Recall: the share of all positives that is among them.
    pub recall: f64,
    /// Precision over the base rate.
    pub lift: f64,
}

/// Precision among the `k` highest predictions, ties broken by chance on average; none when `k` is 0 or there are fewer
/// rows, the lengths differ or a score is not a number.
pub fn precision_at(scores: &[f64], outcomes: &[bool], k: usize) -> Option<f64> {
    let judged = Judged::ranked(scores, outcomes)?;
    (k > 0 && k <= judged.len()).then(|| judged.reached()[k] / k as f64)
}

impl Judged {
    /// Positives among the highest 0, 1, 2, .. rows.
    fn reached(&self) -> Vec<f64> {
        let mut reached = Vec::with_capacity(self.len() + 1);
        reached.push(0.0);
        let mut so_far = 0.0;
        self.ties(
            |_| 1.0,
            |with, without| {
                let tied = with + without;
                let mut place = 1.0;
                while place <= tied {
                    reached.push(so_far + with * place / tied);
                    place += 1.0;
                }
                so_far += with;
            },
        );
        reached
    }

    /// The rows in `slices` parts of as equal size as can be, the highest predictions first; empty without a row with
    /// the outcome.
    pub fn lift(&self, slices: usize) -> Vec<LiftRow> {
        let (rows, reached) = (self.len(), self.reached());
        let all = self.positives() as f64;
        if all == 0.0 {
            return Vec::new();
        }
        let base = all / rows as f64;
        let slices = slices.clamp(1, rows);
        let ends = (0..=slices).map(|slice| slice * rows / slices).collect::<Vec<_>>();
        let row = |ends: &[usize]| {
            let (begin, end) = (ends[0], ends[1]);
            let positives = reached[end] - reached[begin];
            let (rate, rate_so_far) = (positives / (end - begin) as f64, reached[end] / end as f64);
            LiftRow {
                first: begin as u64 + 1,
                last: end as u64,
                lowest: self.chances()[end - 1],
                positives,
                rate,
                lift: rate / base,
                rate_so_far,
                lift_so_far: rate_so_far / base,
                gain: reached[end] / all,
            }
        };
        ends.windows(2).map(row).collect()
    }

    /// What the `rows` highest predictions bring; all rows when there are fewer. None without a row with the outcome or
    /// when `rows` is 0.
    pub fn at_capacity(&self, rows: usize) -> Option<AtCapacity> {
        let (all, base) = (self.positives() as f64, self.base_rate()?);
        let rows = rows.min(self.len());
        if rows == 0 || all == 0.0 {
            return None;
        }
        let reached = self.reached()[rows];
        let precision = reached / rows as f64;
        Some(AtCapacity {
            rows: rows as u64,
            share: rows as f64 / self.len() as f64,
            lowest: self.chances()[rows - 1],
            precision,
            recall: reached / all,
            lift: precision / base,
        })
    }
}
