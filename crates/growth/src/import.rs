//! A file of client metrics becomes clients, and a reason for every row that does not.
//!
//! ```
//! use growth::import::{self, ColumnMapping, ImportOptions};
//! use jiff::civil::date;
//! use kernel::Currency;
//!
//! let file = "client_id,client_name,MRR,satisfaction_score\n\
//!             c1,Harbour Homes,2400,4.5\n\
//!             c2,Hill & Vale,1800,9.5\n";
//! let options = ImportOptions { as_of: date(2026, 1, 19), currency: Currency::USD };
//! let imported = import::read(file.as_bytes(), &"clients.csv".into(), &ColumnMapping::default(), &options)?;
//! assert_eq!(imported.clients.len(), 1);
//! assert_eq!((imported.rejected[0].row, imported.rejected[0].field.as_str()), (2, "satisfaction_score"));
//! # Ok::<(), import::ImportError>(())
//! ```
//!
//! **Flow.** bytes -> [`tabular::Sheet`] -> which column is which [`Field`] -> row by row: parse and check
//! every cell -> [`Imported`].
//!
//! **Invariants.** `clients + rejected rows = data rows`: nothing is lost, nothing becomes a silent zero. A row
//! with one bad cell is dropped whole, with one [`Rejection`] per bad cell. An empty cell is *unknown*.
//!
//! **To add a field**: a line in `field.rs` (name, kind, synonyms), the member of
//! [`ClientMetrics`], and its check in `row.rs`.

mod date;
mod field;
mod mapping;
mod number;
mod preview;
mod remarks;
mod row;
mod text;

use jiff::civil::Date;
use kernel::{Currency, Notice, Rejection};
use serde::Serialize;
use tabular::{Cell, Hint, ReadError, Sheet};

pub use self::{
    field::{Field, FieldKind},
    mapping::{ColumnMapping, ColumnMatch, ColumnTarget, ColumnUse, MappingError},
    preview::{Preview, preview},
};
use self::{mapping::Plan, number::Style, remarks::Remarks, row::RowCheck};
use crate::metrics::ClientMetrics;

/// Share of the whole work that reading the file takes; checking rows is the rest.
const READING_SHARE: f64 = 0.4;

/// How many rows lie between two reports of progress.
const ROWS_PER_REPORT: usize = 2_048;

/// What an import needs to know besides the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// The day the metrics speak of; an interaction after it is refused.
    pub as_of: Date,
    /// Currency of the amounts.
    pub currency: Currency,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Imported {
    /// The rows that were taken, in the file's order.
    pub clients: Vec<ClientMetrics>,
    /// Why the other rows were not: one entry per bad cell, in the file's order.
    pub rejected: Vec<Rejection>,
    /// What was done with rows that were taken, and what holds for the whole file (row 0).
    pub notices: Vec<Notice>,
    /// What each column of the file was used for.
    pub columns: Vec<ColumnUse>,
    /// Data rows in the file.
    pub rows: u64,
}

impl Imported {
    /// Number of rows that were not taken. A row with several bad cells counts once.
    pub fn rejected_rows(&self) -> u64 {
        let mut rows: Vec<u64> = self.rejected.iter().map(|rejection| rejection.row).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.len() as u64
    }
}

/// Why nothing of a file was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// The mapping does not fit the file.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A column that every client needs is not there.
    #[error("the file has no column for {missing}; its columns are: {found}. Rename one or map it")]
    MissingColumns {
        /// What is missing, in words.
        missing: String,
        /// The columns there are.
        found: String,
    },
}

/// Reads a file of client metrics. Columns are recognised by name and synonym; `mapping` overrides that.
///
/// # Errors
/// When nothing of the file can be taken. Rows that are refused are in [`Imported::rejected`].
pub fn read(
    bytes: &[u8],
    hint: &Hint,
    mapping: &ColumnMapping,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    read_with(bytes, hint, mapping, options, &mut |_| ())
}

/// As [`read`], and tells `progress` now and then which share of the work is done, 0-1.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    bytes: &[u8],
    hint: &Hint,
    mapping: &ColumnMapping,
    options: &ImportOptions,
    progress: &mut dyn FnMut(f64),
) -> Result<Imported, ImportError> {
    let sheet = tabular::read_with(bytes, hint, &mut |share| progress(share * READING_SHARE))?;
    check(sheet, mapping, options, &mut |share| progress(READING_SHARE + share * (1.0 - READING_SHARE)))
}

/// The date written in a cell.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    date::parse(text)
}

/// Checks the rows of a sheet.
pub(crate) fn check(
    sheet: Sheet,
    mapping: &ColumnMapping,
    options: &ImportOptions,
    progress: &mut dyn FnMut(f64),
) -> Result<Imported, ImportError> {
    let plan = Plan::new(&sheet.columns, mapping)?;
    let mut imported =
        Imported { rows: sheet.data_rows(), columns: plan.uses.clone(), ..Imported::default() };
    imported.notices.extend(sheet.remarks.iter().chain(&plan.remarks).cloned().map(about_the_file));
    imported.rejected.extend(sheet.bad_rows.iter().map(|bad| Rejection {
        row: bad.number,
        field: bad.column.clone(),
        value: bad.value.clone(),
        message: bad.message.clone(),
    }));
    let all_unreadable = sheet.rows.is_empty() && !sheet.bad_rows.is_empty();
    if !all_unreadable {
        plan.require_columns(&sheet.columns)?;
    }

    if sheet.data_rows() == 0 {
        imported.notices.push(about_the_file("the file names its columns and holds no row".to_owned()));
    }
    let mut check = RowCheck::new(&plan, *options, style_of(&sheet, &plan));
    let total = sheet.rows.len();
    for (done, row) in sheet.rows.iter().enumerate() {
        if done % ROWS_PER_REPORT == 0 {
            progress(done as f64 / total as f64);
        }
        if let Some(client) = check.client(row) {
            imported.clients.push(client);
        }
    }
    let (rejected, notices, remarks): (_, _, Remarks) = check.finish();
    imported.rejected.extend(rejected);
    imported.rejected.sort_by_key(|rejection| rejection.row);
    imported.notices.extend(remarks.into_notices());
    imported.notices.extend(notices);
    progress(1.0);
    Ok(imported)
}

fn about_the_file(message: String) -> Notice {
    Notice { row: 0, field: String::new(), value: String::new(), message }
}

/// How numbers may be written in a file: a separator other than the comma leaves the comma to decimals, and then
/// the point may stand between thousands unless some number has it before decimals.
fn style_of(sheet: &Sheet, plan: &Plan) -> Style {
    let decimal_comma = matches!(sheet.delimiter, Some(';' | '\t'));
    let is_number = |field: &&Field| {
        !matches!(field.kind(), FieldKind::Text | FieldKind::Date | FieldKind::Flag | FieldKind::List)
    };
    let numbers: Vec<usize> =
        Field::ALL.iter().filter(is_number).filter_map(|field| plan.position(*field)).collect();
    let has_decimal_point = |cell: &Cell| matches!(cell, Cell::Text(text) if number::has_decimal_point(text));
    let point_groups = decimal_comma
        && !sheet.rows.iter().any(|row| numbers.iter().any(|at| has_decimal_point(&row.cells[*at])));
    Style { decimal_comma, point_groups, ..Style::default() }
}
