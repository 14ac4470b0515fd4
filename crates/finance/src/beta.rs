/// A beta distribution: what is believed of a chance between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    a: f64,
    b: f64,
}

/// The parameters are not those of a beta distribution.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a beta distribution needs two finite parameters above zero, not {a} and {b}")]
pub struct BetaError {
    /// First parameter.
    pub a: f64,
    /// Second parameter.
    pub b: f64,
}

impl Beta {
    /// The distribution with `a` pseudo-successes and `b` pseudo-failures.
    ///
    /// # Errors
    /// When one of them is not a finite number above zero.
    pub fn new(a: f64, b: f64) -> Result<Self, BetaError> {
        if a.is_finite() && b.is_finite() && a > 0.0 && b > 0.0 {
            Ok(Self { a, b })
        } else {
            Err(BetaError { a, b })
        }
    }

    /// Pseudo-successes.
    pub fn successes(&self) -> f64 {
        self.a
    }

    /// Pseudo-failures.
    pub fn failures(&self) -> f64 {
        self.b
    }

    /// The belief after `wins` more successes and `losses` more failures.
    #[must_use]
    pub fn updated(&self, wins: u64, losses: u64) -> Self {
        Self { a: self.a + wins as f64, b: self.b + losses as f64 }
    }

    /// Expected chance.
    pub fn mean(&self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// Chance that the variable is at most `x`: the regularised incomplete beta function, to about 1e-12.
    pub fn cumulative(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        if x >= 1.0 {
            return 1.0;
        }
        // The continued fraction converges fast below the mean's neighbourhood, the mirrored one above.
        if x < (self.a + 1.0) / (self.a + self.b + 2.0) {
            front(self.a, self.b, x) * continued_fraction(self.a, self.b, x) / self.a
        } else {
            1.0 - front(self.a, self.b, x) * continued_fraction(self.b, self.a, 1.0 - x) / self.b
        }
    }

    /// The value that the variable stays at or below with chance `p` (clamped to 0-1).
    ///
    /// Newton steps inside a bracket that bisection keeps, so that it always ends.
    pub fn quantile(&self, p: f64) -> f64 {
        const STEPS_MAX: usize = 200;
        if p <= 0.0 {
            return 0.0;
        }
        if p >= 1.0 {
            return 1.0;
        }
        let (mut lower, mut upper) = (0.0_f64, 1.0_f64);
        let mut x = self.mean();
        for _ in 0..STEPS_MAX {
            let error = self.cumulative(x) - p;
            if error > 0.0 {
                upper = x
            } else {
                lower = x
            }
            let density = front(self.a, self.b, x) / (x * (1.0 - x));
            let newton = x - error / density;
            let next = if newton > lower && newton < upper { newton } else { 0.5 * (lower + upper) };
            if (next - x).abs() <= 1e-15 * x.max(f64::MIN_POSITIVE) {
                return next;
            }
            x = next;
        }
        x
    }

    /// The range that leaves out `(1 - level) / 2` on either side: (lower, upper).
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let tail = 0.5 * (1.0 - level);
        (self.quantile(tail), self.quantile(1.0 - tail))
    }
}

/// x^a (1-x)^b / B(a, b).
fn front(a: f64, b: f64, x: f64) -> f64 {
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    (a * x.ln() + b * (-x).ln_1p() - log_beta).exp()
}

/// The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22).
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TERMS_MAX: u32 = 10_000;
    const TINY: f64 = 1e-300;
    let kept_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..=TERMS_MAX {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / kept_from_zero(1.0 + even * d);
        c = kept_from_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / kept_from_zero(1.0 + odd * d);
        c = kept_from_zero(1.0 + odd / c);
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // scipy 1.17 `special.betainc`.
    #[test]
    fn the_cumulative_function_agrees_with_known_values() {
        for (a, b, x, expected) in [
            (1.0, 1.0, 0.3, 0.3),
            (2.0, 3.0, 0.4, 0.5248),
            (0.5, 0.5, 0.1, 0.204_832_764_699_133_45),
            (12.0, 8.0, 0.55, 0.316_926_011_310_584_3),
            (30.0, 70.0, 0.25, 0.135_814_904_283_427_7),
            (600.5, 400.25, 0.6, 0.496_995_960_915_613_6),
            (0.1, 5.0, 0.01, 0.769_088_920_784_346_2),
        ] {
            let actual = Beta::new(a, b).expect("valid").cumulative(x);
            assert!((actual - expected).abs() < 1e-12, "({a}, {b}) at {x}: {actual} is not {expected}");
        }
    }

    // scipy 1.17 `special.betaincinv`.
    #[test]
    fn the_quantile_agrees_with_known_values() {
        for (a, b, p, expected) in [
            (1.0, 1.0, 0.05, 0.05),
            (2.0, 3.0, 0.05, 0.097_611_462_886_414_34),
            (2.0, 3.0, 0.95, 0.751_395_374_269_818_1),
            (12.0, 8.0, 0.05, 0.418_064_474_814_191_8),
            (12.0, 8.0, 0.95, 0.770_279_080_673_837_4),
            (600.5, 400.25, 0.95, 0.625_396_747_104_018_9),
            (0.5, 0.5, 0.05, 0.006_155_829_702_431_136),
            (6.0, 4.0, 0.5, 0.606_915_167_189_370_4),
        ] {
            let actual = Beta::new(a, b).expect("valid").quantile(p);
            assert!((actual - expected).abs() < 1e-11, "({a}, {b}) at {p}: {actual} is not {expected}");
        }
    }

    #[test]
    fn parameters_must_be_above_zero() {
        for (a, b) in [(0.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert!(Beta::new(a, b).is_err(), "{a}, {b}");
        }
    }

    #[test]
    fn successes_raise_the_mean_and_narrow_the_interval() {
        let prior = Beta::new(6.0, 4.0).expect("valid");
        let later = prior.updated(30, 10);
        assert_eq!((later.successes(), later.failures()), (36.0, 14.0));
        assert!(later.mean() > prior.mean());
        let width = |(lower, upper): (f64, f64)| upper - lower;
        assert!(width(later.interval(0.9)) < width(prior.interval(0.9)));
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_cumulative_function(a in 0.2_f64..300.0, b in 0.2_f64..300.0, p in 0.001_f64..0.999) {
            let beta = Beta::new(a, b).expect("valid");
            let back = beta.cumulative(beta.quantile(p));
            prop_assert!((back - p).abs() < 1e-9, "{p} came back as {back}");
        }
    }
}
