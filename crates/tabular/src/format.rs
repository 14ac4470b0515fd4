use std::fmt;

use crate::ReadError;

/// How a table is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text with a separator: comma, semicolon, tab or bar.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
    /// One JSON text: an array of objects, or an object that holds one.
    Json,
    /// One JSON object per line.
    Ndjson,
}

impl Format {
    /// The format of `bytes`; the content decides, `file_name` only where the content leaves a choice.
    ///
    /// # Errors
    /// When the content is of a kind that is not read.
    pub fn detect(bytes: &[u8], file_name: &str) -> Result<Self, ReadError> {
        const REFUSED: [(&[u8], &str); 6] = [
            (b"\xD0\xCF\x11\xE0", "an XLS workbook of Excel 97"),
            (b"%PDF", "a PDF"),
            (b"\xFF\xFE", "UTF-16 text"),
            (b"\xFE\xFF", "UTF-16 text"),
            (b"PAR1", "Parquet"),
            (b"SQLite format 3", "an SQLite database"),
        ];
        if let Some((_, what)) = REFUSED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return Err(ReadError::Unsupported(what));
        }
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            return Ok(Self::Xlsx);
        }
        let name = file_name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".csv", ".tsv", ".tab", ".psv"]) {
            return Ok(Self::Csv);
        }
        if ends(&[".ndjson", ".jsonl"]) {
            return Ok(Self::Ndjson);
        }
        let text = without_bom(bytes).trim_ascii_start();
        Ok(match text.first() {
            Some(b'[') => Self::Json,
            Some(b'{') if is_one_object_per_line(text) => Self::Ndjson,
            Some(b'{') => Self::Json,
            Some(b'<') => return Err(ReadError::Unsupported("HTML or XML")),
            _ => Self::Csv,
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
        })
    }
}

/// Whether the first line is an object by itself and something follows it.
fn is_one_object_per_line(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    !rest.trim_ascii().is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

pub(crate) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// What is known of a file besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Its name, empty when there is none (standard input).
    pub file_name: String,
    /// Its format, when the caller decides instead of the content.
    pub format: Option<Format>,
    /// The sheet of a workbook to read; the first one otherwise.
    pub sheet: Option<String>,
}

impl Hint {
    /// A file of this name.
    pub fn named(file_name: impl Into<String>) -> Self {
        Self { file_name: file_name.into(), ..Self::default() }
    }

    /// Content of a known format.
    pub fn format(format: Format) -> Self {
        Self { format: Some(format), ..Self::default() }
    }
}

impl From<&str> for Hint {
    fn from(file_name: &str) -> Self {
        Self::named(file_name)
    }
}

impl From<Format> for Hint {
    fn from(format: Format) -> Self {
        Self::format(format)
    }
}
