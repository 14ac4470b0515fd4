//! Levels of a category as a number: how often the target is met in them.
//!
//! Groups of levels that are chosen by the gradients of a node fit its rows too well where levels are many and rows few.
//! A statistic is one number per level for all trees, drawn to the mean where a level has few rows, and a row's own target
//! has no part in the number it is learned with: that comes from the other folds (Micci-Barreca, SIGKDD Explorations 3,
//! 2001; Prokhorenkova et al., "CatBoost", 2018). Questions to it are questions for a set of levels once the trees are
//! grown, so that a forest knows nothing of statistics.

use super::{
    Test,
    binning::{MISSING_BIN, ends},
};
use crate::{chance::Generator, frame::MISSING_LEVEL};

/// Folds of which a row's statistic comes from all but its own.
const FOLDS: usize = 8;

/// Bins at most.
const BINS_MAX: usize = 64;

/// The statistic of one category.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistic {
    /// The category's place among the columns.
    pub column: usize,
    /// The bin of each row of the table: out of fold where it is learned from.
    pub bins: Vec<u8>,
    /// The bin of each level by all rows that are learned from; that of missing values where it has none.
    level_bins: Vec<u8>,
    /// The number of bins, that of missing values included.
    pub len: usize,
}

/// A category's cells, and what is to be learned of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Categories<'a> {
    pub column: usize,
    pub codes: &'a [u32],
    pub levels: usize,
    pub target: &'a [f64],
    /// The rows to learn from.
    pub rows: &'a [u32],
}

/// Sum of targets and number of rows.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    sum: f64,
    rows: f64,
}

impl Statistic {
    /// Counts targets by level. A level counts like the mean over all rows as far as it has fewer than `strength` rows.
    pub fn of(categories: Categories<'_>, strength: f64, seed: u64) -> Self {
        let Categories { column, codes, levels, target, rows } = categories;
        let mut all = vec![Tally::default(); levels];
        let mut by_fold = vec![Tally::default(); levels * FOLDS];
        let mut total = Tally::default();
        let mut chance = Generator::seeded_part(seed, column as u64);
        let fold_of: Vec<u8> = rows.iter().map(|_| chance.below(FOLDS) as u8).collect();
        for (&row, &fold) in rows.iter().zip(&fold_of) {
            let value = target[row as usize];
            let count = |tally: &mut Tally| {
                tally.sum += value;
                tally.rows += 1.0;
            };
            count(&mut total);
            if let Some(tally) = all.get_mut(codes[row as usize] as usize) {
                count(tally);
                count(&mut by_fold[codes[row as usize] as usize * FOLDS + fold as usize]);
            }
        }
        let mean = total.sum / total.rows.max(1.0);
        let shrunk = |sum: f64, rows: f64| (sum + strength * mean) / (rows + strength);

        let mut values: Vec<(f64, usize)> = all
            .iter()
            .filter(|tally| tally.rows > 0.0)
            .map(|tally| (shrunk(tally.sum, tally.rows), tally.rows as usize))
            .collect();
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        values.dedup_by(|next, last| {
            let same = next.0 == last.0;
            if same {
                last.1 += next.1;
            }
            same
        });
        let upper = ends(&values, BINS_MAX);
        let bin = |value: f64| 1 + upper.partition_point(|end| *end < value) as u8;
        let level_bins: Vec<u8> = all
            .iter()
            .map(|tally| if tally.rows > 0.0 { bin(shrunk(tally.sum, tally.rows)) } else { MISSING_BIN })
            .collect();
        let mut bins: Vec<u8> =
            codes.iter().map(|code| level_bins.get(*code as usize).copied().unwrap_or(MISSING_BIN)).collect();
        for (&row, &fold) in rows.iter().zip(&fold_of) {
            let code = codes[row as usize];
            if code == MISSING_LEVEL {
                continue;
            }
            let (all, own) = (all[code as usize], by_fold[code as usize * FOLDS + fold as usize]);
            let others = all.rows - own.rows;
            // To the other folds it is a level that nobody has seen.
            bins[row as usize] =
                if others > 0.0 { bin(shrunk(all.sum - own.sum, others)) } else { MISSING_BIN };
        }
        Self { column, bins, level_bins, len: upper.len() + 2 }
    }

    /// The question whether the statistic is at most that of bin `last`, for the levels themselves.
    pub fn question(&self, last: u8, missing_left: bool) -> Test {
        let within = |(_, bin): &(u32, &u8)| if **bin == MISSING_BIN { missing_left } else { **bin <= last };
        Test::Levels((0_u32..).zip(&self.level_bins).filter(within).map(|(code, _)| code).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: u32 = 400;

    /// Levels 0 to 3 in turn, of which the odd ones meet the target; level 4 has the last row alone, level 5 none.
    fn world() -> (Vec<u32>, Vec<f64>) {
        let mut codes: Vec<u32> = (0..ROWS).map(|row| row % 4).collect();
        codes[ROWS as usize - 1] = 4;
        codes[0] = MISSING_LEVEL;
        let target = codes.iter().map(|code| f64::from(code % 2)).collect();
        (codes, target)
    }

    fn statistic(codes: &[u32], target: &[f64], rows: &[u32]) -> Statistic {
        Statistic::of(Categories { column: 0, codes, levels: 6, target, rows }, 10.0, 1)
    }

    #[test]
    fn levels_are_in_the_order_of_their_targets_and_those_without_rows_are_missing() {
        let (codes, target) = world();
        let rows: Vec<u32> = (0..ROWS).collect();
        let statistic = statistic(&codes, &target, &rows);
        let bins = &statistic.level_bins;
        assert!(bins[1] > bins[0] && bins[3] > bins[2] && bins[4] > 0, "{bins:?}");
        assert_eq!(bins[5], MISSING_BIN);
        assert!(bins.iter().chain(&statistic.bins).all(|bin| (*bin as usize) < statistic.len));
        let Test::Levels(low) = statistic.question(bins[0].max(bins[2]), false) else { panic!() };
        assert!(
            [0, 2].iter().all(|code| low.contains(*code))
                && [1, 3, 5].iter().all(|code| !low.contains(*code))
        );
    }

    #[test]
    fn a_level_of_one_row_is_unknown_to_that_row() {
        let (codes, target) = world();
        let rows: Vec<u32> = (0..ROWS).collect();
        let statistic = statistic(&codes, &target, &rows);
        assert_eq!(statistic.bins[ROWS as usize - 1], MISSING_BIN);
        assert_eq!(statistic.bins[0], MISSING_BIN, "what is missing stays missing");
    }

    #[test]
    fn rows_that_are_not_learned_from_have_no_part() {
        let (codes, target) = world();
        let rows: Vec<u32> = (0..ROWS / 2).collect();
        let before = statistic(&codes, &target, &rows);
        let mut turned = target.clone();
        turned[ROWS as usize / 2..].iter_mut().for_each(|value| *value = 1.0 - *value);
        assert_eq!(before, statistic(&codes, &turned, &rows));
    }
}
