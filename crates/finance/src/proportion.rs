use crate::normal;

/// Wilson's score interval for a chance of which `successes` of `trials` were seen, at `level` (0.9):
/// (lower, upper), (0, 1) without trials. Keeps to its level also for few trials and for chances near
/// 0 and 1 (Brown, Cai and DasGupta, Statistical Science 16, 2001).
pub fn wilson(successes: u64, trials: u64, level: f64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let share = successes.min(trials) as f64 / n;
    let z = normal::quantile(0.5 + 0.5 * level.clamp(0.0, 1.0 - f64::EPSILON));
    let centre = share + z * z / (2.0 * n);
    let reach = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((centre - reach) / scale).max(0.0), ((centre + reach) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy 1.17 `binomtest(..).proportion_ci(method="wilson")`.
    #[test]
    fn the_interval_agrees_with_known_values() {
        for (successes, trials, lower, upper) in [
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (7, 10, 0.396_778_147_461_145_26, 0.892_208_732_593_699),
            (50, 100, 0.403_831_530_365_995_6, 0.596_168_469_634_004_4),
        ] {
            let (low, high) = wilson(successes, trials, 0.95);
            assert!(
                (low - lower).abs() < 1e-9 && (high - upper).abs() < 1e-9,
                "{successes}/{trials}: {low}, {high}"
            );
        }
    }

    #[test]
    fn without_trials_everything_is_possible() {
        assert_eq!(wilson(0, 0, 0.9), (0.0, 1.0));
    }
}
