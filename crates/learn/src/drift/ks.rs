use super::{DriftError, all_finite};

/// What the two-sample test of Kolmogorov and Smirnov says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnov {
    /// Largest distance between the two empirical distribution functions, 0-1.
    pub distance: f64,
    /// The chance of such a distance or more between two samples of one continuous distribution. With many ties it
    /// is an upper bound.
    pub p_value: f64,
}

/// Sizes up to which two samples of equal size are judged exactly.
const EXACT_EQUAL_MAX: usize = 10_000;
/// Product of the sizes up to which two samples are judged exactly.
const EXACT_PRODUCT_MAX: usize = 4_000_000;

/// Whether two samples come from one distribution.
///
/// The p-value is exact, with full relative precision however small, for samples of equal size up to 10 000 and for
/// others up to a product of sizes of 4 million; beyond, it is Kolmogorov's limit with Stephens' correction (JRSS B
/// 32, 1970).
///
/// # Errors
/// When a sample is empty or holds a number that is not finite.
pub fn kolmogorov_smirnov(one: &[f64], other: &[f64]) -> Result<KolmogorovSmirnov, DriftError> {
    all_finite(one)?;
    all_finite(other)?;
    let (m, n) = (one.len(), other.len());
    let divisor = gcd(m, n);
    let (step_m, step_n) = (m / divisor, n / divisor);
    let apart = apart(one, other, step_m, step_n);
    let distance = apart as f64 / (step_m as f64 * n as f64);
    let p_value = match () {
        () if apart == 0 => 1.0,
        () if m == n && m <= EXACT_EQUAL_MAX => outside_square(n, apart),
        () if m.saturating_mul(n) <= EXACT_PRODUCT_MAX => outside(m, n, step_m, step_n, apart),
        () => limit(m as f64, n as f64, distance),
    };
    Ok(KolmogorovSmirnov { distance, p_value: p_value.clamp(0.0, 1.0) })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The largest distance of the distribution functions, as a whole number of 1 / lcm(m, n).
fn apart(one: &[f64], other: &[f64], step_m: usize, step_n: usize) -> usize {
    let sorted = |sample: &[f64]| {
        let mut sample = sample.to_vec();
        sample.sort_by(f64::total_cmp);
        sample
    };
    let (one, other) = (sorted(one), sorted(other));
    let (mut i, mut j, mut largest) = (0, 0, 0);
    while i < one.len() && j < other.len() {
        let at = one[i].min(other[j]);
        i += one[i..].iter().take_while(|value| **value <= at).count();
        j += other[j..].iter().take_while(|value| **value <= at).count();
        largest = largest.max((i * step_n).abs_diff(j * step_m));
    }
    largest
}

/// The chance that a random lattice path from (0, 0) to (n, n) ever comes `apart` steps from the diagonal: an
/// alternating sum of binomials, factored so that nothing cancels (as in SciPy's `ks_2samp`).
fn outside_square(n: usize, apart: usize) -> f64 {
    let (side, step) = (n as f64, apart as f64);
    let mut p = 0.0;
    for k in (0..=n / apart).rev() {
        let k = k as f64;
        let mut factor = 1.0;
        for j in 0..apart {
            let j = j as f64;
            factor *= (side - k * step - j) / (side + k * step + j + 1.0);
        }
        p = factor * (1.0 - p);
    }
    2.0 * p
}

/// The chance that a random lattice path from (0, 0) to (m, n) ever comes `apart` from the diagonal: from the end
/// backwards, as sums of positive numbers only.
fn outside(m: usize, n: usize, step_m: usize, step_n: usize, apart: usize) -> f64 {
    let is_outside = |i: usize, j: usize| (i * step_n).abs_diff(j * step_m) >= apart;
    // The chance from (i, j) on, for the current i and each j.
    let mut line = vec![0.0; n + 1];
    for i in (0..=m).rev() {
        for j in (0..=n).rev() {
            line[j] = if is_outside(i, j) {
                1.0
            } else {
                let (right, up) = ((m - i) as f64, (n - j) as f64);
                let steps = right + up;
                let to_the_right = if i < m { right / steps * line[j] } else { 0.0 };
                let upward = if j < n { up / steps * line[j + 1] } else { 0.0 };
                to_the_right + upward
            };
        }
    }
    line[0]
}

fn limit(m: f64, n: f64, distance: f64) -> f64 {
    let root = (m * n / (m + n)).sqrt();
    let reach = (root + 0.12 + 0.11 / root) * distance;
    let term = |k: i32| {
        let k = f64::from(k);
        libm::exp(-2.0 * k * k * reach * reach)
    };
    if reach < 0.2 {
        // The series no longer converges, and the chance is 1 to all digits.
        return 1.0;
    }
    2.0 * (1..=100).map(|k| if k % 2 == 1 { term(k) } else { -term(k) }).sum::<f64>()
}
