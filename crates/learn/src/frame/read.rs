//! Rows from text whose columns are known.

use std::borrow::Cow;

use kernel::Rejection;

use super::{Column, Frame, Kind, MISSING_LEVEL, Record, Schema, Value};

/// Rows that were taken, and why the others were not.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The rows that were taken.
    pub frame: Frame,
    /// [`Record::number`] of each of them.
    pub numbers: Vec<u64>,
    /// One entry per cell at fault.
    pub rejections: Vec<Rejection>,
}

/// Why a table cannot be read with a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Columns of the schema that the table lacks.
    #[error("the table has no column {}; it was there when the model was made", .0.join(", "))]
    ColumnsAbsent(Vec<String>),
    /// Two columns of one name.
    #[error("two columns are called {0:?}; rename or drop one")]
    SameName(String),
}

impl Frame {
    /// Reads the columns of `schema` from a table, by name: their order does not matter, and further columns are not
    /// looked at. A level that the schema does not have is missing.
    ///
    /// # Errors
    /// When a column of the schema is absent, or there twice. Rows with a cell that is not of its column's kind, or
    /// with another number of cells than the header, are in [`Rows::rejections`].
    pub fn read(schema: &Schema, header: &[String], records: &[Record]) -> Result<Rows, ReadError> {
        let mut order = Vec::with_capacity(schema.columns.len());
        let mut absent = Vec::new();
        for column in &schema.columns {
            let mut places = header.iter().enumerate().filter(|(_, name)| **name == column.name);
            match (places.next(), places.next()) {
                (Some((at, _)), None) => order.push(at),
                (None, _) => absent.push(column.name.clone()),
                (Some(_), Some(_)) => return Err(ReadError::SameName(column.name.clone())),
            }
        }
        if !absent.is_empty() {
            return Err(ReadError::ColumnsAbsent(absent));
        }
        Ok(rows(schema, header, &order, records, &vec![false; schema.columns.len()]))
    }

    /// The value of one row, told by name; columns that are not told are missing, and names that the schema does not
    /// have are not looked at.
    ///
    /// # Errors
    /// One rejection (of row 1) per value that is not of its column's kind.
    pub fn read_row<'a>(
        schema: &Schema,
        told: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<Value>, Vec<Rejection>> {
        let mut row = vec![Value::Missing; schema.columns.len()];
        let mut rejections = Vec::new();
        for (name, text) in told {
            let Some(at) = schema.position(name) else { continue };
            if schema.is_missing(text) {
                continue;
            }
            match schema.columns[at].value(text) {
                Ok(value) => row[at] = value,
                Err(message) => rejections.push(rejection(1, name, text, message)),
            }
        }
        if rejections.is_empty() { Ok(row) } else { Err(rejections) }
    }
}

/// Reads the columns of `schema`, whose `n`-th stands at `order[n]` of each record. Where `lenient`, a cell that is not
/// of the column's kind is missing instead of rejected.
pub(super) fn rows(
    schema: &Schema,
    header: &[String],
    order: &[usize],
    records: &[Record],
    lenient: &[bool],
) -> Rows {
    let mut columns: Vec<Column> = schema
        .columns
        .iter()
        .map(|column| match column.kind {
            Kind::Category => Column::Category { codes: Vec::new(), levels: column.levels.clone() },
            Kind::Number | Kind::Boolean | Kind::Date => Column::Number(Vec::new()),
        })
        .collect();
    let mut numbers = Vec::with_capacity(records.len());
    let mut rejections = Vec::new();
    let mut values = Vec::with_capacity(order.len());
    for record in records {
        if record.cells.len() != header.len() {
            let (found, named) = (record.cells.len(), header.len());
            let message = format!("the row has {found} cells where the header names {named} columns");
            rejections.push(rejection(record.number, "", "", message));
            continue;
        }
        values.clear();
        let before = rejections.len();
        for ((column, at), lenient) in schema.columns.iter().zip(order).zip(lenient) {
            let text = &record.cells[*at];
            let value = if schema.is_missing(text) { Ok(Value::Missing) } else { column.value(text) };
            values.push(match value {
                Ok(value) => value,
                Err(message) => {
                    if !lenient {
                        rejections.push(rejection(record.number, &column.name, text, message));
                    }
                    Value::Missing
                }
            });
        }
        if rejections.len() == before {
            numbers.push(record.number);
            columns.iter_mut().zip(&values).for_each(|(column, value)| push(column, *value));
        }
    }
    let rows = numbers.len();
    Rows { frame: Frame { schema: schema.clone(), columns, rows }, numbers, rejections }
}

fn push(column: &mut Column, value: Value) {
    match (column, value) {
        (Column::Number(cells), Value::Number(number)) => cells.push(number),
        (Column::Number(cells), Value::Missing | Value::Level(_)) => cells.push(f64::NAN),
        (Column::Category { codes, .. }, Value::Level(code)) => codes.push(code),
        (Column::Category { codes, .. }, Value::Missing | Value::Number(_)) => codes.push(MISSING_LEVEL),
    }
}

fn rejection(row: u64, field: &str, value: &str, message: impl Into<Cow<'static, str>>) -> Rejection {
    Rejection { row, field: field.to_owned(), value: value.to_owned(), message: message.into().into_owned() }
}
