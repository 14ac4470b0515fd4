//! What the columns of a table are.

use serde::{Deserialize, Serialize};

use super::{Value, cell, date, number};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A quantity.
    Number,
    /// One of a list of levels, without order.
    Category,
    /// Yes or no, held as 1 and 0.
    Boolean,
    /// A calendar date, held as days since 1970-01-01; a time of day is the fraction.
    Date,
}

/// One column as a model knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSchema {
    /// The name in the header; unique within a schema.
    pub name: String,
    /// What its cells are.
    pub kind: Kind,
    /// The levels of a category in ascending order, which is that of their codes; empty for the other kinds.
    pub levels: Vec<String>,
    /// Why nothing can be learned from it, if so; such a column is not trained on unless its kind was given by hand.
    pub left_out: Option<LeftOut>,
    /// How its cells are written.
    #[serde(default, skip_serializing_if = "Writing::is_usual")]
    pub writing: Writing,
}

/// How the cells of a column are written, where that is not the same everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Writing {
    /// Numbers have a comma before their decimals: `1.234,5`.
    pub decimal_comma: bool,
    /// Of two small numbers in a date the first is the day: `31/01/2026`.
    pub day_first: bool,
    /// Texts that mean "not known" in this column, compared without regard to case.
    pub missing: Vec<String>,
}

impl Writing {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a column is not trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// No cell has a value.
    AllMissing,
    /// Every cell has the same value.
    Constant,
    /// It names rows instead of describing them: every cell is different.
    Identifier,
    /// A category with so many levels that hardly one says anything.
    TooManyLevels,
}

/// The columns of a table, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// One entry per column.
    pub columns: Vec<ColumnSchema>,
    /// Texts that mean "not known" beyond the usual ones, compared without regard to case.
    #[serde(default)]
    pub missing: Vec<String>,
}

impl Schema {
    /// The place of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Whether `text` says that something is not known.
    pub fn is_missing(&self, text: &str) -> bool {
        cell::is_missing(text, &self.missing)
    }
}

impl ColumnSchema {
    /// What `text`, which no column takes for a missing one, says in this column. A level that is not among
    /// [`ColumnSchema::levels`] is missing.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn value(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        if self.writing.missing.iter().any(|missing| missing.eq_ignore_ascii_case(text)) {
            return Ok(Value::Missing);
        }
        match self.kind {
            Kind::Number => {
                number::number(text, self.writing.decimal_comma).map(Value::Number).ok_or_else(|| {
                    let such_as =
                        if self.writing.decimal_comma { "1234,5 or 1.234,5" } else { "1234.5 or 1,234.5" };
                    format!("is not a number; write it such as {such_as}")
                })
            }
            Kind::Boolean => cell::boolean(text)
                .map(|yes| Value::Number(f64::from(u8::from(yes))))
                .ok_or_else(|| "is neither yes nor no; write yes, no, true, false, 1 or 0".to_owned()),
            Kind::Date => date::date(text, self.writing.day_first)
                .map(Value::Number)
                .ok_or_else(|| "is not a date; write it such as 2026-01-31".to_owned()),
            Kind::Category => Ok(self.code(text).map_or(Value::Missing, Value::Level)),
        }
    }

    /// The code of the level `text`.
    pub fn code(&self, text: &str) -> Option<u32> {
        self.levels.binary_search_by(|level| level.as_str().cmp(text)).ok().map(|code| code as u32)
    }
}

impl LeftOut {
    /// The reason in words, to follow the column's name.
    pub fn reason(self) -> &'static str {
        match self {
            Self::AllMissing => "has no value in any row",
            Self::Constant => "has the same value in every row",
            Self::Identifier => "is different in every row: it names rows and says nothing of others",
            Self::TooManyLevels => "has too many different texts for the number of rows",
        }
    }
}
