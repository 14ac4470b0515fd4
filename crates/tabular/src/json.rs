use std::{collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use crate::{
    Cell, Format, ReadError, Sheet,
    format::without_bom,
    json_elements::{Span, arrays_of_objects, next_object, skip_space, value_end, with_quoted_non_numbers},
    limits,
};

/// How many rows lie between two reports of progress.
const ROWS_PER_REPORT: u64 = 4_096;

/// Reads one JSON text: an array of objects, an object with one such array, or a single object.
pub(crate) fn read_text(bytes: &[u8], progress: &mut dyn FnMut(f64)) -> Result<Sheet, ReadError> {
    let text = without_bom(bytes);
    let start = skip_space(text, 0);
    let array = match text.get(start) {
        Some(b'[') => start,
        Some(b'{') => {
            let arrays = arrays_of_objects(text, start);
            match arrays.as_slice() {
                [(_, array)] => *array,
                [] => return read_lines_of(text, [Span { start, end: text.len() }], progress),
                several => {
                    let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                    let message = format!("the JSON has several arrays ({}): keep one", names.join(", "));
                    return Err(ReadError::Json(message));
                }
            }
        }
        _ => return Err(ReadError::Json("the text does not begin with [ or {: it is no JSON table".into())),
    };

    let mut gathered = Gathered::new(Format::Json);
    let mut at = array + 1;
    let mut number = 0;
    let mut reread = 0;
    loop {
        at = skip_space(text, at);
        match text.get(at) {
            None => {
                gathered.remark("the array is never closed: the file may have been cut off".to_owned());
                break;
            }
            Some(b']') => match rows_after_bracket(text, array > start, at) {
                None => break,
                Some(resume) => {
                    number += 1;
                    let message = "a bracket closes the array here, and more objects follow";
                    gathered.fault(number, "]".to_owned(), message.to_owned());
                    at = resume;
                    continue;
                }
            },
            Some(b',') if number > 0 => {
                at += 1;
                continue;
            }
            Some(_) => {}
        }
        let span = Span { start: at, end: value_end(text, at) };
        number += 1;
        if number % ROWS_PER_REPORT == 0 {
            progress(span.end as f64 / text.len() as f64);
        }
        at = span.end.max(span.start + 1);
        if gathered.take(number, &text[span.start..span.end])? == Taken::Broken {
            let resume = next_object(text, span.start + 1).unwrap_or(at);
            reread += at.saturating_sub(resume);
            if reread > text.len().saturating_mul(limits::REREAD_FACTOR) {
                return Err(ReadError::BrokenQuoting { row: number });
            }
            at = resume;
        }
    }
    progress(1.0);
    gathered.into_sheet()
}

/// Where rows go on behind a `]` that should not be there.
fn rows_after_bracket(text: &[u8], inside_object: bool, bracket: usize) -> Option<usize> {
    let rest = skip_space(text, bracket + 1);
    let ends_well = match text.get(rest) {
        None => true,
        Some(b'}') => inside_object,
        Some(b',') => inside_object && text.get(skip_space(text, rest + 1)) == Some(&b'"'),
        Some(_) => false,
    };
    if ends_well { None } else { next_object(text, rest) }
}

/// Reads one JSON object per line.
pub(crate) fn read_lines(bytes: &[u8], progress: &mut dyn FnMut(f64)) -> Result<Sheet, ReadError> {
    let text = without_bom(bytes);
    let mut start = 0;
    let lines = text.split(|byte| *byte == b'\n').map(move |line| {
        let span = Span { start, end: start + line.len() };
        start = span.end + 1;
        span
    });
    read_lines_of(text, lines, progress)
}

fn read_lines_of(
    text: &[u8],
    lines: impl IntoIterator<Item = Span>,
    progress: &mut dyn FnMut(f64),
) -> Result<Sheet, ReadError> {
    let mut gathered = Gathered::new(Format::Ndjson);
    let mut number = 0;
    for span in lines {
        let line = text[span.start..span.end].trim_ascii();
        if line.is_empty() {
            continue;
        }
        number += 1;
        if number % ROWS_PER_REPORT == 0 {
            progress(span.end as f64 / text.len() as f64);
        }
        gathered.take(number, line)?;
    }
    progress(1.0);
    gathered.into_sheet()
}

/// What became of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// It is a row.
    Row,
    /// It is no row, and ends where it seems to.
    Refused,
    /// It is no JSON, so its end may be anywhere.
    Broken,
}

/// Rows of objects whose members may differ, until all columns are known.
struct Gathered {
    format: Format,
    columns: Vec<String>,
    positions: HashMap<String, usize>,
    rows: Vec<(u64, Vec<(usize, Cell)>)>,
    faults: Vec<(u64, String, String)>,
    remarks: Vec<String>,
}

impl Gathered {
    fn new(format: Format) -> Self {
        Self {
            format,
            columns: Vec::new(),
            positions: HashMap::new(),
            rows: Vec::new(),
            faults: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    /// Takes the object written in `text`.
    fn take(&mut self, number: u64, text: &[u8]) -> Result<Taken, ReadError> {
        if (self.rows.len() + self.faults.len()) as u64 >= limits::ROWS_MAX {
            return Err(ReadError::TooMany { what: "rows", limit: limits::ROWS_MAX });
        }
        let mut well_formed = true;
        let fault = match members(text) {
            Ok(Members(members)) if members.iter().any(|(_, value)| !value.is_null()) => {
                let mut cells = Vec::with_capacity(members.len());
                for (name, value) in members {
                    cells.push((self.position(name)?, cell(value)));
                }
                self.rows.push((number, cells));
                return Ok(Taken::Row);
            }
            Ok(_) => "the object has no values".to_owned(),
            Err(fault) => {
                well_formed = serde_json::from_slice::<IgnoredAny>(text).is_ok();
                format!("not a JSON object: {fault}")
            }
        };
        self.fault(number, String::from_utf8_lossy(text).into_owned(), fault);
        Ok(if well_formed { Taken::Refused } else { Taken::Broken })
    }

    fn fault(&mut self, number: u64, value: String, message: String) {
        self.faults.push((number, value, message));
    }

    fn position(&mut self, name: String) -> Result<usize, ReadError> {
        if let Some(position) = self.positions.get(&name) {
            return Ok(*position);
        }
        if self.columns.len() == limits::COLUMNS_MAX {
            return Err(ReadError::TooManyColumns { limit: limits::COLUMNS_MAX });
        }
        self.columns.push(name.clone());
        self.positions.insert(name, self.columns.len() - 1);
        Ok(self.columns.len() - 1)
    }

    fn into_sheet(self) -> Result<Sheet, ReadError> {
        if self.columns.is_empty() && self.faults.is_empty() {
            return Err(ReadError::Json("the JSON holds no object".to_owned()));
        }
        let mut sheet = Sheet::new(self.format, self.columns)?;
        sheet.remarks.extend(self.remarks);
        let width = sheet.columns.len();
        for (number, value, message) in self.faults {
            sheet.reject(number, "", &value, message);
        }
        for (number, members) in self.rows {
            let mut cells = vec![Cell::Empty; width];
            for (position, cell) in members {
                cells[position] = cell;
            }
            sheet.take(number, cells)?;
        }
        Ok(sheet)
    }
}

/// The members of the object written in `text`, with `NaN` and infinities as texts: some programs write them
/// bare, and then it is one cell that is wrong and not the row.
fn members(text: &[u8]) -> serde_json::Result<Members> {
    serde_json::from_slice(text).or_else(|fault| match with_quoted_non_numbers(text) {
        Some(text) => serde_json::from_slice(&text),
        None => Err(fault),
    })
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Bool(value),
        Value::Number(number) => Cell::Number(number.to_string()),
        Value::String(text) => Cell::from(text),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            Cell::List(items.into_iter().map(|item| cell(item).display()).collect())
        }
        nested => Cell::Text(nested.to_string()),
    }
}

/// The members of an object in their order, none of them twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object such as {\"client_id\": \"c1\"}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.len() > limits::COLUMNS_MAX {
                        // One too many is enough to refuse the table.
                        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                        break;
                    }
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(serde::de::Error::custom(format_args!("`{name}` is there twice")));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
