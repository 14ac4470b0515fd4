use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{CompareError, Verdict};

/// What one arm has brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Subjects whose outcome is known.
    pub rows: u64,
    /// Positive outcomes among them.
    pub positives: u64,
}

/// A test of two rates that may be looked at any number of times: the mixture sequential probability ratio test.
///
/// R. Johari, P. Koomen, L. Pekelis and D. Walsh, "Always valid inference: continuous monitoring of A/B tests",
/// Operations Research 70, 2022, for the difference of two rates under the normal approximation, with a normal
/// mixture of variance `tau2` around no difference. If both arms are alike, the chance that it ever says otherwise
/// is at most `alpha`; the interval of every look holds the true difference at all looks together with chance 1 -
/// `alpha`.
///
/// The approximation wants some rows of both kinds in each arm: nothing is decided before [`Sequential::ROWS_MIN`]
/// rows and [`Sequential::OF_EACH_MIN`] positives and negatives over both arms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequential {
    alpha: f64,
    tau2: f64,
    p_value: f64,
    interval: Interval,
    verdict: Verdict,
    champion: Counts,
    challenger: Counts,
    looks: u64,
}

/// What a look at the counts says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Rate of the challenger less rate of the champion, as seen now.
    pub difference: f64,
    /// The likelihood ratio of "they differ" to "they do not" now.
    pub ratio: f64,
    /// The always-valid p-value: the smallest 1 / ratio of all looks so far, at most 1.
    pub p_value: f64,
    /// Where the true difference lies, as all looks so far say together.
    pub interval: Interval,
    /// Who is better. Once decided, it stays.
    pub verdict: Verdict,
}

impl Sequential {
    /// Rows of each arm before which nothing is decided.
    pub const ROWS_MIN: u64 = 30;

    /// Positives and negatives over both arms before which nothing is decided.
    pub const OF_EACH_MIN: u64 = 10;

    /// A test at level `alpha` (0.05), most sensitive to differences of about the square root of `tau2` (1e-4: a
    /// point in a hundred).
    ///
    /// # Errors
    /// When `alpha` is not inside 0-1 or `tau2` is not a finite number above 0.
    pub fn new(alpha: f64, tau2: f64) -> Result<Self, CompareError> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(CompareError::Option { name: "alpha", value: alpha });
        }
        if !tau2.is_finite() || tau2 <= 0.0 {
            return Err(CompareError::Option { name: "tau2", value: tau2 });
        }
        Ok(Self {
            alpha,
            tau2,
            p_value: 1.0,
            interval: Interval { lower: -1.0, upper: 1.0 },
            verdict: Verdict::NotYetKnown,
            champion: Counts::default(),
            challenger: Counts::default(),
            looks: 0,
        })
    }

    /// Looks at all that was counted so far.
    ///
    /// # Errors
    /// When there are more positives than rows, or fewer rows than at the look before; nothing has changed then.
    pub fn look(&mut self, champion: Counts, challenger: Counts) -> Result<Look, CompareError> {
        for (now, before) in [(champion, self.champion), (challenger, self.challenger)] {
            if now.positives > now.rows {
                return Err(CompareError::MoreThanAll { positives: now.positives, rows: now.rows });
            }
            if now.rows < before.rows || now.positives < before.positives {
                return Err(CompareError::Shrunk { before: before.rows, now: now.rows });
            }
        }
        (self.champion, self.challenger) = (champion, challenger);
        self.looks += 1;
        let difference = challenger.rate() - champion.rate();
        let mut ratio = 1.0;
        if enough(champion, challenger) {
            let variance = champion.variance() + challenger.variance();
            ratio = mixture_ratio(difference, variance, self.tau2);
            let half = half_width(variance, self.tau2, self.alpha);
            self.narrow(difference - half, difference + half);
            self.p_value = self.p_value.min(1.0 / ratio);
            if self.verdict == Verdict::NotYetKnown && self.p_value <= self.alpha {
                self.verdict =
                    if difference > 0.0 { Verdict::ChallengerBetter } else { Verdict::ChampionBetter };
            }
        }
        Ok(Look { difference, ratio, p_value: self.p_value, interval: self.interval, verdict: self.verdict })
    }

    /// Looks taken.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// Keeps what all looks have in common. Looks that contradict each other (a chance of `alpha` at most) leave
    /// the point of the former nearest to the latter.
    fn narrow(&mut self, lower: f64, upper: f64) {
        let Interval { lower: low, upper: high } = self.interval;
        self.interval = Interval { lower: lower.clamp(low, high), upper: upper.clamp(low, high) };
    }
}

impl Counts {
    fn rate(self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.positives as f64 / self.rows as f64 }
    }

    /// Of the rate.
    fn variance(self) -> f64 {
        let rate = self.rate();
        rate * (1.0 - rate) / (self.rows as f64)
    }
}

fn enough(champion: Counts, challenger: Counts) -> bool {
    let positives = champion.positives + challenger.positives;
    let negatives = champion.rows + challenger.rows - positives;
    champion.rows.min(challenger.rows) >= Sequential::ROWS_MIN
        && positives.min(negatives) >= Sequential::OF_EACH_MIN
        && champion.variance() + challenger.variance() > 0.0
}

/// The ratio of the mixture's likelihood to that of no difference, for a difference of this `variance`. With n rows
/// in each arm and V = n * variance: sqrt(V / (V + n tau2)) exp(n^2 tau2 d^2 / (2 V (V + n tau2))).
fn mixture_ratio(difference: f64, variance: f64, tau2: f64) -> f64 {
    let spread = variance + tau2;
    let exponent = tau2 * difference * difference / (2.0 * variance * spread);
    ((variance / spread).sqrt() * libm::exp(exponent)).min(f64::MAX)
}

/// Half the width of the confidence sequence: the differences whose ratio stays below 1 / alpha.
fn half_width(variance: f64, tau2: f64, alpha: f64) -> f64 {
    let spread = variance + tau2;
    (variance * spread / tau2 * (2.0 * libm::log(1.0 / alpha) + libm::log(spread / variance))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Reference {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        n_per_arm: u64,
        conv_a: u64,
        conv_b: u64,
        tau2: f64,
        lambda_n: f64,
        p_always_valid: f64,
        cs95_half: f64,
    }

    #[test]
    fn ratio_p_value_and_width_are_those_of_the_reference() {
        let text = include_str!("../../../../data/ml/msprt_reference.json");
        let reference: Reference = serde_json::from_str(text).expect("vectors");
        assert_eq!(reference.vectors.len(), 5);
        for vector in reference.vectors {
            let champion = Counts { rows: vector.n_per_arm, positives: vector.conv_a };
            let challenger = Counts { rows: vector.n_per_arm, positives: vector.conv_b };
            let difference = challenger.rate() - champion.rate();
            let variance = champion.variance() + challenger.variance();
            let ratio = mixture_ratio(difference, variance, vector.tau2);
            assert!((ratio / vector.lambda_n - 1.0).abs() < 1e-12, "{ratio} is not {}", vector.lambda_n);
            assert!(((1.0 / ratio).min(1.0) - vector.p_always_valid).abs() < 1e-12);
            let half = half_width(variance, vector.tau2, 0.05);
            assert!((half / vector.cs95_half - 1.0).abs() < 1e-12, "{half} is not {}", vector.cs95_half);
        }
    }
}
