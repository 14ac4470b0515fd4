use serde::Serialize;
use tabular::{Cell, Hint, ReadError};

use super::{ColumnMapping, ColumnUse, mapping::Plan};

/// Rows shown before an import.
const SAMPLE_ROWS: usize = 10;

/// What a file looks like before anything of it is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// What the file was read as (`CSV`, `XLSX`, `JSON`, `NDJSON`).
    pub format: String,
    /// The separator of a text table.
    pub delimiter: Option<char>,
    /// The columns and where they would go.
    pub columns: Vec<ColumnUse>,
    /// The first rows, cells as text in the order of `columns`.
    pub sample: Vec<Vec<String>>,
    /// Data rows in the file.
    pub rows: u64,
    /// Those among them that cannot be read at all.
    pub unreadable_rows: u64,
    /// What every client needs and no column gives yet, in words; empty when the import can start.
    pub missing: Vec<String>,
    /// What was done to read the file, in sentences.
    pub remarks: Vec<String>,
}

/// Looks at a file: its columns, what each would be used for, its first rows.
///
/// # Errors
/// When the file cannot be read.
pub fn preview(bytes: &[u8], hint: &Hint) -> Result<Preview, ReadError> {
    let sheet = tabular::read(bytes, hint)?;
    let plan = Plan::place(&sheet.columns, &ColumnMapping::default());
    let missing = plan.missing();
    Ok(Preview {
        format: sheet.format.to_string(),
        delimiter: sheet.delimiter,
        columns: plan.uses,
        sample: sheet
            .rows
            .iter()
            .take(SAMPLE_ROWS)
            .map(|row| row.cells.iter().map(Cell::display).collect())
            .collect(),
        rows: sheet.data_rows(),
        unreadable_rows: sheet.bad_rows.len() as u64,
        missing: missing.into_iter().map(str::to_owned).collect(),
        remarks: sheet.remarks.into_iter().chain(plan.remarks).collect(),
    })
}
