//! Whether predicted chances come true as often as they say.

use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::judged::Judged;
use crate::gbdt::Objective;

/// How predictions are put into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binning {
    /// Edges at quantiles of the predictions: bins of about equal numbers of rows.
    EqualMass,
    /// Edges at equal distances between 0 and 1.
    EqualWidth,
}

/// The usual number of bins for [`ece`].
pub const BINS: usize = 15;

/// Predictions of similar size, with what happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The number of rows; never 0.
    pub rows: u64,
    /// Rows with the outcome.
    pub positives: u64,
    /// The lowest prediction in the bin.
    pub lowest: f64,
    /// The highest prediction in the bin.
    pub highest: f64,
    /// The mean prediction.
    pub mean_chance: f64,
    /// The share of rows with the outcome.
    pub rate: f64,
}

impl Bin {
    /// Wilson's interval for the rate at `z` standard deviations (1.96 for 95 %).
    pub fn rate_interval(&self, z: f64) -> Interval {
        super::proportion::wilson(self.positives as f64, self.rows as f64, z)
    }
}

/// The straight line that turns the log odds of the predictions into those of the outcomes (Cox, Biometrika 45, 1958).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationLine {
    /// 0 is best; positive: outcomes come more often than predicted where the prediction is one half.
    pub intercept: f64,
    /// 1 is best; below 1 predictions are too extreme, above 1 too timid.
    pub slope: f64,
    /// 95 % interval of the intercept (Wald).
    pub intercept_interval: Interval,
    /// 95 % interval of the slope (Wald).
    pub slope_interval: Interval,
}

/// Expected calibration error: the mean distance between prediction and rate over bins, weighted by rows. 0 is best.
///
/// Above 0 also for perfect predictions, the more so the fewer rows; compare only where number of rows and bins agree.
/// None without rows, when the lengths differ or a prediction is not a chance.
pub fn ece(predictions: &[f64], outcomes: &[bool], binning: Binning, bins: usize) -> Option<f64> {
    let judged = Judged::new(predictions, outcomes).ok()?;
    (!judged.is_empty()).then(|| judged.ece(&judged.bins(binning, bins)))
}

/// The [`ece`] over `bins` that chance alone gives when every prediction is right: what is not above it is no evidence of
/// a fault. None without rows.
pub fn ece_by_chance(bins: &[Bin]) -> Option<f64> {
    let rows: u64 = bins.iter().map(|bin| bin.rows).sum();
    let apart = bins.iter().map(|bin| {
        let variance = bin.rows as f64 * bin.mean_chance * (1.0 - bin.mean_chance);
        // The mean distance of a number of outcomes from its expectation: that of a normal distribution, and of a
        // Poisson distribution where hardly an outcome is expected.
        f64::sqrt(variance * std::f64::consts::FRAC_2_PI).min(2.0 * variance)
    });
    let apart: f64 = apart.sum();
    (rows > 0).then(|| apart / rows as f64)
}

impl Judged {
    /// The rows in at most `count` bins, the lowest predictions first; equal predictions share a bin, empty bins are
    /// left out. Edges and membership are those of scikit-learn's `calibration_curve`.
    pub fn bins(&self, binning: Binning, count: usize) -> Vec<Bin> {
        let edges: Vec<f64> = (1..count)
            .filter_map(|edge| {
                let share = edge as f64 / count as f64;
                match binning {
                    Binning::EqualMass => self.chance_quantile(share),
                    Binning::EqualWidth => Some(share),
                }
            })
            .collect();
        let mut bins: Vec<Bin> = Vec::new();
        let (mut edge, mut filling) = (0, usize::MAX);
        for (&chance, &outcome) in self.chances().iter().zip(self.outcomes()).rev() {
            while edges.get(edge).is_some_and(|upper| chance > *upper) {
                edge += 1;
            }
            if filling != edge {
                filling = edge;
                let (lowest, highest) = (chance, chance);
                bins.push(Bin { rows: 0, positives: 0, lowest, highest, mean_chance: 0.0, rate: 0.0 });
            }
            if let Some(bin) = bins.last_mut() {
                bin.rows += 1;
                bin.positives += u64::from(outcome);
                bin.highest = chance;
                bin.mean_chance += chance;
            }
        }
        for bin in &mut bins {
            bin.mean_chance /= bin.rows as f64;
            bin.rate = bin.positives as f64 / bin.rows as f64;
        }
        bins
    }

    /// Expected calibration error over `bins` of the same rows; see [`ece`].
    pub fn ece(&self, bins: &[Bin]) -> f64 {
        let apart: f64 = bins.iter().map(|bin| bin.rows as f64 * (bin.mean_chance - bin.rate).abs()).sum();
        apart / self.len().max(1) as f64
    }

    /// Expected calibration error over `bins`, rows counted by `weight`; the bins stay where they are.
    pub(super) fn ece_by(&self, bins: &[Bin], weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut apart, mut total) = (0.0, 0.0);
        let mut at = self.len();
        for bin in bins {
            let begin = at.saturating_sub(bin.rows as usize);
            let mut surplus = 0.0;
            for place in begin..at {
                let weight = weight(self.rows()[place] as usize);
                surplus += weight * (self.chances()[place] - f64::from(u8::from(self.outcomes()[place])));
                total += weight;
            }
            apart += f64::abs(surplus);
            at = begin;
        }
        (total > 0.0).then(|| apart / total)
    }

    /// The calibration line by maximum likelihood.
    ///
    /// None when one kind of outcome is absent, all predictions are equal, or outcomes are separated by the
    /// predictions, so that no finite line is best.
    pub fn calibration_line(&self) -> Option<CalibrationLine> {
        let odds: Vec<f64> = self.chances().iter().map(|chance| log_odds(*chance)).collect();
        let (mut intercept, mut slope) = (0.0_f64, 1.0_f64);
        let mut loss = self.line_loss(&odds, intercept, slope);
        for _ in 0..100 {
            let step = self.newton_step(&odds, intercept, slope)?;
            // Halve the step until it does not make things worse; Newton's full step may overshoot far from the best.
            let mut size = 1.0;
            let next = loop {
                let at = (intercept + size * step.intercept, slope + size * step.slope);
                let there = self.line_loss(&odds, at.0, at.1);
                if there <= loss || size < 1e-9 {
                    break (at, there);
                }
                size *= 0.5;
            };
            let moved = (next.0.0 - intercept).abs() + (next.0.1 - slope).abs();
            ((intercept, slope), loss) = next;
            if !(intercept.abs() < 1e3 && slope.abs() < 1e3) {
                return None;
            }
            if moved < 1e-10 {
                let spread = |variance: f64| 1.959_963_984_540_054 * variance.sqrt();
                let (low, high) = (spread(step.intercept_variance), spread(step.slope_variance));
                return Some(CalibrationLine {
                    intercept,
                    slope,
                    intercept_interval: Interval { lower: intercept - low, upper: intercept + low },
                    slope_interval: Interval { lower: slope - high, upper: slope + high },
                });
            }
        }
        None
    }

    fn line_loss(&self, odds: &[f64], intercept: f64, slope: f64) -> f64 {
        let each = odds.iter().zip(self.outcomes()).map(|(odds, outcome)| {
            let margin = intercept + slope * odds;
            let margin = if *outcome { -margin } else { margin };
            // log(1 + exp(margin)) without overflow.
            margin.max(0.0) + libm::log1p(libm::exp(-margin.abs()))
        });
        each.sum()
    }

    fn newton_step(&self, odds: &[f64], intercept: f64, slope: f64) -> Option<NewtonStep> {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (odds, outcome) in odds.iter().zip(self.outcomes()) {
            let chance = Objective::Binary.prediction(intercept + slope * odds);
            let miss = f64::from(u8::from(*outcome)) - chance;
            let curve = chance * (1.0 - chance);
            g0 += miss;
            g1 += miss * odds;
            h00 += curve;
            h01 += curve * odds;
            h11 += curve * odds * odds;
        }
        let determinant = h00 * h11 - h01 * h01;
        // A determinant that is rounding only: all log odds equal, or every chance at 0 or 1.
        if determinant.is_nan() || determinant <= 1e-12 * h00 * h11 {
            return None;
        }
        Some(NewtonStep {
            intercept: (h11 * g0 - h01 * g1) / determinant,
            slope: (h00 * g1 - h01 * g0) / determinant,
            intercept_variance: h11 / determinant,
            slope_variance: h00 / determinant,
        })
    }
}

struct NewtonStep {
    intercept: f64,
    slope: f64,
    intercept_variance: f64,
    slope_variance: f64,
}

/// Log odds of a chance that is kept 2.2e-16 away from 0 and 1.
fn log_odds(chance: f64) -> f64 {
    let chance = chance.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    libm::log(chance) - libm::log1p(-chance)
}
