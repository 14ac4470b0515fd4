//! Figures that may be missing: too few rows give a typed outcome, never a number.

use std::fmt;

use kernel::Interval;
use serde::{Deserialize, Serialize};

/// A measured figure, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// There were enough rows.
    Known(Estimate),
    /// There were not.
    Insufficient(Insufficient),
}

/// A number with the range that it may as well have been.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure on all rows, in the metric's own unit.
    pub value: f64,
    /// Where the figure lies with the level that the report states; none where it was not asked for.
    pub interval: Option<Interval>,
}

/// Too few rows to say anything, and how many it would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insufficient {
    /// What there is too little of.
    pub lacking: Lacking,
    /// How many there are.
    pub have: u64,
    /// How many there must be.
    pub need: u64,
    /// How many rows that takes at the present share of positives; none where the share says nothing (it is 0 or 1).
    pub rows_needed: Option<u64>,
}

/// What there can be too little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lacking {
    /// Rows altogether.
    Rows,
    /// Rows with the outcome.
    Positives,
    /// Rows without the outcome.
    Negatives,
}

/// How many rows a figure needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Rows altogether.
    pub rows: u64,
    /// Rows with, and likewise rows without the outcome; not asked of amounts.
    pub each: u64,
}

impl Default for Needs {
    /// 50 rows, 20 of them with and 20 without the outcome: then the standard error of an AUC of 0.8 is 0.07
    /// (Hanley and McNeil, Radiology 143, 1982), the widest that still tells a useful ranking from chance.
    fn default() -> Self {
        Self { rows: 50, each: 20 }
    }
}

impl Needs {
    /// Whether `positives` among `rows` are enough for a figure about chances.
    ///
    /// # Errors
    /// What is lacking first: rows, positives, negatives.
    pub fn of_chances(&self, rows: u64, positives: u64) -> Result<(), Insufficient> {
        let negatives = rows.saturating_sub(positives);
        self.of_amounts(rows)?;
        for (lacking, have) in [(Lacking::Positives, positives), (Lacking::Negatives, negatives)] {
            if have < self.each {
                let rows_needed =
                    (have > 0 && have < rows).then(|| scaled(rows, self.each, have).max(self.rows));
                return Err(Insufficient { lacking, have, need: self.each, rows_needed });
            }
        }
        Ok(())
    }

    /// Whether `rows` are enough for a figure about amounts.
    ///
    /// # Errors
    /// How many rows are lacking.
    pub fn of_amounts(&self, rows: u64) -> Result<(), Insufficient> {
        if rows < self.rows {
            let rows_needed = Some(self.rows);
            return Err(Insufficient { lacking: Lacking::Rows, have: rows, need: self.rows, rows_needed });
        }
        Ok(())
    }
}

/// `rows * need / have`, rounded up.
fn scaled(rows: u64, need: u64, have: u64) -> u64 {
    let product = u128::from(rows) * u128::from(need);
    u64::try_from(product.div_ceil(u128::from(have))).unwrap_or(u64::MAX)
}

impl Figure {
    /// A number without an interval.
    pub fn point(value: f64) -> Self {
        Self::Known(Estimate { value, interval: None })
    }

    /// The number, where there is one.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Known(estimate) => Some(estimate.value),
            Self::Insufficient(_) => None,
        }
    }

    /// The interval, where there is one.
    pub fn interval(&self) -> Option<Interval> {
        match self {
            Self::Known(estimate) => estimate.interval,
            Self::Insufficient(_) => None,
        }
    }
}

impl From<Insufficient> for Figure {
    fn from(insufficient: Insufficient) -> Self {
        Self::Insufficient(insufficient)
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rows => "rows",
            Self::Positives => "rows with the outcome",
            Self::Negatives => "rows without the outcome",
        })
    }
}

impl fmt::Display for Insufficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "insufficient data: {} of {} {}", self.have, self.need, self.lacking)?;
        match self.rows_needed {
            Some(rows) if self.lacking != Lacking::Rows => write!(f, "; about {rows} rows are needed"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Insufficient {}
