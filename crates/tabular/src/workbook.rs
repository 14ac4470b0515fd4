use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use crate::{Cell, Format, ReadError, Sheet, limits, packed};

/// Milliseconds of a day, the finest that Excel keeps.
const DAY_MILLIS: f64 = 86_400_000.0;

/// Reads a sheet of a workbook cell by cell, so that a far-off cell costs no more than a near one.
pub(crate) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<Sheet, ReadError> {
    packed::check_package(bytes)?;
    let unreadable = |fault: calamine::XlsxError| ReadError::Workbook(fault.to_string());
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names = workbook.sheet_names();
    let name = match wanted {
        Some(wanted) if !names.iter().any(|name| name == wanted) => {
            return Err(ReadError::NoSuchSheet { name: wanted.to_owned(), available: names.join(", ") });
        }
        Some(wanted) => wanted.to_owned(),
        None => names.first().cloned().ok_or(ReadError::Empty)?,
    };

    let mut found: Vec<(u32, u32, Cell)> = Vec::new();
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    while let Some(place) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = place.get_position();
        let cell = cell(place.get_value());
        if cell.is_empty() {
            continue;
        }
        if column as usize >= limits::COLUMNS_MAX {
            return Err(ReadError::TooManyColumns { limit: limits::COLUMNS_MAX });
        }
        if found.len() == limits::CELLS_MAX {
            return Err(ReadError::TooMany { what: "cells", limit: limits::CELLS_MAX as u64 });
        }
        found.push((row, column, cell));
    }
    found.sort_by_key(|(row, column, _)| (*row, *column));

    let mut sheet = from_cells(found)?;
    if wanted.is_none() && names.len() > 1 {
        sheet.remarks.push(format!(
            "the workbook has {} sheets ({}): `{name}`, the first, was read",
            names.len(),
            names.join(", ")
        ));
    }
    Ok(sheet)
}

/// The first row that holds anything names the columns; row numbers count from it.
fn from_cells(found: Vec<(u32, u32, Cell)>) -> Result<Sheet, ReadError> {
    let mut rows = found.chunk_by(|left, right| left.0 == right.0);
    let header = rows.next().ok_or(ReadError::NoHeader)?;
    let header_row = header[0].0;
    let names = dense(header).iter().map(Cell::display).collect::<Vec<_>>();
    let mut sheet = Sheet::new(Format::Xlsx, names)?;
    let width = sheet.columns.len();
    for row in rows {
        let mut cells = dense(row);
        cells.resize(cells.len().max(width), Cell::Empty);
        sheet.take(u64::from(row[0].0 - header_row), cells)?;
    }
    Ok(sheet)
}

fn dense(row: &[(u32, u32, Cell)]) -> Vec<Cell> {
    let width = row.last().map_or(0, |(_, column, _)| *column as usize + 1);
    let mut cells = vec![Cell::Empty; width];
    for (_, column, cell) in row {
        cells[*column as usize] = cell.clone();
    }
    cells
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(number.to_string()),
        // A workbook holds doubles: the shortest text that reads back as the same double loses nothing.
        DataRef::Float(number) => Cell::Number(number.to_string()),
        DataRef::String(text) => Cell::from_text(text),
        DataRef::SharedString(text) => Cell::from_text(text),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(moment) => date_cell(*moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::from_text(text),
        DataRef::Error(fault) => Cell::Text(fault.to_string()),
    }
}

/// ISO 8601 text of a moment: the date alone at midnight. Durations stay numbers of days.
fn date_cell(moment: ExcelDateTime) -> Cell {
    let days = moment.as_f64();
    if !moment.is_datetime() || !(0.0..2_958_466.0).contains(&days) {
        return Cell::Number(days.to_string());
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let midnight = (days.fract() * DAY_MILLIS).round() == 0.0;
    Cell::Text(match (midnight, milli) {
        (true, _) => format!("{year:04}-{month:02}-{day:02}"),
        (_, 0) => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    })
}
