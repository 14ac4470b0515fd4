use std::collections::HashSet;

use crate::{
    Cell, Format, ReadError,
    limits::{self, Limits},
};

/// A table as the file has it: named columns, rows of raw cells, and the rows that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What the file was read as.
    pub format: Format,
    /// The separator of a text table.
    pub delimiter: Option<char>,
    /// Names of the columns in the file's order: trimmed, unique, never empty.
    pub columns: Vec<String>,
    /// The readable rows in the file's order.
    pub rows: Vec<RawRow>,
    /// The rows that are there and cannot be read.
    pub bad_rows: Vec<BadRow>,
    /// What was done to read the file at all (columns renamed, sheet chosen), in sentences.
    pub remarks: Vec<String>,
}

/// A row of as many cells as the sheet has columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRow {
    /// Position in the file: the first row after the header is 1. Rows of empty cells count too.
    pub number: u64,
    /// The cells, in the order of [`Sheet::columns`].
    pub cells: Vec<Cell>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// As in [`RawRow::number`].
    pub number: u64,
    /// The column at fault; empty when it is the row as a whole.
    pub column: String,
    /// The beginning of what stands there.
    pub value: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Sheet {
    pub(crate) fn new(format: Format, names: Vec<String>) -> Result<Self, ReadError> {
        Self::within(&Limits::UPLOAD, format, names)
    }

    pub(crate) fn within(limits: &Limits, format: Format, names: Vec<String>) -> Result<Self, ReadError> {
        if names.len() > limits.columns {
            return Err(ReadError::TooManyColumns { limit: limits.columns });
        }
        let (columns, remarks) = unique_names(names);
        Ok(Self { format, delimiter: None, columns, rows: Vec::new(), bad_rows: Vec::new(), remarks })
    }

    /// Number of data rows in the file, readable or not; rows of empty cells are none.
    pub fn data_rows(&self) -> u64 {
        (self.rows.len() + self.bad_rows.len()) as u64
    }

    /// Position of the column named `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Takes a row, dropping surplus empty cells at its end; a row of another length or with a NUL
    /// character becomes a bad row, a row of empty cells is left out.
    pub(crate) fn take(&mut self, number: u64, cells: Vec<Cell>) -> Result<(), ReadError> {
        self.take_within(limits::ROWS_MAX, number, cells)
    }

    /// As [`Sheet::take`], of a table that may have `rows_max` rows.
    pub(crate) fn take_within(
        &mut self,
        rows_max: u64,
        number: u64,
        mut cells: Vec<Cell>,
    ) -> Result<(), ReadError> {
        if cells.iter().all(Cell::is_empty) {
            return Ok(());
        }
        if self.data_rows() >= rows_max {
            return Err(ReadError::TooMany { what: "rows", limit: rows_max });
        }
        let width = self.columns.len();
        while cells.len() > width && cells.last().is_some_and(Cell::is_empty) {
            cells.pop();
        }
        if cells.len() != width {
            let message = format!(
                "the row has {} cells where the header has {width}: look for a missing or stray separator or quote",
                cells.len()
            );
            let shown: Vec<String> = cells.iter().take(4).map(Cell::display).collect();
            self.reject(number, "", &shown.join(" | "), message);
        } else if let Some(at) = cells.iter().position(has_nul) {
            let column = self.columns[at].clone();
            let shown = cells[at].display().replace('\0', "\u{2400}");
            self.reject(
                number,
                &column,
                &shown,
                "the cell holds a NUL character, which no text has".to_owned(),
            );
        } else {
            self.rows.push(RawRow { number, cells });
        }
        Ok(())
    }

    pub(crate) fn reject(&mut self, number: u64, column: &str, value: &str, message: String) {
        let value = excerpt(value);
        self.bad_rows.push(BadRow { number, column: column.to_owned(), value, message });
    }
}

fn has_nul(cell: &Cell) -> bool {
    match cell {
        Cell::Text(text) => text.contains('\0'),
        Cell::List(items) => items.iter().any(|item| item.contains('\0')),
        Cell::Empty | Cell::Number(_) | Cell::Bool(_) => false,
    }
}

/// The beginning of `text` on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(limits::EXCERPT_CHARS_MAX)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if short.len() < text.len() && text.chars().nth(limits::EXCERPT_CHARS_MAX).is_some() {
        short.push('\u{2026}');
    }
    short
}

/// Trims the names, names the nameless by position and makes repeated ones distinct. A name that is written
/// cleanly somewhere keeps it; one that only becomes the same by trimming gets the number.
fn unique_names(names: Vec<String>) -> (Vec<String>, Vec<String>) {
    let cleaned = |raw: &str| raw.replace('\0', "").trim().to_owned();
    let written: HashSet<String> = names.iter().filter(|raw| cleaned(raw) == **raw).cloned().collect();
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    let mut taken: HashSet<String> = HashSet::new();
    let mut remarks = Vec::new();
    for (position, raw) in names.into_iter().enumerate() {
        let wanted = cleaned(&raw);
        let stem = if wanted.is_empty() { format!("column_{}", position + 1) } else { wanted.clone() };
        let mut name = stem.clone();
        let mut copy = 1;
        while taken.contains(&name) || (name != raw && written.contains(&name)) {
            copy += 1;
            name = format!("{stem} ({copy})");
        }
        if wanted.is_empty() {
            remarks.push(format!("column {} has no name and is called `{name}`", position + 1));
        } else if name != wanted {
            remarks.push(format!("the column `{wanted}` is there more than once: one is called `{name}`"));
        }
        taken.insert(name.clone());
        unique.push(name);
    }
    (unique, remarks)
}
