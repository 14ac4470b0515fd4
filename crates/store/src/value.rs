use std::fmt::Display;

use jiff::{Timestamp, civil::Date};
use kernel::{Actor, MarketId, PersonId, Ulid};

/// One value on its way into a statement.
///
/// Both databases know these shapes and no others: instants are microseconds since 1970-01-01T00:00Z
/// in [`Value::Int`], dates are ISO 8601 text, decimals and identifiers are text, JSON is text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text (`TEXT`).
    Text(String),
    /// A whole number or an instant (`BIGINT`).
    Int(i64),
    /// A floating-point number (`DOUBLE PRECISION`).
    Real(f64),
    /// True or false (`BOOLEAN`).
    Bool(bool),
    /// Bytes (`BYTEA`).
    Bytes(Vec<u8>),
    /// Nothing, in a column of this kind: PostgreSQL refuses an untyped nothing.
    Null(Kind),
}

/// The kinds of column there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `TEXT`.
    Text,
    /// `BIGINT`.
    Int,
    /// `DOUBLE PRECISION`.
    Real,
    /// `BOOLEAN`.
    Bool,
    /// `BYTEA`.
    Bytes,
}

/// A type whose values always become the same [`Kind`], so that its absence has a kind too.
pub trait Bindable: Into<Value> {
    /// The kind of column it fills.
    const KIND: Kind;
}

impl Value {
    /// The text that `shown` displays as: for decimals, identifiers and other words.
    pub fn shown(shown: impl Display) -> Self {
        Self::Text(shown.to_string())
    }

    /// The text that `shown` displays as, or nothing.
    pub fn shown_or_null(shown: Option<impl Display>) -> Self {
        shown.map_or(Self::Null(Kind::Text), Self::shown)
    }
}

macro_rules! bindable {
    ($($type:ty => $kind:ident, |$value:ident| $made:expr;)+) => {
        $(
            impl From<$type> for Value {
                fn from($value: $type) -> Self {
                    Self::$kind($made)
                }
            }
            impl Bindable for $type {
                const KIND: Kind = Kind::$kind;
            }
        )+
    };
}

bindable! {
    &str => Text, |text| text.to_owned();
    String => Text, |text| text;
    &String => Text, |text| text.clone();
    Ulid => Text, |id| id.to_string();
    MarketId => Text, |id| id.to_string();
    PersonId => Text, |id| id.to_string();
    Date => Text, |date| date.to_string();
    &Actor => Text, |actor| actor.as_str().to_owned();
    i64 => Int, |number| number;
    i32 => Int, |number| i64::from(number);
    u32 => Int, |number| i64::from(number);
    usize => Int, |number| i64::try_from(number).unwrap_or(i64::MAX);
    Timestamp => Int, |instant| instant.as_microsecond();
    f64 => Real, |number| number;
    bool => Bool, |flag| flag;
    Vec<u8> => Bytes, |bytes| bytes;
    &[u8] => Bytes, |bytes| bytes.to_vec();
}

impl<T: Bindable> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null(T::KIND), Into::into)
    }
}
