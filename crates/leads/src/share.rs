//! Intervals of shares.

use kernel::Interval;

/// 90 % of a normal distribution lie within this many standard deviations.
const Z_90: f64 = 1.644_853_626_951_472_7;

/// With 90 % confidence, the share of which `successes` of `trials` were seen; 0 to 1 without trials.
///
/// Wilson's interval (Journal of the American Statistical Association 22, 1927), which keeps to its level also for few
/// trials and for shares near 0 and 1.
pub(crate) fn interval(successes: u64, trials: u64) -> Interval {
    if trials == 0 {
        return Interval { lower: 0.0, upper: 1.0 };
    }
    let (trials, square) = (trials as f64, Z_90 * Z_90);
    let share = successes as f64 / trials;
    let centre = share + square / (2.0 * trials);
    let reach = Z_90 * (share * (1.0 - share) / trials + square / (4.0 * trials * trials)).sqrt();
    let scale = 1.0 + square / trials;
    Interval {
        lower: ((centre - reach) / scale).clamp(0.0, share),
        upper: ((centre + reach) / scale).clamp(share, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy 1.17 `binomtest(..).proportion_ci(0.9, method="wilson")`.
    #[test]
    fn the_interval_agrees_with_known_values() {
        for (successes, trials, lower, upper) in [
            (0, 10, 0.0, 0.212_941_970_083_406_98),
            (7, 10, 0.441_699_795_869_835_1, 0.873_123_416_096_802_1),
        ] {
            let found = interval(successes, trials);
            assert!((found.lower - lower).abs() < 1e-12 && (found.upper - upper).abs() < 1e-12, "{found:?}");
        }
        assert_eq!(interval(0, 0), Interval { lower: 0.0, upper: 1.0 });
    }
}
