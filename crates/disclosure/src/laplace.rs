use crate::{
    Bits, Epsilon, NoiseError, Ratio,
    bits::{bernoulli_exp, coin, uniform},
    epsilon::MICRO,
};

/// The widest scale: numerator and denominator stay exact in 128 bits, with room for every product.
const SCALE_MAX: u64 = 1 << 40;

/// Whole-number noise with `P(y)` in proportion to `exp(-|y| / scale)`, for a rational scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscreteLaplace {
    scale: Ratio,
}

impl DiscreteLaplace {
    /// Noise of this scale.
    ///
    /// # Errors
    /// When the scale is zero, or above 2^40 in numerator or denominator.
    pub fn new(scale: Ratio) -> Result<Self, NoiseError> {
        if scale.num == 0 {
            return Err(NoiseError::Zero);
        }
        let max = u128::from(SCALE_MAX);
        if scale.num > max * u128::from(MICRO) || scale.den > max {
            return Err(NoiseError::TooWide { max: SCALE_MAX });
        }
        Ok(Self { scale })
    }

    /// The noise that gives a figure to which one contributor adds at most `sensitivity` the privacy
    /// parameter `epsilon`: its scale is `sensitivity / epsilon`, exactly.
    ///
    /// # Errors
    /// When either is zero, or the scale too wide.
    pub fn for_epsilon(sensitivity: u64, epsilon: Epsilon) -> Result<Self, NoiseError> {
        if epsilon.micro() == 0 {
            return Err(NoiseError::Zero);
        }
        let num = u128::from(sensitivity) * u128::from(MICRO);
        Self::new(Ratio::reduced(num, u128::from(epsilon.micro())))
    }

    /// Noise of a whole scale from 1: the envelope of [`crate::DiscreteGaussian`].
    pub(crate) fn wide(scale: u128) -> Self {
        Self { scale: Ratio { num: scale, den: 1 } }
    }

    /// Its scale.
    pub fn scale(self) -> Ratio {
        self.scale
    }

    /// The privacy parameter it gives when one contributor changes the figure by at most `sensitivity`:
    /// `sensitivity / scale`.
    pub fn epsilon(self, sensitivity: u64) -> Ratio {
        // The scale is at most 2^60, the sensitivity below 2^64.
        Ratio::reduced(u128::from(sensitivity) * self.scale.den, self.scale.num)
    }

    /// One draw, exact (CKS 2020, algorithm 2).
    pub fn sample(self, bits: &mut impl Bits) -> i64 {
        let Ratio { num: t, den: s } = self.scale;
        loop {
            let u = uniform(t, bits);
            if !bernoulli_exp(Ratio { num: u, den: t }, bits) {
                continue;
            }
            let mut v = 0_u128;
            while bernoulli_exp(Ratio { num: 1, den: 1 }, bits) {
                v += 1;
            }
            let y = (u + t * v) / s;
            let negative = coin(bits);
            if negative && y == 0 {
                continue;
            }
            // |y| reaches 2^63 only after 2^3 scales of 2^60: it saturates there instead of wrapping.
            let y = i64::try_from(y).unwrap_or(i64::MAX);
            return if negative { -y } else { y };
        }
    }

    /// The probability of `y`, rounded to floating point.
    pub fn probability(self, y: i64) -> f64 {
        let step = 1.0 / self.scale.as_f64();
        // (1 - r) / (1 + r) with r = exp(-step), without cancellation for small steps.
        libm::tanh(step / 2.0) * libm::exp(-step * y.unsigned_abs() as f64)
    }

    /// The error bar: the least whole number that a share `level` (above 0, below 1) of all draws stays
    /// within, in absolute value.
    pub fn within(self, level: f64) -> u64 {
        let step = 1.0 / self.scale.as_f64();
        let r = libm::exp(-step);
        // P(|y| > q) = 2 r^(q+1) / (1 + r), for every q from 0.
        let beyond = |q: f64| 2.0 * libm::exp(-step * (q + 1.0)) / (1.0 + r);
        let outside = (1.0 - level).clamp(f64::MIN_POSITIVE, 1.0);
        let near = (libm::log(2.0 / (outside * (1.0 + r))) / step - 1.0).max(0.0);
        let mut q = (libm::floor(near) - 1.0).max(0.0);
        while beyond(q) > outside {
            q += 1.0;
        }
        q as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::tests::seeded;

    fn laplace(num: u64, den: u64) -> DiscreteLaplace {
        DiscreteLaplace::new(Ratio::new(num, den).unwrap()).unwrap()
    }

    #[test]
    fn its_scale_is_sensitivity_over_epsilon_without_rounding() {
        let noise = DiscreteLaplace::for_epsilon(3, Epsilon::from_micro(300_000)).unwrap();
        assert_eq!(noise.scale(), Ratio::new(10, 1).unwrap());
        assert_eq!(noise.epsilon(3), Ratio::new(3, 10).unwrap());
    }

    #[test]
    fn no_noise_and_too_much_noise_are_refused() {
        assert_eq!(DiscreteLaplace::for_epsilon(1, Epsilon::ZERO), Err(NoiseError::Zero));
        assert_eq!(DiscreteLaplace::for_epsilon(0, Epsilon::ONE), Err(NoiseError::Zero));
        let widest = DiscreteLaplace::for_epsilon(u64::MAX, Epsilon::from_micro(1));
        assert!(matches!(widest, Err(NoiseError::TooWide { .. })));
    }

    #[test]
    fn probabilities_sum_to_one_and_the_error_bar_is_the_least_that_holds() {
        for noise in [laplace(1, 2), laplace(1, 1), laplace(7, 3), laplace(40, 1)] {
            let sum: f64 = (-2_000..=2_000).map(|y| noise.probability(y)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            for level in [0.5, 0.9, 0.95, 0.99] {
                let q = i64::try_from(noise.within(level)).unwrap();
                let inside = |q: i64| (-q..=q).map(|y| noise.probability(y)).sum::<f64>();
                assert!(inside(q) >= level - 1e-12, "{noise:?} {level} {q}");
                assert!(q == 0 || inside(q - 1) < level, "{noise:?} {level} {q}");
            }
        }
    }

    #[test]
    fn wide_noise_is_drawn_quickly_and_has_the_spread_it_should() {
        let noise = DiscreteLaplace::for_epsilon(1_000, Epsilon::from_micro(7_000)).unwrap();
        let mut bits = seeded(5);
        let draws: Vec<i64> = (0..4_000).map(|_| noise.sample(&mut bits)).collect();
        let mean_size = draws.iter().map(|y| y.unsigned_abs() as f64).sum::<f64>() / 4_000.0;
        assert!((mean_size / noise.scale().as_f64() - 1.0).abs() < 0.08, "{mean_size}");
        let inside = draws.iter().filter(|y| y.unsigned_abs() <= noise.within(0.9)).count();
        assert!(inside.abs_diff(3_600) < 100, "{inside}");
    }
}
