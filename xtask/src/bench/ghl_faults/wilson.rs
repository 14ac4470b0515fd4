//! The interval of a share, by Wilson (1927): never beyond 0 and 1, also when everything or nothing succeeded.

/// The standard normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Where the true share lies, with 95 % confidence, when `good` of `all` were.
pub fn interval(good: usize, all: usize) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (all as f64, good as f64 / all as f64);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::interval;

    fn rounded(good: usize, all: usize) -> (f64, f64) {
        let (low, high) = interval(good, all);
        ((low * 1e4).round() / 1e4, (high * 1e4).round() / 1e4)
    }

    /// Values of statsmodels' `proportion_confint(method="wilson")`.
    #[test]
    fn intervals_are_those_of_the_books() {
        assert_eq!(rounded(81, 263), (0.2553, 0.3662));
        assert_eq!(rounded(0, 20), (0.0, 0.1611));
        assert_eq!(rounded(100, 100), (0.963, 1.0));
        assert_eq!(interval(0, 0), (0.0, 1.0));
    }
}
