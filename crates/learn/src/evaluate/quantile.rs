//! Quantiles of sorted numbers, by linear interpolation between order statistics.
//!
//! Hyndman and Fan's definition 7 (The American Statistician 50, 1996), the default of numpy and R.

/// The `share`-quantile of `sorted`, ascending; none when it is empty.
pub(crate) fn of_ascending(sorted: &[f64], share: f64) -> Option<f64> {
    at(sorted.len(), share, |place| sorted[place])
}

/// The `share`-quantile of `sorted`, descending; none when it is empty.
pub(crate) fn of_descending(sorted: &[f64], share: f64) -> Option<f64> {
    at(sorted.len(), share, |place| sorted[sorted.len() - 1 - place])
}

/// The middle of `sorted`, ascending; between the two middle ones when their number is even.
pub(crate) fn median(sorted: &[f64]) -> Option<f64> {
    of_ascending(sorted, 0.5)
}

fn at(count: usize, share: f64, value: impl Fn(usize) -> f64) -> Option<f64> {
    let last = count.checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let (low, high) = (value(below), value((below + 1).min(last)));
    let part = place - below as f64;
    // numpy's form: exact at both ends.
    Some(if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) })
}

/// The median of values in ascending order that stand `count(place)` times each; none when all counts are 0.
pub(crate) fn counted_median(
    values: impl Fn(usize) -> f64,
    places: usize,
    count: impl Fn(usize) -> f64,
) -> Option<f64> {
    let total: f64 = (0..places).map(&count).sum();
    if total <= 0.0 {
        return None;
    }
    // Counts are whole: the middle one has number (n + 1) / 2, or the middle two are averaged.
    let (low_rank, high_rank) = (((total + 1.0) / 2.0).floor(), ((total + 2.0) / 2.0).floor());
    let mut seen = 0.0;
    let mut low = None;
    for place in 0..places {
        let times = count(place);
        if times <= 0.0 {
            continue;
        }
        seen += times;
        if low.is_none() && seen >= low_rank {
            low = Some(values(place));
        }
        if seen >= high_rank {
            return low.map(|low| f64::midpoint(low, values(place)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy 2: np.percentile([1, 2, 4, 8], [0, 10, 50, 90, 100])
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            let found = of_ascending(&sorted, share).unwrap();
            assert!((found - expected).abs() < 1e-12, "{share}: {found}");
            let mirrored: Vec<f64> = sorted.iter().rev().copied().collect();
            assert_eq!(of_descending(&mirrored, share), Some(found));
        }
        assert_eq!(of_ascending(&[], 0.5), None);
    }

    #[test]
    fn a_counted_median_is_the_median_of_the_repeated_values() {
        let values = [1.0, 2.0, 5.0, 9.0];
        for counts in [[1.0, 1.0, 1.0, 1.0], [0.0, 3.0, 0.0, 2.0], [2.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
        {
            let mut repeated = Vec::new();
            for (value, count) in values.iter().zip(counts) {
                repeated.extend(std::iter::repeat_n(*value, count as usize));
            }
            let found = counted_median(|at| values[at], 4, |at| counts[at]);
            assert_eq!(found, median(&repeated), "{counts:?}");
        }
        assert_eq!(counted_median(|at| values[at], 4, |_| 0.0), None);
    }
}
