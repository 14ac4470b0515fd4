use std::collections::{BTreeMap, HashMap};

use jiff::civil::{Date, DateTime};
use kernel::Notice;
use rust_decimal::Decimal;
use tabular::Sheet;

use super::{
    ProfileError,
    definition::{Condition, TableRule},
    resolve::{Reading, Readings},
};

/// A cell, read as its column's rules want it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Datum {
    Empty,
    Text(String),
    Number(Decimal),
    Date(Date),
}

/// A readable row.
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) recorded: Date,
    pub(super) cells: Vec<Datum>,
}

/// A table with typed cells.
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    positions: HashMap<String, usize>,
    /// By position of a column that is filled in later, the position of the date it is known from.
    known_at: BTreeMap<usize, usize>,
}

impl Table {
    /// The table of a file; rows with a cell that cannot be read as the rules want it are left out and noticed.
    pub(super) fn new(
        name: &str,
        rule: &TableRule,
        readings: &Readings,
        formats: &[String],
        file: &str,
        sheet: &Sheet,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, ProfileError> {
        let positions: HashMap<String, usize> =
            sheet.columns.iter().enumerate().map(|(position, column)| (column.clone(), position)).collect();
        let position = |column: &str| {
            positions.get(column).copied().ok_or_else(|| ProfileError::NoColumn {
                file: file.to_owned(),
                column: column.to_owned(),
                found: sheet.columns.join(", "),
            })
        };
        let mut read_as = Vec::new();
        for ((_, column), reading) in readings.iter().filter(|((table, _), _)| table == name) {
            read_as.push((position(column)?, *reading));
        }
        let recorded_at = position(&rule.recorded_at)?;
        let mut known_at = BTreeMap::new();
        for (column, since) in &rule.known_at {
            known_at.insert(position(column)?, position(since)?);
        }

        let mut left_out = |row: u64, field: &str, value: String, why: &str| {
            let message = format!("{file}: {why}; the row is left out");
            notices.push(Notice { row, field: field.to_owned(), value, message });
        };
        for bad in &sheet.bad_rows {
            left_out(bad.number, &bad.column, bad.value.clone(), &bad.message);
        }
        let mut rows = Vec::with_capacity(sheet.rows.len());
        'rows: for raw in &sheet.rows {
            let mut cells = vec![Datum::Empty; raw.cells.len()];
            for (at, reading) in &read_as {
                let text = raw.cells[*at].display();
                match datum(text.trim(), *reading, formats) {
                    Some(datum) => cells[*at] = datum,
                    None => {
                        let why = match reading {
                            Reading::Number => "not a number",
                            Reading::Date | Reading::Text => "not a date in a notation of the profile",
                        };
                        left_out(raw.number, &sheet.columns[*at], text, why);
                        continue 'rows;
                    }
                }
            }
            let Datum::Date(recorded) = cells[recorded_at] else {
                left_out(
                    raw.number,
                    &rule.recorded_at,
                    String::new(),
                    "no date says since when the row is known",
                );
                continue;
            };
            rows.push(Row { number: raw.number, recorded, cells });
        }
        Ok(Self { rows, positions, known_at })
    }

    /// Position of a column that the profile reads.
    pub(super) fn position(&self, column: &str) -> Option<usize> {
        self.positions.get(column).copied()
    }

    /// What is known of a cell on `as_of`: a value filled in later is empty until then.
    pub(super) fn known<'a>(&self, row: &'a Row, position: usize, as_of: Date) -> &'a Datum {
        match self.known_at.get(&position).map(|since| &row.cells[*since]) {
            Some(Datum::Date(since)) if *since <= as_of => &row.cells[position],
            Some(_) => &Datum::Empty,
            None => &row.cells[position],
        }
    }
}

/// `None` when a cell that is not empty cannot be read so.
fn datum(text: &str, reading: Reading, formats: &[String]) -> Option<Datum> {
    if text.is_empty() {
        return Some(Datum::Empty);
    }
    match reading {
        Reading::Text => Some(Datum::Text(text.to_owned())),
        Reading::Number => Decimal::from_str_exact(text).ok().map(Datum::Number),
        Reading::Date => date(text, formats).map(Datum::Date),
    }
}

fn date(text: &str, formats: &[String]) -> Option<Date> {
    let by_format = formats.iter().find_map(|format| {
        let has_time = format.contains("%H");
        if has_time {
            DateTime::strptime(format, text).ok().map(DateTime::date)
        } else {
            Date::strptime(format, text).ok()
        }
    });
    by_format.or_else(|| crate::import::date(text).ok())
}

impl Condition {
    /// Whether a cell is as the condition wants it.
    pub(super) fn holds(&self, datum: &Datum) -> bool {
        let same = |text: &str| match datum {
            Datum::Empty => text.is_empty(),
            Datum::Text(cell) => cell.eq_ignore_ascii_case(text),
            Datum::Number(number) => text.parse::<Decimal>().is_ok_and(|text| text == *number),
            Datum::Date(date) => date.to_string() == text,
        };
        let number = match datum {
            Datum::Number(number) => Some(number),
            _ => None,
        };
        self.equals.as_deref().is_none_or(same)
            && self.one_of.as_ref().is_none_or(|texts| texts.iter().any(|text| same(text)))
            && self.empty.is_none_or(|empty| (*datum == Datum::Empty) == empty)
            && self.above.is_none_or(|bound| number.is_some_and(|number| *number > bound))
            && self.below.is_none_or(|bound| number.is_some_and(|number| *number < bound))
    }
}
