use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::{Cell, ColumnKind, Table, WriteError};

/// Rows of a sheet below its header.
const ROWS_MAX: usize = 1_048_575;
/// Characters of a cell.
const CELL_CHARS_MAX: usize = 32_767;
/// Whole numbers above this lose digits as doubles and are written as text.
const EXACT_DIGITS_MAX: usize = 15;
/// Narrowest and widest column, in characters.
const WIDTH_CHARS: (usize, usize) = (8, 60);
/// Rows that column widths are measured on.
const WIDTH_SAMPLE_ROWS: usize = 500;

impl Table {
    /// The table as a workbook of one sheet: typed cells, bold frozen header with filters, fitted columns.
    /// A cell that is not of its column's kind, or a number that a double cannot hold, is written as text.
    ///
    /// # Errors
    /// When the table has more rows than a sheet can hold.
    pub fn to_xlsx(&self) -> Result<Vec<u8>, WriteError> {
        if self.rows.len() > ROWS_MAX {
            return Err(WriteError::TooManyRows { rows: self.rows.len(), limit: ROWS_MAX });
        }
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(&self.title))?;
        let header = Format::new().set_bold();
        let formats: Vec<Format> = self.columns.iter().map(|column| number_format(column.kind)).collect();
        for (at, column) in self.columns.iter().enumerate() {
            let at = at as u16;
            sheet.write_string_with_format(0, at, clipped(&column.name), &header)?;
            sheet.set_column_width(at, self.width(usize::from(at)))?;
        }
        for (row_at, row) in (1_u32..).zip(&self.rows) {
            for (column_at, (kind, cell)) in self.cells(row).enumerate() {
                write(sheet, row_at, column_at as u16, kind, cell, &formats[column_at])?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        if !self.columns.is_empty() {
            sheet.autofilter(0, 0, self.rows.len() as u32, self.columns.len() as u16 - 1)?;
        }
        Ok(workbook.save_to_buffer()?)
    }

    /// Width in characters that shows the header and most cells.
    fn width(&self, column: usize) -> f64 {
        let cells = self.rows.iter().take(WIDTH_SAMPLE_ROWS).filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.display().chars().count()).max().unwrap_or(0);
        // The filter button and the thousands separators take about two characters.
        let wanted = longest.max(self.columns[column].name.chars().count()) + 3;
        wanted.clamp(WIDTH_CHARS.0, WIDTH_CHARS.1) as f64
    }
}

fn number_format(kind: ColumnKind) -> Format {
    Format::new().set_num_format(match kind {
        ColumnKind::Text => "@",
        ColumnKind::Number | ColumnKind::Bool => "General",
        ColumnKind::Integer => "#,##0",
        ColumnKind::Money => "#,##0.00",
        ColumnKind::Fraction => "0.0%",
        ColumnKind::Date => "yyyy-mm-dd",
    })
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    kind: ColumnKind,
    cell: &Cell,
    format: &Format,
) -> Result<(), XlsxError> {
    if let Cell::Empty = cell {
        return Ok(());
    }
    if let (ColumnKind::Date, Cell::Text(text)) = (kind, cell)
        && let Ok(date) = ExcelDateTime::parse_from_str(text)
    {
        sheet.write_datetime_with_format(row, column, date, format)?;
    } else if let (Cell::Bool(value), true) = (cell, kind != ColumnKind::Text) {
        sheet.write_boolean_with_format(row, column, *value, format)?;
    } else if let (Cell::Number(text), true) = (cell, kind != ColumnKind::Text)
        && let Some(number) = exact(text)
    {
        sheet.write_number_with_format(row, column, number, format)?;
    } else {
        sheet.write_string(row, column, clipped(&cell.display()))?;
    }
    Ok(())
}

/// The number, unless a spreadsheet would show other digits than `text` has.
fn exact(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    let whole_digits = text.split(['.', 'e', 'E']).next().unwrap_or_default().trim_start_matches('-').len();
    (whole_digits <= EXACT_DIGITS_MAX).then_some(number)
}

fn clipped(text: &str) -> String {
    text.chars().take(CELL_CHARS_MAX).collect()
}

/// A name that Excel accepts: 1-31 characters without `[]:*?/\`, no apostrophe at either end.
fn sheet_name(title: &str) -> String {
    let clean: String = title.chars().filter(|letter| !"[]:*?/\\".contains(*letter)).take(31).collect();
    let clean = clean.trim_matches('\'').trim();
    if clean.is_empty() { "Sheet1".to_owned() } else { clean.to_owned() }
}
