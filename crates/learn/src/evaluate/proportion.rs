//! Intervals of shares.

use kernel::Interval;

/// Wilson's score interval for a share of which `successes` of `trials` were seen, at `z` standard deviations; 0 to 1
/// without trials.
///
/// Keeps to its level also for few trials and for shares near 0 and 1 (Brown, Cai and DasGupta, Statistical Science 16,
/// 2001).
pub(crate) fn wilson(successes: f64, trials: f64, z: f64) -> Interval {
    if trials <= 0.0 {
        return Interval { lower: 0.0, upper: 1.0 };
    }
    let share = (successes / trials).clamp(0.0, 1.0);
    let centre = share + z * z / (2.0 * trials);
    let reach = z * (share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)).sqrt();
    let scale = 1.0 + z * z / trials;
    // At 0 and 1 the end is exact; rounding must not move the share out of its interval.
    let lower = if share <= 0.0 { 0.0 } else { ((centre - reach) / scale).clamp(0.0, share) };
    let upper = if share >= 1.0 { 1.0 } else { ((centre + reach) / scale).clamp(share, 1.0) };
    Interval { lower, upper }
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy 1.17 `binomtest(..).proportion_ci(method="wilson")`.
    #[test]
    fn the_interval_agrees_with_known_values() {
        for (successes, trials, lower, upper) in [
            (0.0, 10.0, 0.0, 0.277_532_799_862_889_26),
            (7.0, 10.0, 0.396_778_147_461_145_26, 0.892_208_732_593_699),
            (50.0, 100.0, 0.403_831_530_365_995_6, 0.596_168_469_634_004_4),
        ] {
            let found = wilson(successes, trials, 1.959_963_984_540_054);
            assert!((found.lower - lower).abs() < 1e-12 && (found.upper - upper).abs() < 1e-12, "{found:?}");
        }
    }
}
