use serde::{Deserialize, Serialize};

use super::{
    Adjustment, DriftError, PSI_MODERATE, PSI_STRONG, adjust, chi_square, kolmogorov_smirnov, psi,
    psi_of_counts,
};
use crate::frame::{Column, Frame, MISSING_LEVEL};

/// How one column of a frame has moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnDrift {
    /// The column.
    pub column: String,
    /// Population stability index, missing cells counted as a bin of their own.
    pub psi: f64,
    /// The chance of such a difference or more if nothing had moved: of the values (Kolmogorov and Smirnov for
    /// numbers, chi-square for categories) or of what is missing, whichever is rarer, counted twice for numbers.
    pub p_value: f64,
    /// The same with all columns looked at together (Benjamini and Hochberg).
    pub p_adjusted: f64,
    /// Share of missing cells before.
    pub missing_before: f64,
    /// Share of missing cells now. Levels that training did not know are missing as well.
    pub missing_now: f64,
    /// What to make of it.
    pub shift: Shift,
}

/// How much a column has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// Not at all, or no more than chance explains.
    None,
    /// Surely, but too little to matter: an index below [`PSI_MODERATE`].
    Slight,
    /// Surely, and worth a look.
    Moderate,
    /// Surely, and so far that a model should not be trusted with it: an index of [`PSI_STRONG`] or more.
    Strong,
}

/// Bins of a number.
const BINS: usize = 10;

/// How the columns of `current` differ from those of `reference` (the rows of training), each judged by how surely
/// (at level `alpha` of false alarms among alarms, 0.01 is usual) and by how far. Columns that the schema leaves
/// out are.
///
/// A score that was predicted for both can be watched as a column among them.
///
/// # Errors
/// When the frames do not hold the same columns, one has no rows, or `alpha` is not inside 0-1.
pub fn columns(reference: &Frame, current: &Frame, alpha: f64) -> Result<Vec<ColumnDrift>, DriftError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(DriftError::Option { name: "alpha", value: alpha });
    }
    if reference.rows() == 0 || current.rows() == 0 {
        return Err(DriftError::Empty);
    }
    let mut found = Vec::new();
    for (schema, before) in reference.schema().columns.iter().zip(reference.columns()) {
        if schema.left_out.is_some() {
            continue;
        }
        let other = || DriftError::OtherColumns { column: schema.name.clone() };
        let now = current.column(&schema.name).ok_or_else(other)?;
        let (psi, p_value) = match (before, now) {
            (Column::Number(before), Column::Number(now)) => numbers(before, now)?,
            (
                Column::Category { codes: before, levels },
                Column::Category { codes: now, levels: other_levels },
            ) if levels == other_levels => categories(before, now, levels.len())?,
            _ => return Err(other()),
        };
        found.push(ColumnDrift {
            column: schema.name.clone(),
            psi,
            p_value,
            p_adjusted: p_value,
            missing_before: missing(before),
            missing_now: missing(now),
            shift: Shift::None,
        });
    }
    let p_values: Vec<f64> = found.iter().map(|drift| drift.p_value).collect();
    for (drift, adjusted) in found.iter_mut().zip(adjust(&p_values, Adjustment::BenjaminiHochberg)?) {
        drift.p_adjusted = adjusted;
        drift.shift = match drift.psi {
            _ if adjusted > alpha => Shift::None,
            psi if psi >= PSI_STRONG => Shift::Strong,
            psi if psi >= PSI_MODERATE => Shift::Moderate,
            _ => Shift::Slight,
        };
    }
    Ok(found)
}

/// Index and p-value of two columns of numbers.
fn numbers(before: &[f64], now: &[f64]) -> Result<(f64, f64), DriftError> {
    let there = |cells: &[f64]| cells.iter().copied().filter(|cell| !cell.is_nan()).collect::<Vec<f64>>();
    let (values_before, values_now) = (there(before), there(now));
    let gaps = |cells: &[f64], values: &[f64]| (cells.len() - values.len()) as u64;
    let (gaps_before, gaps_now) = (gaps(before, &values_before), gaps(now, &values_now));
    let of_gaps =
        chance_of_counts(&[gaps_before, values_before.len() as u64], &[gaps_now, values_now.len() as u64])?;
    if values_before.is_empty() || values_now.is_empty() {
        let index =
            psi_of_counts(&[gaps_before, values_before.len() as u64], &[gaps_now, values_now.len() as u64])?;
        return Ok((index, of_gaps));
    }
    let of_values = kolmogorov_smirnov(&values_before, &values_now)?.p_value;
    let edges = psi::edges(&values_before, BINS);
    let binned = |values: &[f64], gaps: u64| [psi::counts(&edges, values), vec![gaps]].concat();
    let index = psi_of_counts(&binned(&values_before, gaps_before), &binned(&values_now, gaps_now))?;
    // Two looks at one column.
    Ok((index, (2.0 * of_values.min(of_gaps)).min(1.0)))
}

/// Index and p-value of two columns of categories.
fn categories(before: &[u32], now: &[u32], levels: usize) -> Result<(f64, f64), DriftError> {
    let count = |codes: &[u32]| {
        let mut counts = vec![0_u64; levels + 1];
        for code in codes {
            counts[(*code as usize).min(levels)] += 1;
        }
        counts
    };
    let (before, now) = (count(before), count(now));
    Ok((psi_of_counts(&before, &now)?, chance_of_counts(&before, &now)?))
}

/// The p-value of two lists of counts; 1 when all rows are in one category.
fn chance_of_counts(before: &[u64], now: &[u64]) -> Result<f64, DriftError> {
    match chi_square(before, now) {
        Ok(test) => Ok(test.p_value),
        Err(DriftError::Categories { .. }) => Ok(1.0),
        Err(error) => Err(error),
    }
}

fn missing(column: &Column) -> f64 {
    let gaps = match column {
        Column::Number(cells) => cells.iter().filter(|cell| cell.is_nan()).count(),
        Column::Category { codes, .. } => codes.iter().filter(|code| **code == MISSING_LEVEL).count(),
    };
    gaps as f64 / column.rows() as f64
}
