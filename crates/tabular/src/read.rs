use crate::{Format, Hint, ReadError, Sheet, delimited, json, limits::Limits, packed, workbook};

/// Reads a table.
///
/// # Errors
/// When nothing of the file can be read; a row that cannot be read is in [`Sheet::bad_rows`].
pub fn read(bytes: &[u8], hint: &Hint) -> Result<Sheet, ReadError> {
    read_with(bytes, hint, &mut |_| ())
}

/// Reads a table and tells `progress` now and then which share of it is done, 0-1.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], hint: &Hint, progress: &mut dyn FnMut(f64)) -> Result<Sheet, ReadError> {
    read_within(bytes, hint, &Limits::UPLOAD, progress)
}

/// Reads a table of the size that `limits` allow, and tells `progress` as [`read_with`].
///
/// # Errors
/// As [`read`].
pub fn read_within(
    bytes: &[u8],
    hint: &Hint,
    limits: &Limits,
    progress: &mut dyn FnMut(f64),
) -> Result<Sheet, ReadError> {
    if bytes.len() > limits.file_bytes {
        return Err(ReadError::TooLarge { bytes: bytes.len(), limit: limits.file_bytes });
    }
    let bytes = packed::unpack(bytes, limits.unpacked_bytes)?;
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    let format = match hint.format {
        Some(format) => format,
        None => Format::detect(&bytes, &hint.file_name)?,
    };
    match format {
        Format::Csv => delimited::read(&bytes, limits, progress),
        Format::Xlsx => workbook::read(&bytes, hint.sheet.as_deref()),
        Format::Json => json::read_text(&bytes, progress),
        Format::Ndjson => json::read_lines(&bytes, progress),
    }
}
