use csv::{ByteRecord, ReaderBuilder};

use crate::{
    Cell, Format, ReadError, Sheet,
    delimiter::{ends_inside_quotes, sniff},
    format::without_bom,
    limits::{self, Limits},
};

/// How many rows lie between two reports of progress.
const ROWS_PER_REPORT: u64 = 4_096;

/// Reads a text table. A quote that never closes costs its own line, not the rest of the file.
pub(crate) fn read(bytes: &[u8], limits: &Limits, progress: &mut dyn FnMut(f64)) -> Result<Sheet, ReadError> {
    let body = without_bom(bytes);
    let bom_bytes = bytes.len() - body.len();
    let delimiter = sniff(body);
    let mut records = Records::new(body, delimiter);
    let mut record = ByteRecord::new();

    let header = records.next(&mut record).ok_or(ReadError::NoHeader)?;
    let names: Vec<String> = record
        .iter()
        .map(|name| std::str::from_utf8(name).map(str::to_owned))
        .collect::<Result<_, _>>()
        .map_err(|_| ReadError::HeaderNotUtf8 {
            byte: bom_bytes + header.start + invalid_from(&body[header.start..header.end]),
        })?;
    if ends_inside_quotes(&body[header.start..header.end], delimiter)
        || names.iter().all(|n| n.trim().is_empty())
    {
        return Err(ReadError::NoHeader);
    }
    let mut sheet = Sheet::within(limits, Format::Csv, names)?;
    sheet.delimiter = Some(char::from(delimiter));
    let width = sheet.columns.len();

    let mut number = 0;
    let mut reread = 0;
    while let Some(span) = records.next(&mut record) {
        number += 1;
        if number % ROWS_PER_REPORT == 0 {
            progress(span.end as f64 / body.len() as f64);
        }
        let raw = &body[span.start..span.end];
        let line_end = first_line_end(raw);
        let has_more_lines = line_end < raw.trim_ascii_end().len();
        let left_open = span.end == body.len() && ends_inside_quotes(raw, delimiter);
        if left_open || (has_more_lines && record.len() != width) {
            let message = "a quote opens here and does not close where the row should end: \
                           close it, or write a quote inside a cell twice";
            sheet.reject(number, "", &String::from_utf8_lossy(&raw[..line_end]), message.to_owned());
            reread += raw.len() - line_end;
            if reread > body.len().saturating_mul(limits::REREAD_FACTOR) {
                return Err(ReadError::BrokenQuoting { row: sheet.bad_rows[0].number });
            }
            records.resume_at(span.start + line_end);
            continue;
        }
        match cells_of(&record) {
            Ok(cells) => sheet.take_within(limits.rows, number, cells)?,
            Err(at) => {
                let column = sheet.columns.get(at).cloned().unwrap_or_default();
                let byte = bom_bytes + span.start + invalid_from(raw);
                let message = format!("not UTF-8 text (byte {byte} of the file): save the file as CSV UTF-8");
                sheet.reject(number, &column, &String::from_utf8_lossy(&record[at]), message);
            }
        }
    }
    progress(1.0);
    Ok(sheet)
}

/// The cells of a record, or the position of the first one that is not UTF-8.
fn cells_of(record: &ByteRecord) -> Result<Vec<Cell>, usize> {
    record
        .iter()
        .enumerate()
        .map(|(at, cell)| std::str::from_utf8(cell).map(Cell::from_text).map_err(|_| at))
        .collect()
}

fn invalid_from(raw: &[u8]) -> usize {
    std::str::from_utf8(raw).err().map_or(0, |fault| fault.valid_up_to())
}

fn first_line_end(raw: &[u8]) -> usize {
    raw.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(raw.len())
}

/// Where a record lies in the text, without the line ends before it.
struct Span {
    start: usize,
    end: usize,
}

/// The records of a text, read by the `csv` crate, which can be told to go on at another place.
struct Records<'a> {
    body: &'a [u8],
    base: usize,
    delimiter: u8,
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Records<'a> {
    fn new(body: &'a [u8], delimiter: u8) -> Self {
        Self { body, base: 0, delimiter, reader: reader(body, delimiter) }
    }

    fn next(&mut self, record: &mut ByteRecord) -> Option<Span> {
        let start = self.base + self.reader.position().byte() as usize;
        // Reading from memory into bytes cannot fail: lengths may differ and nothing is decoded.
        if !self.reader.read_byte_record(record).unwrap_or(false) {
            return None;
        }
        let end = (self.base + self.reader.position().byte() as usize).min(self.body.len());
        let line_ends = self.body[start..end].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        Some(Span { start: start + line_ends, end })
    }

    fn resume_at(&mut self, position: usize) {
        self.base = position;
        self.reader = reader(&self.body[position..], self.delimiter);
    }
}

fn reader(body: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(body)
}
