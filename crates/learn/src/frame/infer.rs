//! Columns from text whose kinds are not known yet.

use std::collections::{BTreeMap, HashSet};

use kernel::Notice;
use serde::{Deserialize, Serialize};

use super::{
    ColumnSchema, Frame, FrameError, Kind, LeftOut, Schema, Writing, cell,
    found::Found,
    number,
    read::{self, Rows},
};

/// The share of the cells with a value that must be numbers (or dates) for a column to count as one; what the others
/// say is then not known.
pub const READABLE_SHARE_MIN: f64 = 0.95;

/// A category with more levels than this is left out.
pub const LEVELS_MAX: usize = 10_000;

/// Up to so many levels a category is never too fine, however few rows there are.
const LEVELS_FINE: usize = 20;

/// Fewer cells than this tell nothing of whether a column names its rows.
const IDENTIFIER_CELLS_MIN: usize = 20;

/// One row of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the file; the first row after the header is 1.
    pub number: u64,
    /// Its cells, in the order of the header.
    pub cells: Vec<String>,
}

/// What is known of the columns before they are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Texts that mean "not known" beyond the empty cell, `NA`, `N/A`, `#N/A`, `null`, `NaN`, `None` and `?`.
    pub missing: Vec<String>,
    /// Kinds of columns by name. They are not inferred, cells that say something else reject their row, and the
    /// column is trained on even where it would be left out.
    pub kinds: BTreeMap<String, Kind>,
}

/// What was made of a table of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Inferred {
    /// The rows that were taken, and those that were not.
    pub rows: Rows,
    /// Cells that do not say what the rest of their column says and count as missing: one notice per column.
    pub notices: Vec<Notice>,
}

impl Frame {
    /// Reads a table whose columns' kinds are found by looking at every cell.
    ///
    /// A column is *boolean* when every cell with a value is a truth value (yes/no, true/false, y/n, t/f, 1/0), a
    /// *number* or a *date* when at least [`READABLE_SHARE_MIN`] of them are, or half of them, of many different ones, and
    /// the others are a word or two such as `unknown` (what they say is then not known, and a notice tells so), and a
    /// *category* otherwise. Whether decimals have a comma and whether days stand before months is found as well
    /// ([`Writing`]). Nothing is learned from columns that say nothing ([`LeftOut`]): those without values, those with one
    /// value only, identifiers and free text.
    ///
    /// # Errors
    /// When two columns have one name, or a kind is given for a column that is not there. Rows with another number of
    /// cells than the header, and rows with cells that are not of a given kind, are in [`Rows::rejections`].
    pub fn infer(header: &[String], records: &[Record], reading: &Reading) -> Result<Inferred, FrameError> {
        if let Some((_, name)) = header.iter().enumerate().find(|(at, name)| header[..*at].contains(name)) {
            return Err(FrameError::SameName { name: name.clone() });
        }
        if let Some(name) = reading.kinds.keys().find(|name| !header.contains(name)) {
            return Err(FrameError::NoSuchColumn { name: name.clone() });
        }
        let mut notices = Vec::new();
        let mut stray = Vec::new();
        let columns = header
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let cells: Vec<(u64, &str)> = records
                    .iter()
                    .filter(|record| record.cells.len() == header.len())
                    .map(|record| (record.number, record.cells[at].trim()))
                    .filter(|(_, text)| !cell::is_missing(text, &reading.missing))
                    .collect();
                let given = reading.kinds.get(name).copied();
                let found = given.map_or_else(
                    || Found::from(&cells),
                    |kind| Found { kind, writing: Writing::default(), strays: 0 },
                );
                stray.push(given.is_none());
                if found.strays > 0 {
                    notices.extend(strays(name, &found, &cells));
                }
                let Found { kind, writing, .. } = found;
                let rows = records.len();
                let left_out = given.is_none().then(|| left_out(name, kind, &cells, rows)).flatten();
                let levels = match kind {
                    Kind::Category => {
                        let levels: HashSet<&str> = cells.iter().map(|(_, text)| *text).collect();
                        let mut levels: Vec<String> = levels.into_iter().map(str::to_owned).collect();
                        levels.sort_unstable();
                        levels
                    }
                    Kind::Number | Kind::Boolean | Kind::Date => Vec::new(),
                };
                ColumnSchema { name: name.clone(), kind, levels, left_out, writing }
            })
            .collect();
        let schema = Schema { columns, missing: reading.missing.clone() };
        let order: Vec<usize> = (0..header.len()).collect();
        Ok(Inferred { rows: read::rows(&schema, header, &order, records, &stray), notices })
    }
}

/// What to tell of the cells of column `name` that are not of its kind.
fn strays(name: &str, found: &Found, cells: &[(u64, &str)]) -> Option<Notice> {
    let (row, value) = cells.iter().find(|(_, text)| !found.says(text))?;
    let others = found.strays - 1;
    let what = if found.kind == Kind::Date { "dates" } else { "numbers" };
    Some(Notice {
        row: *row,
        field: name.to_owned(),
        value: (*value).to_owned(),
        message: format!(
            "counts as missing, like {others} other cells of this column, for the rest of it are {what}; give the \
             column's kind if it is a category",
        ),
    })
}

fn left_out(name: &str, kind: Kind, cells: &[(u64, &str)], rows: usize) -> Option<LeftOut> {
    let Some((_, first)) = cells.first() else { return Some(LeftOut::AllMissing) };
    if cells.len() == rows && cells.iter().all(|(_, text)| text == first) {
        return Some(LeftOut::Constant);
    }
    let may_name_rows = || names_rows(name) && cells.iter().all(|(_, text)| is_whole(text));
    let counts = kind == Kind::Category || (kind == Kind::Number && may_name_rows());
    if !counts {
        return None;
    }
    let different = cells.iter().map(|(_, text)| *text).collect::<HashSet<&str>>().len();
    if different == cells.len() && different >= IDENTIFIER_CELLS_MIN {
        return Some(LeftOut::Identifier);
    }
    let too_fine = different > LEVELS_MAX || (different > LEVELS_FINE && 2 * different > cells.len());
    (kind == Kind::Category && too_fine).then_some(LeftOut::TooManyLevels)
}

fn is_whole(text: &str) -> bool {
    number::number(text, false).is_some_and(|number| number.fract() == 0.0)
}

/// Whether a column of whole numbers, all different, is called what identifiers are called.
fn names_rows(name: &str) -> bool {
    const LAST: [&str; 11] =
        ["id", "ids", "uuid", "guid", "key", "index", "idx", "number", "no", "nr", "unnamed"];
    let name = name.trim().to_lowercase();
    // What a column without a name is called, such as that of the row numbers that pandas writes.
    let nameless = name.strip_prefix("column_").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (first, last) = (words.next(), words.next_back());
    let ends = last.or(first).unwrap_or_default();
    // `customerID` has no seam in lower case; words such as "paid" and "bid" are shorter or not all different.
    nameless
        || LAST.contains(&ends)
        || matches!(first, Some("row" | "unnamed"))
        || (ends.len() > 5 && ends.ends_with("id"))
}
