//! Typed columns with missing values, read from text by column name.

mod cell;
mod date;
mod found;
mod infer;
mod number;
mod read;
mod schema;
#[cfg(test)]
mod tests;

pub use infer::{Inferred, LEVELS_MAX, READABLE_SHARE_MIN, Reading, Record};
pub use read::{ReadError, Rows};
pub use schema::{ColumnSchema, Kind, LeftOut, Schema, Writing};

/// The code of a category that is missing, or that was not there when the schema was made.
pub const MISSING_LEVEL: u32 = u32::MAX;

/// Categories of more levels than this do without those that occur fewer than [`RARE_BELOW`] times.
pub const RARE_FROM: usize = 1000;

/// See [`RARE_FROM`].
pub const RARE_BELOW: usize = 3;

/// The bytes that the levels of all categories may take together, as far as a model file can hold them.
const LEVELS_BYTES_MAX: usize = 5 << 20;

/// What a level takes beside its text.
const LEVEL_BYTES: usize = 24;

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers, booleans (0 or 1) or dates (days since 1970-01-01); `NaN` is missing.
    Number(Vec<f64>),
    /// Categories by code.
    Category {
        /// The level's place in `levels`; [`MISSING_LEVEL`] is missing.
        codes: Vec<u32>,
        /// The levels.
        levels: Vec<String>,
    },
}

/// One cell of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Not known; also a category that was not there when the schema was made.
    Missing,
    /// A number, boolean (0 or 1) or date (days since 1970-01-01). `NaN` counts as missing.
    Number(f64),
    /// The code of a category.
    Level(u32),
}

/// A table of typed columns of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    schema: Schema,
    columns: Vec<Column>,
    rows: usize,
}

/// What makes columns unfit to stand side by side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Another number of columns than the schema names.
    #[error("the schema names {named} columns, there are {given}")]
    Columns {
        /// Columns in the schema.
        named: usize,
        /// Columns given.
        given: usize,
    },
    /// Columns of different lengths.
    #[error("column {name:?} has {found} rows where the first has {expected}")]
    Rows {
        /// The column.
        name: String,
        /// Its rows.
        found: usize,
        /// Rows of the first column.
        expected: usize,
    },
    /// Two columns of one name.
    #[error("two columns are called {name:?}; rename or drop one")]
    SameName {
        /// The name.
        name: String,
    },
    /// Numbers where the schema says category, or the other way round.
    #[error("the cells of column {name:?} are not what its schema says")]
    OtherKind {
        /// The column.
        name: String,
    },
    /// A kind is given for a column that is not there.
    #[error("there is no column {name:?} to give a kind to")]
    NoSuchColumn {
        /// The name.
        name: String,
    },
    /// A code beyond the levels.
    #[error("column {name:?} has a code that none of its levels has")]
    NoSuchLevel {
        /// The column.
        name: String,
    },
}

impl Frame {
    /// The frame of `columns`, which are what `schema` says.
    ///
    /// # Errors
    /// When they are not.
    pub fn new(schema: Schema, columns: Vec<Column>) -> Result<Self, FrameError> {
        if schema.columns.len() != columns.len() {
            return Err(FrameError::Columns { named: schema.columns.len(), given: columns.len() });
        }
        let rows = columns.first().map_or(0, Column::rows);
        for (at, (named, column)) in schema.columns.iter().zip(&columns).enumerate() {
            let name = || named.name.clone();
            if schema.position(&named.name) != Some(at) {
                return Err(FrameError::SameName { name: name() });
            }
            if column.rows() != rows {
                return Err(FrameError::Rows { name: name(), found: column.rows(), expected: rows });
            }
            match column {
                Column::Category { codes, levels } => {
                    if named.kind != Kind::Category || named.levels != *levels {
                        return Err(FrameError::OtherKind { name: name() });
                    }
                    if codes.iter().any(|code| *code != MISSING_LEVEL && *code as usize >= levels.len()) {
                        return Err(FrameError::NoSuchLevel { name: name() });
                    }
                }
                Column::Number(_) if named.kind == Kind::Category => {
                    return Err(FrameError::OtherKind { name: name() });
                }
                Column::Number(_) => {}
            }
        }
        Ok(Self { schema, columns, rows })
    }

    /// What the columns are.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The cells, in the schema's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.schema.position(name).and_then(|at| self.columns.get(at))
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows `rows`, in that order; a row may be taken more than once.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn take(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| column.take(rows)).collect();
        Self { schema: self.schema.clone(), columns, rows: rows.len() }
    }

    /// The same rows with the levels only that occur in `rows`, and of categories of more than [`RARE_FROM`] levels with those
    /// only that occur [`RARE_BELOW`] times; the others are missing from then on. Where the texts of all levels are more than a
    /// model can hold, those that occur least are missing as well.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn with_levels_of(&self, rows: &[usize]) -> Self {
        let counts: Vec<Vec<usize>> = self.columns.iter().map(|column| column.level_counts(rows)).collect();
        let mut often = 1;
        while self.level_bytes(&counts, often) > LEVELS_BYTES_MAX {
            often *= 2;
        }
        let mut frame = self.clone();
        for ((named, column), counts) in frame.schema.columns.iter_mut().zip(&mut frame.columns).zip(counts) {
            if let Column::Category { codes, levels } = column {
                let least = least_count(&counts).max(often);
                let mut kept = Vec::new();
                let code = |(level, count): (String, usize)| {
                    if count < least {
                        return MISSING_LEVEL;
                    }
                    kept.push(level);
                    kept.len() as u32 - 1
                };
                let new: Vec<u32> = std::mem::take(levels).into_iter().zip(counts).map(code).collect();
                codes
                    .iter_mut()
                    .for_each(|code| *code = new.get(*code as usize).copied().unwrap_or(MISSING_LEVEL));
                named.levels.clone_from(&kept);
                *levels = kept;
            }
        }
        frame
    }

    /// What the levels take that occur so `often` at least, when they occur as often as `counts` says.
    fn level_bytes(&self, counts: &[Vec<usize>], often: usize) -> usize {
        let of = |(column, counts): (&Column, &Vec<usize>)| match column {
            Column::Category { levels, .. } => {
                let least = least_count(counts).max(often);
                let kept = levels.iter().zip(counts).filter(|(_, count)| **count >= least);
                kept.map(|(level, _)| level.len() + LEVEL_BYTES).sum()
            }
            Column::Number(_) => 0,
        };
        self.columns.iter().zip(counts).map(of).sum()
    }

    /// The columns for which `keep` holds, in the same order.
    pub fn select(&self, mut keep: impl FnMut(&ColumnSchema) -> bool) -> Self {
        let kept = self.schema.columns.iter().zip(&self.columns).filter(|(named, _)| keep(named));
        let (columns, cells) = kept.map(|(named, cells)| (named.clone(), cells.clone())).unzip();
        Self {
            schema: Schema { columns, missing: self.schema.missing.clone() },
            columns: cells,
            rows: self.rows,
        }
    }

    /// The cells of row `row` in the schema's order, written into `into`, which is emptied before.
    pub fn row_into(&self, row: usize, into: &mut Vec<Value>) {
        into.clear();
        into.extend(self.columns.iter().map(|column| column.value(row)));
    }
}

/// How often a level occurs at least that is kept of a category whose levels occur as `counts` says.
fn least_count(counts: &[usize]) -> usize {
    let occurring = counts.iter().filter(|count| **count > 0).count();
    if occurring > RARE_FROM { RARE_BELOW } else { 1 }
}

impl Column {
    /// How often each level of a category occurs in `rows`.
    fn level_counts(&self, rows: &[usize]) -> Vec<usize> {
        let Self::Category { codes, levels } = self else { return Vec::new() };
        let mut counts = vec![0; levels.len()];
        for row in rows {
            if let Some(count) = counts.get_mut(codes[*row] as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// The number of cells.
    pub fn rows(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Category { codes, .. } => codes.len(),
        }
    }

    /// The cells of `rows`, in that order.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Number(values) => Self::Number(rows.iter().map(|&row| values[row]).collect()),
            Self::Category { codes, levels } => {
                Self::Category { codes: rows.iter().map(|&row| codes[row]).collect(), levels: levels.clone() }
            }
        }
    }

    /// The cell of row `row`; missing when there is no such row.
    pub fn value(&self, row: usize) -> Value {
        match self {
            Self::Number(values) => match values.get(row) {
                Some(value) if !value.is_nan() => Value::Number(*value),
                _ => Value::Missing,
            },
            Self::Category { codes, .. } => match codes.get(row) {
                Some(code) if *code != MISSING_LEVEL => Value::Level(*code),
                _ => Value::Missing,
            },
        }
    }
}
