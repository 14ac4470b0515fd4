use super::{DriftError, all_finite};

/// A population stability index from which a shift is worth a look, by the usual convention (N. Siddiqi, "Credit risk
/// scorecards", 2006).
pub const PSI_MODERATE: f64 = 0.1;

/// A population stability index from which a model should not be trusted any more, by the same convention.
pub const PSI_STRONG: f64 = 0.25;

/// Shares of bins count as no less than this, so that an empty bin does not make the index infinite.
const SHARE_MIN: f64 = 1e-4;

/// The population stability index of `current` against `reference`: sum of (b - a) ln(b / a) over `bins` bins that
/// hold equal shares of the reference (quantiles by linear interpolation, the outer bins open). 0 for equal
/// samples.
///
/// # Errors
/// When a sample is empty or holds a number that is not finite, or for fewer than 2 bins.
pub fn psi(reference: &[f64], current: &[f64], bins: usize) -> Result<f64, DriftError> {
    all_finite(reference)?;
    all_finite(current)?;
    if bins < 2 {
        return Err(DriftError::Bins { bins });
    }
    let edges = edges(reference, bins);
    psi_of_counts(&counts(&edges, reference), &counts(&edges, current))
}

/// Where bins that hold equal shares of `reference`, which is not empty, meet; equal ones are one.
pub(super) fn edges(reference: &[f64], bins: usize) -> Vec<f64> {
    let mut sorted = reference.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..bins).map(|bin| quantile(&sorted, bin as f64 / bins as f64)).collect();
    edges.dedup();
    edges
}

/// How many of `sample` lie in each bin between `edges`.
pub(super) fn counts(edges: &[f64], sample: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; edges.len() + 1];
    for value in sample {
        counts[edges.partition_point(|edge| edge <= value)] += 1;
    }
    counts
}

/// The population stability index of `current` against `reference`, counts of the same categories.
///
/// # Errors
/// When there are not as many categories in both, or one of them counts nothing.
pub fn psi_of_counts(reference: &[u64], current: &[u64]) -> Result<f64, DriftError> {
    if reference.len() != current.len() {
        return Err(DriftError::Categories { reference: reference.len(), current: current.len() });
    }
    let total = |counts: &[u64]| counts.iter().map(|count| *count as f64).sum::<f64>();
    let (of_reference, of_current) = (total(reference), total(current));
    if of_reference == 0.0 || of_current == 0.0 {
        return Err(DriftError::Empty);
    }
    let term = |(a, b): (&u64, &u64)| {
        let a = (*a as f64 / of_reference).max(SHARE_MIN);
        let b = (*b as f64 / of_current).max(SHARE_MIN);
        (b - a) * libm::log(b / a)
    };
    Ok(reference.iter().zip(current).map(term).sum())
}

/// The quantile of ascending values by linear interpolation.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}
