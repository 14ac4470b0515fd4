//! Tails of the distributions that tests refer to.

/// The chance that a standard normal variable is further from 0 than `z`, either way.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The chance that a chi-square variable with `degrees` degrees of freedom is above `x`.
pub(super) fn chi_square_above(x: f64, degrees: f64) -> f64 {
    if x <= 0.0 || degrees <= 0.0 {
        return 1.0;
    }
    let (a, x) = (0.5 * degrees, 0.5 * x);
    // The incomplete gamma functions of Press et al., Numerical Recipes, section 6.2.
    let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        (1.0 - scale * series(a, x)).clamp(0.0, 1.0)
    } else {
        (scale * fraction(a, x)).clamp(0.0, 1.0)
    }
}

fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for n in 1..10_000 {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Lentz's method.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for n in 1..10_000 {
        let n = f64::from(n);
        let term = -n * (n - a);
        b += 2.0;
        d = 1.0 / nonzero(term * d + b, TINY);
        c = nonzero(b + term / c, TINY);
        let change = d * c;
        h *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

fn nonzero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy 1.17: `chi2.sf(x, degrees)`, `2 * norm.sf(z)`.
    #[test]
    fn tails_agree_with_known_values() {
        for (x, degrees, expected) in [
            (3.841_458_820_694_124, 1.0, 0.05),
            (0.5, 1.0, 0.479_500_122_186_953_5),
            (10.0, 4.0, 0.040_427_681_994_512_8),
            (100.0, 4.0, 9.836_624_224_615_988e-21),
            (30.0, 40.0, 0.875_218_784_967_475_1),
        ] {
            let found = chi_square_above(x, degrees);
            assert!(
                (found - expected).abs() < 1e-12 * expected.max(1e-9) + 1e-13 * expected,
                "{x}, {degrees}: {found:e}"
            );
        }
        assert!((normal_two_sided(1.959_963_984_540_054) - 0.05).abs() < 1e-15);
        assert_eq!(chi_square_above(0.0, 3.0), 1.0);
    }
}
