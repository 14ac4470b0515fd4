use super::DriftError;

/// What Pearson's test says of two lists of counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquare {
    /// Sum of squared distances from what equal shares would give, each over what it would give.
    pub statistic: f64,
    /// Categories that occur, less one.
    pub degrees: usize,
    /// The chance of such a statistic or more when the shares are equal; an approximation that wants about five
    /// expected rows per cell.
    pub p_value: f64,
}

/// Whether the categories of `reference` and `current` (counts, in the same order) have equal shares.
///
/// Categories that occur in neither do not count. No continuity correction, also for two categories.
///
/// # Errors
/// When the lists differ in length, fewer than two categories occur, or one list counts nothing.
pub fn chi_square(reference: &[u64], current: &[u64]) -> Result<ChiSquare, DriftError> {
    let refused = DriftError::Categories { reference: reference.len(), current: current.len() };
    if reference.len() != current.len() {
        return Err(refused);
    }
    let total = |counts: &[u64]| counts.iter().map(|count| *count as f64).sum::<f64>();
    let (of_reference, of_current) = (total(reference), total(current));
    if of_reference == 0.0 || of_current == 0.0 {
        return Err(DriftError::Empty);
    }
    let (mut statistic, mut occurring) = (0.0, 0_usize);
    for (&a, &b) in reference.iter().zip(current) {
        let both = a as f64 + b as f64;
        if both == 0.0 {
            continue;
        }
        occurring += 1;
        for (seen, of) in [(a, of_reference), (b, of_current)] {
            let expected = both * of / (of_reference + of_current);
            statistic += (seen as f64 - expected).powi(2) / expected;
        }
    }
    if occurring < 2 {
        return Err(refused);
    }
    let degrees = occurring - 1;
    Ok(ChiSquare { statistic, degrees, p_value: gamma_above(0.5 * degrees as f64, 0.5 * statistic) })
}

/// The regularised upper incomplete gamma function Q(a, x): by its series below a + 1, by its continued fraction
/// above (DLMF 8.7.1 and 8.9.2).
fn gamma_above(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..100_000_u32 {
            term *= x / (a + f64::from(n));
            sum += term;
            if term < 1e-17 * sum {
                break;
            }
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..100_000_u32 {
        let n = f64::from(n);
        let factor = -n * (n - a);
        b += 2.0;
        let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
        d = 1.0 / away_from_zero(factor * d + b);
        c = away_from_zero(b + factor / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}
