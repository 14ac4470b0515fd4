use crate::{Bits, DiscreteLaplace, NoiseError, Ratio, bits::bernoulli_exp};

/// The largest numerator of a variance.
const VARIANCE_MAX: u64 = 1 << 32;
/// The largest denominator of a variance.
const DENOMINATOR_MAX: u64 = 1 << 16;

/// Whole-number noise with `P(y)` in proportion to `exp(-y^2 / (2 * variance))`, for a rational variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscreteGaussian {
    variance: Ratio,
    /// The whole part of the standard deviation, plus one.
    t: u128,
}

impl DiscreteGaussian {
    /// Noise with this parameter (close to its variance, except for very small ones).
    ///
    /// # Errors
    /// When it is zero, its numerator is above 2^32 or its denominator above 2^16.
    pub fn new(variance: Ratio) -> Result<Self, NoiseError> {
        if variance.num == 0 {
            return Err(NoiseError::Zero);
        }
        if variance.num > u128::from(VARIANCE_MAX) || variance.den > u128::from(DENOMINATOR_MAX) {
            return Err(NoiseError::TooWide { max: VARIANCE_MAX });
        }
        Ok(Self { variance, t: (variance.num / variance.den).isqrt() + 1 })
    }

    /// Its variance parameter.
    pub fn variance(self) -> Ratio {
        self.variance
    }

    /// The zero-concentrated privacy loss when one contributor changes the figure by at most `sensitivity`
    /// (at most 2^32): `sensitivity^2 / (2 * variance)`.
    pub fn rho(self, sensitivity: u32) -> Ratio {
        let squared = u128::from(sensitivity) * u128::from(sensitivity);
        Ratio::reduced(squared * self.variance.den, 2 * self.variance.num)
    }

    /// One draw (CKS 2020, algorithm 3). It differs from the exact distribution by less than `exp(-2^40)`:
    /// candidates so far out that their chance leaves 128-bit arithmetic are refused.
    pub fn sample(self, bits: &mut impl Bits) -> i64 {
        let envelope = DiscreteLaplace::wide(self.t);
        loop {
            let y = envelope.sample(bits);
            let kept = self
                .acceptance(u128::from(y.unsigned_abs()))
                .is_some_and(|chance| bernoulli_exp(chance, bits));
            if kept {
                return y;
            }
        }
    }

    /// `(|y| - variance / t)^2 / (2 * variance)`, as one fraction.
    fn acceptance(self, y: u128) -> Option<Ratio> {
        let Ratio { num: a, den: b } = self.variance;
        // a <= 2^32, b <= 2^16, t <= 2^16 + 1: the divisor is at most 2^83.
        let distance = y.checked_mul(self.t * b)?.abs_diff(a);
        Some(Ratio::reduced(distance.checked_mul(distance)?, 2 * a * b * self.t * self.t))
    }

    /// The probability of `y`, rounded to floating point.
    pub fn probability(self, y: i64) -> f64 {
        self.weight(y.unsigned_abs()) / self.total()
    }

    /// The error bar: the least whole number that a share `level` (above 0, below 1) of all draws stays
    /// within, in absolute value.
    pub fn within(self, level: f64) -> u64 {
        let enough = level.min(1.0 - f64::EPSILON) * self.total();
        let (mut inside, mut q) = (self.weight(0), 0);
        while inside < enough && self.weight(q + 1) > 0.0 {
            q += 1;
            inside += 2.0 * self.weight(q);
        }
        q
    }

    fn weight(self, size: u64) -> f64 {
        let size = size as f64;
        libm::exp(-size * size / (2.0 * self.variance.as_f64()))
    }

    /// The sum of all weights; beyond 40 standard deviations they are below the smallest number.
    fn total(self) -> f64 {
        let furthest = (40.0 * libm::sqrt(self.variance.as_f64())) as u64 + 2;
        // From the smallest, so that nothing is lost to rounding.
        2.0 * (1..=furthest).rev().map(|size| self.weight(size)).sum::<f64>() + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(num: u64, den: u64) -> DiscreteGaussian {
        DiscreteGaussian::new(Ratio::new(num, den).unwrap()).unwrap()
    }

    #[test]
    fn probabilities_sum_to_one_and_the_error_bar_is_the_least_that_holds() {
        for noise in [gaussian(1, 9), gaussian(1, 1), gaussian(50, 3), gaussian(10_000, 1)] {
            let sum: f64 = (-1_000..=1_000).map(|y| noise.probability(y)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            let q = i64::try_from(noise.within(0.95)).unwrap();
            let inside = |q: i64| (-q..=q).map(|y| noise.probability(y)).sum::<f64>();
            assert!(inside(q) >= 0.95 - 1e-12 && (q == 0 || inside(q - 1) < 0.95), "{noise:?} {q}");
        }
    }

    #[test]
    fn variances_beyond_exact_arithmetic_are_refused() {
        assert_eq!(DiscreteGaussian::new(Ratio::new(0, 1).unwrap()), Err(NoiseError::Zero));
        let wide = DiscreteGaussian::new(Ratio::new(1 << 33, 1).unwrap());
        assert!(matches!(wide, Err(NoiseError::TooWide { .. })));
        assert!(DiscreteGaussian::new(Ratio::new(1 << 32, 1).unwrap()).is_ok());
    }
}
