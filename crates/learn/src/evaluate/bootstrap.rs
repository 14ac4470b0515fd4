//! Intervals by resampling rows.
//!
//! A resample is a count per row. Whatever was sorted stays sorted, so that a round costs one pass and not one sort.

use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::quantile;
use crate::chance::Generator;

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resampling {
    /// How many resamples are drawn. 1000 fixes the ends of a 95 % interval to about a twentieth of its width.
    pub rounds: u32,
    /// The chance with which an interval is to hold the figure, such as 0.95.
    pub level: f64,
    /// The seed of the draws: the same seed gives the same intervals.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { rounds: 1000, level: 0.95, seed: 20_140_502 }
    }
}

/// What is drawn with replacement.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// Each of so many rows by itself.
    Rows(usize),
    /// Whole clusters of rows that are not independent of each other: the cluster of each row.
    Clusters(&'a [u32]),
}

impl Units<'_> {
    fn rows(self) -> usize {
        match self {
            Self::Rows(rows) => rows,
            Self::Clusters(of) => of.len(),
        }
    }
}

/// Draws resamples of `units` and hands the count of every row to `each`, round after round.
pub fn resample(units: Units<'_>, resampling: &Resampling, mut each: impl FnMut(&[f64])) {
    let rows = units.rows();
    let (places, drawn) = match units {
        Units::Rows(rows) => (None, rows),
        Units::Clusters(of) => {
            // Clusters are numbered anew, so that sparse codes do not cost memory.
            let mut codes = of.to_vec();
            codes.sort_unstable();
            codes.dedup();
            let places: Vec<usize> =
                of.iter().map(|code| codes.partition_point(|known| known < code)).collect();
            (Some(places), codes.len())
        }
    };
    let mut counts = vec![0.0_f64; rows];
    let mut cluster_counts = vec![0.0_f64; if places.is_some() { drawn } else { 0 }];
    for round in 0..resampling.rounds {
        let mut chance = Generator::seeded_part(resampling.seed, u64::from(round));
        let into = if places.is_some() { &mut cluster_counts } else { &mut counts };
        into.fill(0.0);
        for _ in 0..drawn {
            into[chance.below(drawn)] += 1.0;
        }
        if let Some(places) = &places {
            for (count, place) in counts.iter_mut().zip(places) {
                *count = cluster_counts[*place];
            }
        }
        each(&counts);
    }
}

/// Percentile intervals of `N` figures that are computed together; a figure of a resample in which it is not defined
/// (no row with the outcome, say) is NaN and left out.
///
/// An interval is none when more than a tenth of the resamples left the figure undefined, or there are fewer than 20.
pub fn percentile<const N: usize>(
    units: Units<'_>,
    resampling: &Resampling,
    mut figures: impl FnMut(&[f64]) -> [f64; N],
) -> [Option<Interval>; N] {
    let mut draws: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(resampling.rounds as usize));
    resample(units, resampling, |counts| {
        for (draws, figure) in draws.iter_mut().zip(figures(counts)) {
            if figure.is_finite() {
                draws.push(figure);
            }
        }
    });
    draws.map(|draws| interval(draws, resampling))
}

/// The middle `level` of `draws`.
pub(crate) fn interval(mut draws: Vec<f64>, resampling: &Resampling) -> Option<Interval> {
    if draws.len() < 20 || (draws.len() as f64) < 0.9 * f64::from(resampling.rounds) {
        return None;
    }
    draws.sort_unstable_by(f64::total_cmp);
    let outside = 0.5 * (1.0 - resampling.level.clamp(0.0, 1.0));
    let lower = quantile::of_ascending(&draws, outside)?;
    let upper = quantile::of_ascending(&draws, 1.0 - outside)?;
    Some(Interval { lower, upper })
}

/// The mean of `values`, each counted as often as `counts` says; none when all counts are 0.
pub(super) fn counted_mean(values: &[f64], counts: &[f64]) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for (value, count) in values.iter().zip(counts) {
        sum += value * count;
        total += count;
    }
    (total > 0.0).then(|| sum / total)
}
