//! Which rows are learned from, and which are kept to judge by.
//!
//! A split by time is the honest one wherever rows have a time: a model is used on what comes after it. Where rows
//! belong together (several of one person, one house sold twice), a split by group keeps them on one side.

use crate::chance::Generator;

mod as_of;
mod folds;
#[cfg(test)]
mod tests;

pub use as_of::{Known, as_of};
pub use folds::{Fold, folds};

/// How much of the rows goes where; training gets the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// The share to tune, calibrate and stop by; at least 0.
    pub validation: f64,
    /// The share to judge by once; at least 0.
    pub test: f64,
}

impl Default for Shares {
    /// 60, 20 and 20 per cent.
    fn default() -> Self {
        Self { validation: 0.2, test: 0.2 }
    }
}

/// Rows by what they are for; each row is in one part only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// To learn from.
    pub training: Vec<usize>,
    /// To tune, calibrate and stop by.
    pub validation: Vec<usize>,
    /// To judge by, once.
    pub test: Vec<usize>,
}

/// Why rows cannot be split.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// Shares below 0, or that leave nothing to learn from.
    #[error(
        "shares of {validation} for validation and {test} for test leave nothing to learn from; they must be at least 0 and below 1 together"
    )]
    Shares {
        /// The share asked for validation.
        validation: f64,
        /// The share asked for test.
        test: f64,
    },
    /// A row has no time.
    #[error("row {row} has no time; leave such rows out, or split by chance")]
    NoTime {
        /// The row, counted from 0.
        row: usize,
    },
    /// A part that was asked for has no rows.
    #[error(
        "{rows} rows are too few for this split, or too many of them are of one time or group: a part would be empty"
    )]
    EmptyPart {
        /// How many rows there are.
        rows: usize,
    },
}

impl Shares {
    fn check(self) -> Result<Self, SplitError> {
        let Self { validation, test } = self;
        if validation >= 0.0 && test >= 0.0 && validation + test < 1.0 {
            return Ok(self);
        }
        Err(SplitError::Shares { validation, test })
    }

    /// How many of `rows` are before the validation part, and before the test part.
    fn ends(self, rows: usize) -> (usize, usize) {
        let before_test = rows - (rows as f64 * self.test).round() as usize;
        let validation = (rows as f64 * self.validation).round() as usize;
        (before_test.saturating_sub(validation), before_test)
    }
}

impl Parts {
    /// Earlier rows to learn from, later ones to judge by. Rows of the same time stay together: a border that would fall
    /// between them moves to the nearer end of that time. `times` are in any unit.
    ///
    /// # Errors
    /// When shares are out of range, a time is missing (`NaN`), or a part would be empty.
    pub fn by_time(times: &[f64], shares: Shares) -> Result<Self, SplitError> {
        let shares = shares.check()?;
        if let Some(row) = times.iter().position(|time| time.is_nan()) {
            return Err(SplitError::NoTime { row });
        }
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by(|a, b| times[*a].total_cmp(&times[*b]));
        let border = |wanted: usize| {
            let Some(time) = order.get(wanted).map(|row| times[*row]) else { return wanted };
            let begin = order.partition_point(|row| times[*row] < time);
            let end = order.partition_point(|row| times[*row] <= time);
            // At the ends of the table there is nothing to move to.
            if begin > 0 && (wanted - begin <= end - wanted || end == order.len()) { begin } else { end }
        };
        let (first, second) = shares.ends(times.len());
        let second = if shares.test > 0.0 { border(second) } else { second };
        let first = if shares.validation > 0.0 { border(first).min(second) } else { second };
        Self::cut(order, first, second, shares)
    }

    /// Whole groups to learn from, and whole groups to judge by, drawn with `seed` until a part has its share of the
    /// rows. Equal `groups` are one group.
    ///
    /// # Errors
    /// When shares are out of range, or a part would be empty.
    pub fn by_group(groups: &[u32], shares: Shares, seed: u64) -> Result<Self, SplitError> {
        let shares = shares.check()?;
        let mut names: Vec<u32> = groups.to_vec();
        names.sort_unstable();
        names.dedup();
        Generator::seeded(seed).shuffle(&mut names);
        let mut place: Vec<(u32, usize)> = names.iter().copied().zip(0..).collect();
        place.sort_unstable();
        let place_of =
            |group: u32| place.binary_search_by_key(&group, |(name, _)| *name).map_or(0, |at| place[at].1);
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by_key(|row| place_of(groups[*row]));
        let border = |mut at: usize| {
            while at > 0 && at < order.len() && groups[order[at - 1]] == groups[order[at]] {
                at += 1;
            }
            at
        };
        let (first, second) = shares.ends(groups.len());
        let (first, second) = (border(first), border(second));
        Self::cut(order, first, second, shares)
    }

    /// Any row anywhere, drawn with `seed`.
    ///
    /// # Errors
    /// When shares are out of range, or a part would be empty.
    pub fn by_chance(rows: usize, shares: Shares, seed: u64) -> Result<Self, SplitError> {
        let shares = shares.check()?;
        let mut order: Vec<usize> = (0..rows).collect();
        Generator::seeded(seed).shuffle(&mut order);
        let (first, second) = shares.ends(rows);
        Self::cut(order, first, second, shares)
    }

    fn cut(order: Vec<usize>, first: usize, second: usize, shares: Shares) -> Result<Self, SplitError> {
        let rows = order.len();
        let part = |range: std::ops::Range<usize>| {
            let mut part = order[range].to_vec();
            part.sort_unstable();
            part
        };
        let parts =
            Self { training: part(0..first), validation: part(first..second), test: part(second..rows) };
        let lacks = |part: &[usize], share: f64| share > 0.0 && part.is_empty();
        if parts.training.is_empty()
            || lacks(&parts.validation, shares.validation)
            || lacks(&parts.test, shares.test)
        {
            return Err(SplitError::EmptyPart { rows });
        }
        Ok(parts)
    }
}
