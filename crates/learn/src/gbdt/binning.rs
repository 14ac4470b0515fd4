//! Values as small integers: what training looks at.

use crate::frame::{Column, Frame, MISSING_LEVEL};

/// The bin of a missing value in every column.
pub(super) const MISSING_BIN: u8 = 0;

/// Values of a number that share a bin are at least so many rows.
const BIN_ROWS_MIN: usize = 3;

/// Which value of a column is in which bin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FeatureBins {
    /// Bin `b` from 1 holds what is above `upper[b - 2]` and not above `upper[b - 1]`; the last bin has no end.
    Number {
        /// Ascending ends.
        upper: Vec<f64>,
    },
    /// Each level has a bin; those that the limit leaves out share the last.
    Category {
        /// The bin of each code.
        bin_of: Vec<u8>,
        /// The code of each bin from 1; without the shared one.
        code_of: Vec<u32>,
        /// Whether there is a shared bin, which no group of levels may contain.
        shared: bool,
    },
}

/// Which value is in which bin, for every column.
#[derive(Clone, Debug, PartialEq)]
pub struct Binner {
    pub(super) features: Vec<FeatureBins>,
}

/// The bins of a frame's rows, column by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    pub(super) columns: Vec<Vec<u8>>,
    /// The levels of categories, which may be more than bins.
    pub(super) codes: Vec<Coded>,
    rows: usize,
}

/// The levels of a category's rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Coded {
    pub column: usize,
    pub codes: Vec<u32>,
    pub levels: usize,
}

impl FeatureBins {
    /// Number of bins, that of missing values included.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Number { upper } => upper.len() + 2,
            Self::Category { code_of, shared, .. } => code_of.len() + 1 + usize::from(*shared),
        }
    }

    fn of_numbers(values: &[f64], bins_max: usize) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut distinct: Vec<(f64, usize)> = Vec::new();
        for value in sorted {
            match distinct.last_mut() {
                Some((last, count)) if *last == value => *count += 1,
                _ => distinct.push((value, 1)),
            }
        }
        Self::Number { upper: ends(&distinct, bins_max) }
    }

    fn of_levels(codes: &[u32], levels: usize, bins_max: usize) -> Self {
        let mut counts = vec![0_usize; levels];
        codes.iter().filter(|code| **code != MISSING_LEVEL).for_each(|code| counts[*code as usize] += 1);
        let mut code_of: Vec<u32> = (0..levels as u32).filter(|code| counts[*code as usize] > 0).collect();
        code_of.sort_by_key(|code| std::cmp::Reverse(counts[*code as usize]));
        let shared = code_of.len() > bins_max;
        if shared {
            code_of.truncate(bins_max - 1);
        }
        let rest = if shared { code_of.len() + 1 } else { MISSING_BIN as usize };
        let mut bin_of = vec![rest as u8; levels];
        code_of.iter().zip(1..).for_each(|(code, bin)| bin_of[*code as usize] = bin);
        Self::Category { bin_of, code_of, shared }
    }

    fn bins(&self, column: &Column) -> Vec<u8> {
        match (self, column) {
            (Self::Number { upper }, Column::Number(values)) => values
                .iter()
                .map(|value| {
                    if value.is_nan() {
                        MISSING_BIN
                    } else {
                        1 + upper.partition_point(|end| end < value) as u8
                    }
                })
                .collect(),
            (Self::Category { bin_of, .. }, Column::Category { codes, .. }) => {
                codes.iter().map(|code| bin_of.get(*code as usize).copied().unwrap_or(MISSING_BIN)).collect()
            }
            (_, column) => vec![MISSING_BIN; column.rows()],
        }
    }
}

/// The ends of at most `bins_max` bins over `distinct` values with their counts: each value for itself where that
/// is possible, else about as many rows in each bin, with heavy values alone. Ends lie half way between values.
pub(super) fn ends(distinct: &[(f64, usize)], bins_max: usize) -> Vec<f64> {
    let total: usize = distinct.iter().map(|(_, count)| count).sum();
    let fits = distinct.len() <= bins_max;
    let mut rows_left = total;
    let mut bins_left = bins_max.max(1);
    let mut target = if fits { BIN_ROWS_MIN as f64 } else { total as f64 / bins_left as f64 };
    let mean = total as f64 / bins_max.max(1) as f64;
    let mut ends = Vec::new();
    let mut rows = 0;
    for (at, (value, count)) in distinct.iter().enumerate() {
        rows += count;
        rows_left -= count;
        let Some((next, next_count)) = distinct.get(at + 1) else { break };
        let next_is_heavy = !fits && *next_count as f64 >= mean && rows as f64 >= (target / 2.0).max(1.0);
        if rows as f64 >= target || next_is_heavy {
            if ends.len() + 2 > bins_max {
                break;
            }
            ends.push(between(*value, *next));
            rows = 0;
            bins_left = bins_left.saturating_sub(1);
            if !fits {
                target = rows_left as f64 / bins_left.max(1) as f64;
            }
        }
    }
    ends
}

/// A number that is not below `low` and below `high`, half way if the arithmetic allows.
fn between(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) / 2.0;
    if middle >= low && middle < high { middle } else { low }
}

impl Binner {
    /// Looks at the values of `frame` to find at most `bins_max` (2 to 254) bins per column.
    pub fn new(frame: &Frame, bins_max: usize) -> Self {
        let bins_max = bins_max.clamp(2, 254);
        let features = frame.columns().iter().map(|column| match column {
            Column::Number(values) => FeatureBins::of_numbers(values, bins_max),
            Column::Category { codes, levels } => FeatureBins::of_levels(codes, levels.len(), bins_max),
        });
        Self { features: features.collect() }
    }

    /// The bins of the rows of `frame`, which has the columns that this was made of.
    pub fn bins(&self, frame: &Frame) -> Bins {
        let columns = self.features.iter().zip(frame.columns()).map(|(feature, column)| feature.bins(column));
        let coded = |(column, cells): (usize, &Column)| match cells {
            Column::Category { codes, levels } => {
                Some(Coded { column, codes: codes.clone(), levels: levels.len() })
            }
            Column::Number(_) => None,
        };
        let codes = frame.columns().iter().enumerate().filter_map(coded).collect();
        Bins { columns: columns.collect(), codes, rows: frame.rows() }
    }
}

impl Bins {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_ends_lie_half_way() {
        let values = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 4.0, 4.0, 4.0, f64::NAN];
        let bins = FeatureBins::of_numbers(&values, 254);
        assert_eq!(bins, FeatureBins::Number { upper: vec![1.5, 3.0] });
        assert_eq!(bins.bins(&Column::Number(vec![f64::NAN, 1.0, 1.5, 1.6, 9.0])), [0, 1, 1, 2, 3]);
    }

    #[test]
    fn rare_levels_share_the_last_bin() {
        let codes = [0, 0, 0, 1, 1, 2, 3, MISSING_LEVEL];
        let bins = FeatureBins::of_levels(&codes, 5, 3);
        assert_eq!(
            bins,
            FeatureBins::Category { bin_of: vec![1, 2, 3, 3, 3], code_of: vec![0, 1], shared: true }
        );
        assert_eq!(bins.len(), 4);
    }

    #[test]
    fn a_heavy_value_has_a_bin_of_its_own() {
        let mut values = vec![0.0; 5000];
        values.extend((1..=5000).map(f64::from));
        let FeatureBins::Number { upper } = FeatureBins::of_numbers(&values, 50) else { panic!() };
        assert_eq!(upper[0], 0.5);
        assert!(upper.len() >= 45, "{}", upper.len());
    }

    proptest! {
        #[test]
        fn bins_are_in_the_order_of_values_and_within_the_limit(
            values in proptest::collection::vec(-50.0_f64..50.0, 1..400),
            bins_max in 2_usize..60,
        ) {
            let feature = FeatureBins::of_numbers(&values, bins_max);
            prop_assert!(feature.len() <= bins_max + 1);
            let bins = feature.bins(&Column::Number(values.clone()));
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
            prop_assert!(order.windows(2).all(|pair| bins[pair[0]] <= bins[pair[1]]));
            prop_assert!(bins.iter().all(|bin| *bin > 0 && (*bin as usize) < feature.len()));
        }

        #[test]
        fn an_end_parts_its_neighbours(low in proptest::num::f64::NORMAL, ulps in 1_u64..1000) {
            let high = f64::from_bits(if low > 0.0 { low.to_bits() + ulps } else { low.to_bits() - ulps });
            prop_assume!(high > low && high.is_finite());
            let end = between(low, high);
            prop_assert!(low <= end && end < high);
        }
    }
}
