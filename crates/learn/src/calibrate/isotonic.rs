use serde::{Deserialize, Serialize};

use super::{CalibrateError, check_classes};

/// Isotonic regression: the rising curve nearest to the outcomes, with straight lines between its steps.
///
/// Pool adjacent violators (Barlow et al., 1972); rows of equal score are averaged first, between two steps the
/// curve is interpolated, beyond the ends it stays level: the meaning of scikit-learn's
/// `IsotonicRegression(out_of_bounds="clip")`. Free in its shape, it needs many rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Isotonic {
    /// Ascending scores.
    scores: Vec<f64>,
    /// The curve there, ascending.
    levels: Vec<f64>,
    /// Rows it was fitted on.
    rows: usize,
}

/// A curve as it is read from a file, before it is known to be one.
#[derive(Deserialize)]
struct Stored {
    scores: Vec<f64>,
    levels: Vec<f64>,
    rows: usize,
}

impl TryFrom<Stored> for Isotonic {
    type Error = &'static str;

    fn try_from(Stored { scores, levels, rows }: Stored) -> Result<Self, Self::Error> {
        if scores.is_empty() || scores.len() != levels.len() {
            return Err("an isotonic curve without a score for every level");
        }
        if !scores.iter().chain(&levels).all(|value| (0.0..=1.0).contains(value)) {
            return Err("an isotonic curve that leaves the range of probabilities");
        }
        if !scores.is_sorted_by(|one, next| one < next) || !levels.is_sorted() {
            return Err("an isotonic curve that does not rise");
        }
        Ok(Self { scores, levels, rows })
    }
}

/// Scores nearer than this are one score, as in scikit-learn (`numpy.finfo(float).resolution`).
const RESOLUTION: f64 = 1e-15;

/// Rows of one level of the curve.
struct Block {
    sum: f64,
    rows: f64,
    first: f64,
    last: f64,
}

impl Isotonic {
    /// The curve through `predictions` and `outcomes`, in whatever order they come.
    ///
    /// # Errors
    /// When the slices do not belong together, a prediction is no probability, or all outcomes are alike.
    pub fn fit(predictions: &[f64], outcomes: &[bool]) -> Result<Self, CalibrateError> {
        check_classes(predictions, outcomes)?;
        let mut rows: Vec<(f64, bool)> = predictions.iter().copied().zip(outcomes.iter().copied()).collect();
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut ties: Vec<Block> = Vec::new();
        for (score, positive) in rows {
            let value = f64::from(u8::from(positive));
            match ties.last_mut() {
                Some(tie) if score - tie.first < RESOLUTION => {
                    tie.sum += value;
                    tie.rows += 1.0;
                }
                _ => ties.push(Block { sum: value, rows: 1.0, first: score, last: score }),
            }
        }
        let mut blocks: Vec<Block> = Vec::with_capacity(ties.len());
        for mut block in ties {
            while let Some(before) = blocks.pop_if(|before| before.level() >= block.level()) {
                block.sum += before.sum;
                block.rows += before.rows;
                block.first = before.first;
            }
            blocks.push(block);
        }
        let (mut scores, mut levels) = (Vec::new(), Vec::new());
        for block in &blocks {
            scores.push(block.first);
            levels.push(block.level());
            if block.last > block.first {
                scores.push(block.last);
                levels.push(block.level());
            }
        }
        Ok(Self { scores, levels, rows: predictions.len() })
    }

    /// The curve at `score`, as fitted: its ends are often exactly 0 and 1.
    pub fn curve(&self, score: f64) -> f64 {
        let above = self.scores.partition_point(|s| *s < score);
        let end = self.scores.len() - 1;
        if above == 0 {
            return self.levels[0];
        }
        if above > end {
            return self.levels[end];
        }
        let (x0, x1) = (self.scores[above - 1], self.scores[above]);
        let (y0, y1) = (self.levels[above - 1], self.levels[above]);
        (y0 + (y1 - y0) * ((score - x0) / (x1 - x0))).clamp(y0, y1)
    }

    /// The ascending scores at which the curve bends, and its height there.
    pub fn knots(&self) -> impl Iterator<Item = (f64, f64)> {
        self.scores.iter().copied().zip(self.levels.iter().copied())
    }

    /// The curve, no nearer to 0 and 1 than half a row among all rows and one more: `n` rows in which something never
    /// happened do not show that it happens less often than about once in 2 `n`.
    pub(super) fn apply(&self, score: f64) -> f64 {
        let margin = 0.5 / (self.rows as f64 + 1.0);
        self.curve(score).clamp(margin, 1.0 - margin)
    }
}

impl Block {
    fn level(&self) -> f64 {
        self.sum / self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rising_curve_of_probabilities_is_not_read() {
        let read = |scores: &str, levels: &str| {
            let text = format!(r#"{{"scores":{scores},"levels":{levels},"rows":3}}"#);
            serde_json::from_str::<Isotonic>(&text)
        };
        let middle = read("[0.2,0.4]", "[0.1,0.9]").expect("a curve").curve(0.3);
        assert!((middle - 0.5).abs() < 1e-12, "{middle}");
        for (scores, levels) in [
            ("[]", "[]"),
            ("[0.2]", "[]"),
            ("[0.2,0.2]", "[0.1,0.9]"),
            ("[0.4,0.2]", "[0.1,0.9]"),
            ("[0.2,0.4]", "[0.9,0.1]"),
            ("[0.2,1.4]", "[0.1,0.9]"),
        ] {
            assert!(read(scores, levels).is_err(), "{scores} {levels}");
        }
    }
}
