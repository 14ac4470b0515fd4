//! Whether a column tells groups apart.

use serde::{Deserialize, Serialize};

use super::tails;
use crate::{
    evaluate::{Insufficient, Lacking},
    frame::{Column, MISSING_LEVEL},
};

/// How strength is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Cramér's V between levels and groups, 0 to 1, tested by chi-square.
    CramersV,
    /// The area under the ROC curve with which the column tells one group from the others, 0.5 to 1, tested by Mann and
    /// Whitney.
    Auc,
}

/// What of the column was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Its values.
    Values,
    /// Whether it has one.
    Missingness,
}

/// How strongly a column goes with groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// What of the column was looked at.
    pub aspect: Aspect,
    /// How strength is measured.
    pub measure: Measure,
    /// The strength.
    pub effect: f64,
    /// The chance of seeing that much where there is nothing. Where several groups were held against the rest, it is
    /// multiplied by their number.
    pub p: f64,
    /// How many rows were looked at.
    pub rows: u64,
}

/// From where on a column is flagged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// The least rows that must have a group.
    pub rows: u64,
    /// The least rows that a group must have to be looked at.
    pub group_rows: u64,
    /// Cramér's V from which on an association matters.
    pub cramers_v: f64,
    /// AUC from which on an association matters.
    pub auc: f64,
    /// Chance of a false flag over all columns together.
    pub alpha: f64,
}

impl Default for Thresholds {
    /// What Cohen (Statistical Power Analysis, 1988) calls a medium effect: a V of 0.3, or half a standard deviation
    /// between groups, which is an AUC of 0.64; flagged wrongly in 1 of 100 audits; 100 rows, 30 in a group.
    fn default() -> Self {
        Self { rows: 100, group_rows: 30, cramers_v: 0.3, auc: 0.64, alpha: 0.01 }
    }
}

/// What an audit says of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It tells groups apart: strongly enough to matter, and not by chance.
    Flagged(Vec<Association>),
    /// It does not, as far as the rows tell.
    Clear(Vec<Association>),
    /// There are too few rows to say.
    Insufficient(Insufficient),
}

/// How `column` goes with `groups` (the group of each row, [`MISSING_LEVEL`] where it is not known): its values, and whether
/// it has one.
///
/// Levels so rare that less than five rows of the smallest group are expected in them are looked at together
/// (Cochran's rule). Groups of fewer than `thresholds.group_rows` are left out. A missing value of a category is a level
/// like others.
///
/// # Errors
/// When fewer than two groups are large enough or too few rows have a group.
pub fn associate(
    column: &Column,
    groups: &[u32],
    thresholds: &Thresholds,
) -> Result<Vec<Association>, Insufficient> {
    let (groups, count) = large_groups(groups, thresholds)?;
    let mut found = Vec::new();
    match column {
        Column::Category { codes, .. } => found.extend(of_levels(codes, &groups, count, Aspect::Values)),
        Column::Number(values) => {
            found.extend(of_numbers(values, &groups, count));
            let missing: Vec<u32> = values.iter().map(|value| u32::from(value.is_nan())).collect();
            found.extend(of_levels(&missing, &groups, count, Aspect::Missingness));
        }
    }
    Ok(found)
}

/// Looks at all `columns` and flags those that go with `groups`, so that with chance `1 - alpha` none is flagged by mere
/// chance (Holm, Scandinavian Journal of Statistics 6, 1979). One verdict per column, in their order.
pub fn audit(columns: &[&Column], groups: &[u32], thresholds: &Thresholds) -> Vec<Verdict> {
    let found: Vec<_> = columns.iter().map(|column| associate(column, groups, thresholds)).collect();
    let mut chances: Vec<f64> = found.iter().flatten().flatten().map(|association| association.p).collect();
    chances.sort_unstable_by(f64::total_cmp);
    // The largest p that still counts: the steps go on until the first that fails.
    let count = chances.len() as f64;
    let steps = chances.iter().enumerate();
    let passed = steps.take_while(|(at, p)| **p <= thresholds.alpha / (count - *at as f64)).last();
    let bound = passed.map_or(-1.0, |(_, p)| *p);
    let flagged = |association: &Association| {
        let strong = match association.measure {
            Measure::CramersV => association.effect >= thresholds.cramers_v,
            Measure::Auc => association.effect >= thresholds.auc,
        };
        strong && association.p <= bound
    };
    let verdict = |found: Result<Vec<Association>, Insufficient>| match found {
        Err(insufficient) => Verdict::Insufficient(insufficient),
        Ok(found) if found.iter().any(flagged) => Verdict::Flagged(found),
        Ok(found) => Verdict::Clear(found),
    };
    found.into_iter().map(verdict).collect()
}

/// The groups that are large enough, numbered anew, and how many they are; rows of others are none.
fn large_groups(
    groups: &[u32],
    thresholds: &Thresholds,
) -> Result<(Vec<Option<usize>>, usize), Insufficient> {
    let mut sizes = std::collections::BTreeMap::<u32, u64>::new();
    for group in groups.iter().filter(|group| **group != MISSING_LEVEL) {
        *sizes.entry(*group).or_default() += 1;
    }
    let mut by_size: Vec<u64> = sizes.values().copied().collect();
    by_size.sort_unstable_by(|one, other| other.cmp(one));
    sizes.retain(|_, size| *size >= thresholds.group_rows);
    let lacking = |have, need| Insufficient { lacking: Lacking::Rows, have, need, rows_needed: None };
    if sizes.len() < 2 {
        return Err(lacking(by_size.get(1).copied().unwrap_or(0), thresholds.group_rows));
    }
    let rows: u64 = sizes.values().sum();
    if rows < thresholds.rows {
        return Err(lacking(rows, thresholds.rows));
    }
    let large: Vec<u32> = sizes.into_keys().collect();
    let numbered = groups.iter().map(|group| large.binary_search(group).ok()).collect();
    Ok((numbered, large.len()))
}

/// Cramér's V of `codes` and groups; none when all rows are alike.
fn of_levels(codes: &[u32], groups: &[Option<usize>], count: usize, aspect: Aspect) -> Option<Association> {
    let mut table = std::collections::BTreeMap::<u32, Vec<f64>>::new();
    for (code, group) in codes.iter().zip(groups) {
        if let Some(group) = group {
            table.entry(*code).or_insert_with(|| vec![0.0; count])[*group] += 1.0;
        }
    }
    let column_sums = |rows: &[Vec<f64>]| -> Vec<f64> {
        (0..count).map(|group| rows.iter().map(|row| row[group]).sum()).collect()
    };
    let rows: Vec<Vec<f64>> = table.into_values().collect();
    let totals = column_sums(&rows);
    let all: f64 = totals.iter().sum();
    let smallest = totals.iter().copied().fold(f64::INFINITY, f64::min) / all;
    let (mut rows, rare): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.iter().sum::<f64>() * smallest >= 5.0);
    if !rare.is_empty() {
        rows.push(column_sums(&rare));
    }
    let (effect, p) = cramers_v(&rows)?;
    Some(Association { aspect, measure: Measure::CramersV, effect, p, rows: all as u64 })
}

/// Cramér's V of a contingency table and the p-value of Pearson's chi-square; none when it has one row or one column with
/// anything in it.
pub fn cramers_v(table: &[Vec<f64>]) -> Option<(f64, f64)> {
    let columns = table.iter().map(Vec::len).max()?;
    let of_row: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let of_column: Vec<f64> =
        (0..columns).map(|at| table.iter().filter_map(|row| row.get(at)).sum()).collect();
    let all: f64 = of_row.iter().sum();
    let filled = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count();
    let (rows, columns) = (filled(&of_row), filled(&of_column));
    if rows < 2 || columns < 2 {
        return None;
    }
    let mut square = 0.0;
    for (row, row_sum) in table.iter().zip(&of_row) {
        for (at, column_sum) in of_column.iter().enumerate() {
            let expected = row_sum * column_sum / all;
            if expected > 0.0 {
                square += (row.get(at).copied().unwrap_or(0.0) - expected).powi(2) / expected;
            }
        }
    }
    let degrees = ((rows - 1) * (columns - 1)) as f64;
    let most = (rows.min(columns) - 1) as f64;
    Some(((square / (all * most)).sqrt().min(1.0), tails::chi_square_above(square, degrees)))
}

/// The AUC with which numbers tell the group that they tell best from the others.
fn of_numbers(values: &[f64], groups: &[Option<usize>], count: usize) -> Option<Association> {
    let mut rows: Vec<(f64, usize)> = values
        .iter()
        .zip(groups)
        .filter(|(value, _)| !value.is_nan())
        .filter_map(|(value, group)| group.map(|group| (*value, group)))
        .collect();
    rows.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    // With two groups, the one is the other turned round.
    let tested = if count == 2 { 1 } else { count };
    let tests = (0..tested).filter_map(|group| rank_test(&rows, |of| of == group));
    let (auc, p) = tests.max_by(|one, other| one.0.total_cmp(&other.0))?;
    let p = (p * tested as f64).min(1.0);
    let aspect = Aspect::Values;
    Some(Association { aspect, measure: Measure::Auc, effect: auc, p, rows: rows.len() as u64 })
}

/// The AUC (turned so that it is at least 0.5) of `sorted` values and the two-sided p-value of Mann's and Whitney's test, by
/// its normal approximation with continuity and ties; none when all or no rows are in, or all values are equal.
fn rank_test(sorted: &[(f64, usize)], is_in: impl Fn(usize) -> bool) -> Option<(f64, f64)> {
    let (mut inside, mut ranks, mut ties, mut below) = (0.0, 0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|one, other| one.0 == other.0) {
        let size = tied.len() as f64;
        let with = tied.iter().filter(|(_, group)| is_in(*group)).count() as f64;
        ranks += with * (below + 0.5 * (size + 1.0));
        inside += with;
        below += size;
        ties += size * size * size - size;
    }
    let all = sorted.len() as f64;
    let outside = all - inside;
    if inside == 0.0 || outside == 0.0 {
        return None;
    }
    let u = ranks - 0.5 * inside * (inside + 1.0);
    let most = inside * outside;
    let variance = most / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        return None;
    }
    let far = u.max(most - u) - 0.5 * most - 0.5;
    let auc = (u / most).max(1.0 - u / most);
    Some((auc, tails::normal_two_sided(far.max(0.0) / variance.sqrt()).min(1.0)))
}
