use std::{fmt::Display, str::FromStr};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::{Kind, StoreError, Value};

/// One row of an answer, read by column name.
pub struct Row(pub(crate) Engine);

pub(crate) enum Engine {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! get {
    ($row:expr, $type:ty, $column:expr) => {
        // Always as an option: SQLite's decoders read NULL as zero.
        match &$row.0 {
            Engine::Sqlite(row) => row.try_get::<Option<$type>, &str>($column),
            Engine::Postgres(row) => row.try_get::<Option<$type>, &str>($column),
        }
        .map_err(|error| StoreError::column($column, error))
    };
}

fn present<T>(column: &str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::column(column, "it is NULL"))
}

macro_rules! accessors {
    ($($(#[$doc:meta])* $name:ident, $optional:ident, $type:ty;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// When the column is absent, NULL or of another type.
            pub fn $name(&self, column: &str) -> Result<$type, StoreError> {
                present(column, get!(self, $type, column)?)
            }

            /// As the one without `_or_null`, and `None` for NULL.
            ///
            /// # Errors
            /// When the column is absent or of another type.
            pub fn $optional(&self, column: &str) -> Result<Option<$type>, StoreError> {
                get!(self, $type, column)
            }
        )+
    };
}

impl Row {
    accessors! {
        /// Text.
        text, text_or_null, String;
        /// A whole number.
        int, int_or_null, i64;
        /// A floating-point number.
        real, real_or_null, f64;
        /// True or false.
        bool, bool_or_null, bool;
        /// Bytes.
        bytes, bytes_or_null, Vec<u8>;
    }

    /// Text, borrowed.
    ///
    /// # Errors
    /// When the column is absent, NULL or no text.
    pub fn str(&self, column: &str) -> Result<&str, StoreError> {
        present(column, get!(self, &str, column)?)
    }

    /// A whole number that fits `T` (`u32`, `usize`, ...).
    ///
    /// # Errors
    /// When the column is absent, NULL, no number or out of range.
    pub fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        let number = self.int(column)?;
        T::try_from(number).map_err(|_| StoreError::column(column, format!("{number} is out of range")))
    }

    /// Text read as `T`: identifiers, dates, decimals, words.
    ///
    /// # Errors
    /// When the column is absent, NULL or does not read as `T`.
    pub fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, StoreError> {
        self.str(column)?.parse().map_err(|error| StoreError::column(column, error))
    }

    /// Text read as `T`, and `None` for NULL.
    ///
    /// # Errors
    /// When the column is absent or does not read as `T`.
    pub fn parse_or_null<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let text = get!(self, &str, column)?;
        text.map(str::parse).transpose().map_err(|error| StoreError::column(column, error))
    }

    /// An instant.
    ///
    /// # Errors
    /// When the column is absent, NULL or no instant.
    pub fn timestamp(&self, column: &str) -> Result<Timestamp, StoreError> {
        Timestamp::from_microsecond(self.int(column)?).map_err(|error| StoreError::column(column, error))
    }

    /// An instant, and `None` for NULL.
    ///
    /// # Errors
    /// When the column is absent or no instant.
    pub fn timestamp_or_null(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let micros = self.int_or_null(column)?;
        micros.map(Timestamp::from_microsecond).transpose().map_err(|error| StoreError::column(column, error))
    }

    /// Whatever the column holds, as a value of this kind.
    ///
    /// # Errors
    /// When the column is absent or of another kind.
    pub fn value(&self, column: &str, kind: Kind) -> Result<Value, StoreError> {
        Ok(match kind {
            Kind::Text => self.text_or_null(column)?.into(),
            Kind::Int => self.int_or_null(column)?.into(),
            Kind::Real => self.real_or_null(column)?.into(),
            Kind::Bool => self.bool_or_null(column)?.into(),
            Kind::Bytes => self.bytes_or_null(column)?.into(),
        })
    }

    /// As [`Row::value`], of the column at a place of the answer, which is found sooner than a name.
    pub(crate) fn value_at(&self, place: usize, column: &str, kind: Kind) -> Result<Value, StoreError> {
        macro_rules! at {
            ($type:ty) => {
                match &self.0 {
                    Engine::Sqlite(row) => row.try_get::<Option<$type>, usize>(place),
                    Engine::Postgres(row) => row.try_get::<Option<$type>, usize>(place),
                }
                .map_err(|error| StoreError::column(column, error))?
                .into()
            };
        }
        Ok(match kind {
            Kind::Text => at!(String),
            Kind::Int => at!(i64),
            Kind::Real => at!(f64),
            Kind::Bool => at!(bool),
            Kind::Bytes => at!(Vec<u8>),
        })
    }

    /// JSON text read as `T`.
    ///
    /// # Errors
    /// When the column is absent, NULL or does not read as `T`.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(self.str(column)?).map_err(|error| StoreError::column(column, error))
    }
}
