use kernel::Interval;
use serde::{Deserialize, Serialize};

/// What groups of one kind have in common: how often something happens in them, and how far they differ.
///
/// Rates of small groups are mostly noise: 2 of 3 is not 67 %. Each group's chance is taken as a draw from one beta
/// distribution, which all groups together estimate (maximum marginal likelihood of the beta-binomial
/// distribution); a group's own rows then update it. Few rows stay near the common rate, many speak for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BetaBinomial {
    mean: f64,
    strength: f64,
}

/// What is believed of one group's chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Expected chance.
    pub mean: f64,
    /// The chance lies here with the probability that was asked for.
    pub interval: Interval,
    /// The group's own rows.
    pub rows: u64,
}

/// Why no common rate can be found.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ShrinkError {
    /// No group has a row.
    #[error("no group has any row")]
    Empty,
    /// More positives than rows.
    #[error("group {group} has {positives} positives among {rows} rows")]
    MoreThanAll {
        /// Its place, from 0.
        group: usize,
        /// Its positives.
        positives: u64,
        /// Its rows.
        rows: u64,
    },
    /// Not the mean and strength of a beta distribution.
    #[error("a prior needs a mean inside 0-1 and a strength above 0, not {mean} and {strength}")]
    NoPrior {
        /// The mean.
        mean: f64,
        /// The strength.
        strength: f64,
    },
    /// A probability outside of 0-1.
    #[error("an interval that holds with probability {level} is none: it must lie inside 0-1")]
    Level {
        /// What was asked for.
        level: f64,
    },
}

/// The range in which a strength is looked for: from groups that share nothing to groups that are all alike.
const STRENGTHS: (f64, f64) = (0.1, 1e6);

impl BetaBinomial {
    /// The prior with expected chance `mean` that weighs as much as `strength` rows.
    ///
    /// # Errors
    /// When `mean` is not inside 0-1 or `strength` is not a finite number above 0.
    pub fn new(mean: f64, strength: f64) -> Result<Self, ShrinkError> {
        if mean > 0.0 && mean < 1.0 && strength.is_finite() && strength > 0.0 {
            Ok(Self { mean, strength })
        } else {
            Err(ShrinkError::NoPrior { mean, strength })
        }
    }

    /// What `groups`, each (positives, rows), have in common. Their order does not matter.
    ///
    /// # Errors
    /// When no group has a row, or one has more positives than rows.
    pub fn fit(groups: &[(u64, u64)]) -> Result<Self, ShrinkError> {
        if let Some(group) = groups.iter().position(|(positives, rows)| positives > rows) {
            let (positives, rows) = groups[group];
            return Err(ShrinkError::MoreThanAll { group, positives, rows });
        }
        let mut counted: Vec<(f64, f64)> = Vec::new();
        let mut sorted: Vec<(u64, u64)> = groups.iter().copied().filter(|(_, rows)| *rows > 0).collect();
        sorted.sort_unstable();
        counted.extend(sorted.iter().map(|&(positives, rows)| (positives as f64, rows as f64)));
        if counted.is_empty() {
            return Err(ShrinkError::Empty);
        }
        // For a given strength the likelihood is concave in the mean; over the strength it has one top.
        let mean_at = |strength: f64| top(1e-9, 1.0 - 1e-9, |mean| likelihood(&counted, mean, strength));
        let (low, high) = (libm::log(STRENGTHS.0), libm::log(STRENGTHS.1));
        let strength = libm::exp(top(low, high, |log_strength| {
            let strength = libm::exp(log_strength);
            likelihood(&counted, mean_at(strength), strength)
        }));
        Self::new(mean_at(strength), strength)
    }

    /// The expected chance of a group without rows.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// How many rows of its own a group needs to count as much as the others; large where groups are alike.
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// What is believed of a group in which `positives` of `rows` were, with an interval that holds its chance with
    /// probability `level`.
    ///
    /// # Errors
    /// When there are more positives than rows or `level` is not inside 0-1.
    pub fn rate(&self, positives: u64, rows: u64, level: f64) -> Result<Rate, ShrinkError> {
        if positives > rows {
            return Err(ShrinkError::MoreThanAll { group: 0, positives, rows });
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(ShrinkError::Level { level });
        }
        let a = self.mean * self.strength + positives as f64;
        let b = (1.0 - self.mean) * self.strength + (rows - positives) as f64;
        let tail = 0.5 * (1.0 - level);
        let interval = Interval { lower: quantile(a, b, tail), upper: quantile(a, b, 1.0 - tail) };
        Ok(Rate { mean: a / (a + b), interval, rows })
    }
}

/// ln of the chance of the groups' counts, without the terms that no prior changes.
fn likelihood(groups: &[(f64, f64)], mean: f64, strength: f64) -> f64 {
    let (a, b) = (mean * strength, (1.0 - mean) * strength);
    // ln(x (x+1) .. (x+count-1))
    let rising = |x: f64, count: f64| libm::lgamma(x + count) - libm::lgamma(x);
    let of = |&(k, n): &(f64, f64)| rising(a, k) + rising(b, n - k) - rising(strength, n);
    groups.iter().map(of).sum()
}

/// Where a function with one top is largest between two points (golden section).
fn top(mut lower: f64, mut upper: f64, of: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut left = upper - GOLDEN * (upper - lower);
    let mut right = lower + GOLDEN * (upper - lower);
    let (mut at_left, mut at_right) = (of(left), of(right));
    for _ in 0..60 {
        if at_left < at_right {
            lower = left;
            (left, at_left) = (right, at_right);
            right = lower + GOLDEN * (upper - lower);
            at_right = of(right);
        } else {
            upper = right;
            (right, at_right) = (left, at_left);
            left = upper - GOLDEN * (upper - lower);
            at_left = of(left);
        }
    }
    0.5 * (lower + upper)
}

/// The value that a beta variable stays at or below with chance `p`, by bisection.
fn quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut lower, mut upper) = (0.0, 1.0);
    for _ in 0..80 {
        let middle = 0.5 * (lower + upper);
        if cumulative(a, b, middle) < p {
            lower = middle;
        } else {
            upper = middle;
        }
    }
    0.5 * (lower + upper)
}

/// The regularised incomplete beta function for 0 < x < 1 by its continued fraction (DLMF 8.17.22, Lentz's method).
fn cumulative(a: f64, b: f64, x: f64) -> f64 {
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - cumulative(b, a, 1.0 - x);
    }
    let log_front =
        a * libm::log(x) + b * libm::log1p(-x) + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..10_000_u32 {
        let m = f64::from(term);
        for factor in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away_from_zero(1.0 + factor * d);
            c = away_from_zero(1.0 + factor / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (libm::exp(log_front) * fraction / a).clamp(0.0, 1.0)
}
