//! The standard normal distribution.

use std::f64::consts::{SQRT_2, TAU};

/// Density of the standard normal distribution at `z`.
pub fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / TAU.sqrt()
}

/// Chance that a standard normal variable is at most `z`, to about 1e-15 relative, also deep in the tails.
pub fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The value that a standard normal variable stays at or below with chance `p`.
///
/// Exactly 0 gives negative and exactly 1 positive infinity; outside 0-1 the answer is NaN.
///
/// Acklam's rational start (relative error 1.2e-9) and one step of Halley's method against
/// [`cumulative`], which brings it to the last digits of a double.
pub fn quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    let start = acklam(p);
    let error = (cumulative(start) - p) / density(start);
    start - error / (1.0 + 0.5 * start * error)
}

/// P. J. Acklam's approximation of the normal quantile for 0 < p <= 1/2 (2003).
fn acklam(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    const TAIL: f64 = 0.024_25;
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    if p < TAIL {
        let r = (-2.0 * p.ln()).sqrt();
        horner(&C, r) / horner(&D, r)
    } else {
        let centred = p - 0.5;
        let r = centred * centred;
        horner(&A, r) * centred / horner(&B, r)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // mpmath 1.4, 30 digits.
    #[test]
    fn the_cumulative_function_agrees_with_known_values() {
        for (z, expected) in [
            (-8.0, 6.220_960_574_271_784e-16),
            (-3.0, 0.001_349_898_031_630_094_5),
            (-1.5, 0.066_807_201_268_858_07),
            (-0.3, 0.382_088_577_811_047_4),
            (0.0, 0.5),
            (0.5, 0.691_462_461_274_013_1),
            (1.0, 0.841_344_746_068_542_9),
            (2.5, 0.993_790_334_674_223_8),
            (6.0, 0.999_999_999_013_412_4),
        ] {
            let actual = cumulative(z);
            assert!((actual / expected - 1.0).abs() < 1e-14, "{z}: {actual} is not {expected}");
        }
    }

    #[test]
    fn the_quantile_agrees_with_known_values() {
        for (p, expected) in [
            (1e-12, -7.034_483_825_301_132),
            (1e-5, -4.264_890_793_922_825),
            (0.01, -2.326_347_874_040_841),
            (0.025, -1.959_963_984_540_054_2),
            (0.1, -1.281_551_565_544_600_5),
            (0.3, -0.524_400_512_708_040_8),
            (0.5, 0.0),
            (0.95, 1.644_853_626_951_472_7),
            (0.999, 3.090_232_306_167_813_5),
        ] {
            let actual = quantile(p);
            assert!((actual - expected).abs() < 1e-13, "{p}: {actual} is not {expected}");
        }
    }

    #[test]
    fn certainty_is_at_infinity_and_nonsense_is_not_a_number() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        for p in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(quantile(p).is_nan(), "{p}");
        }
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_cumulative_function(z in -8.0_f64..5.0) {
            let back = quantile(cumulative(z));
            prop_assert!((back - z).abs() < 1e-9, "{z} came back as {back}");
        }
    }
}
