use crate::{Cell, Table, WriteError};

/// Whether text that a spreadsheet would take for a formula is written so that it does not.
///
/// With the guard on, a text cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return and is
/// not a number gets an apostrophe in front (OWASP, "CSV injection"); spreadsheets show it as text. A
/// program that reads the file back sees the apostrophe: write for programs with the guard off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormulaGuard {
    /// For files that people open in a spreadsheet.
    On,
    /// For files that programs read.
    Off,
}

impl Table {
    /// The table as CSV of RFC 4180: comma, CRLF, quotes where needed, UTF-8 without a byte order mark.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn to_csv(&self, guard: FormulaGuard) -> Result<String, WriteError> {
        let mut out = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(Vec::with_capacity(64 * (self.rows.len() + 1)));
        let fault = |fault: csv::Error| WriteError::Csv(fault.to_string());
        out.write_record(self.columns.iter().map(|column| guarded(column.name.clone(), guard)))
            .map_err(fault)?;
        for row in &self.rows {
            let record = self.cells(row).map(|(_, cell)| match cell {
                Cell::Text(_) | Cell::List(_) => guarded(cell.display(), guard),
                Cell::Empty | Cell::Number(_) | Cell::Bool(_) => cell.display(),
            });
            out.write_record(record).map_err(fault)?;
        }
        let bytes = out.into_inner().map_err(|fault| WriteError::Csv(fault.to_string()))?;
        String::from_utf8(bytes).map_err(|fault| WriteError::Csv(fault.to_string()))
    }
}

fn guarded(text: String, guard: FormulaGuard) -> String {
    let starts_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    if guard == FormulaGuard::On && starts_formula && !is_number { format!("'{text}") } else { text }
}
