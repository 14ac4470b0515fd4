//! Random bits and noisy figures.

use disclosure::{Bits, Cell, DiscreteLaplace, Epsilon, NoiseError, clamp};
use kernel::Chance;

use super::{ERROR_BAR_LEVEL, Figure, Grouping};

/// Bits from the hub's generator.
pub(super) struct Drawn<'a>(pub &'a Chance);

impl Bits for Drawn<'_> {
    fn next(&mut self) -> u64 {
        u64::from_be_bytes(self.0.bytes())
    }
}

/// How many figures of an answer one market can change: a row of each group it is in and the row of all, each with its
/// total.
pub(super) fn figures_per_market(by: Grouping, columns: usize) -> u64 {
    let rows = match by {
        Grouping::Region | Grouping::Currency => 2,
        Grouping::Vertical => kernel::Vertical::ALL.len() + 1,
    };
    (rows * (columns + 1)) as u64
}

/// Noise for figures to which each market adds at most `clamp_at`, sharing `epsilon` among those it can change.
pub(super) fn noise(
    epsilon: Epsilon,
    clamp_at: u64,
    by: Grouping,
    columns: usize,
) -> Result<DiscreteLaplace, NoiseError> {
    DiscreteLaplace::for_epsilon(clamp_at, epsilon.split(figures_per_market(by, columns)))
}

/// A figure with noise on its clamped count.
pub(super) fn noisy(cell: &Cell, clamp_at: u64, noise: DiscreteLaplace, bits: &mut impl Bits) -> Figure {
    let clamped: u64 = cell.contributions().map(|(_, value)| clamp(value, clamp_at)).sum();
    let value = i64::try_from(clamped).unwrap_or(i64::MAX).saturating_add(noise.sample(bits));
    Figure::Told { value, plus_minus: Some(noise.within(ERROR_BAR_LEVEL)) }
}
