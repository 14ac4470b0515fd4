//! Contributions as factors and in words.

use std::{borrow::Cow, fmt};

use kernel::Factor;
use serde::{Deserialize, Serialize};

use super::Explanation;
use crate::frame::{ColumnSchema, Kind, Schema, Value};

/// What contributions are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Fractions of a chance, told in points (hundredths).
    Chance,
    /// The unit of the predicted amount.
    Amount,
}

/// What a row says in one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Nothing.
    Missing,
    /// A number.
    Number(f64),
    /// Yes or no.
    Answer(bool),
    /// A calendar date, as ISO 8601 writes it.
    Date(String),
    /// A category's level.
    Level(String),
}

/// One contribution that can be read out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The column's name.
    pub column: String,
    /// What the row says there.
    pub said: Said,
    /// What it adds to the prediction.
    pub contribution: f64,
    /// What the contribution is measured in.
    pub unit: Unit,
}

impl Said {
    /// What `value` means in `column`.
    pub fn of(column: &ColumnSchema, value: Value) -> Self {
        match (column.kind, value) {
            (Kind::Category, Value::Level(code)) => {
                column.levels.get(code as usize).map_or(Self::Missing, |level| Self::Level(level.clone()))
            }
            (_, Value::Number(number)) if number.is_nan() => Self::Missing,
            (Kind::Number, Value::Number(number)) => Self::Number(number),
            (Kind::Boolean, Value::Number(number)) => Self::Answer(number != 0.0),
            (Kind::Date, Value::Number(days)) => date(days).map_or(Self::Missing, Self::Date),
            _ => Self::Missing,
        }
    }
}

/// The date that is `days` after 1970-01-01; none beyond the calendar.
fn date(days: f64) -> Option<String> {
    let whole = days.floor();
    // Four million days either way are more than the calendar has.
    if whole.is_nan() || whole.abs() >= 4e6 {
        return None;
    }
    let span = jiff::Span::new().try_days(whole as i64).ok()?;
    jiff::civil::date(1970, 1, 1).checked_add(span).ok().map(|date| date.to_string())
}

/// The contributions to a prediction as factors, the largest first, without columns that change nothing.
///
/// `weight` is the column's share of everything that moved the prediction, so that weights sum to 1; `value` is the sum of all moves with the
/// column's sign, so that `value * weight` is the contribution; contributions sum to the prediction less the base.
pub fn factors(schema: &Schema, explanation: &Explanation) -> Vec<Factor> {
    let size = explanation.size();
    let factor = |at: usize| {
        let contribution = explanation.contributions[at];
        let name =
            schema.columns.get(at).map_or_else(|| format!("column {at}"), |column| column.name.clone());
        Factor {
            name: Cow::Owned(name),
            value: size * contribution.signum(),
            weight: contribution.abs() / size,
            contribution,
        }
    };
    largest_first(explanation).into_iter().map(factor).collect()
}

/// The contributions to the prediction of `row` as reasons, the largest first, without columns that change nothing.
pub fn reasons(schema: &Schema, row: &[Value], explanation: &Explanation, unit: Unit) -> Vec<Reason> {
    let reason = |at: usize| {
        let column = schema.columns.get(at)?;
        let value = row.get(at).copied().unwrap_or(Value::Missing);
        Some(in_words(column, value, explanation.contributions[at], unit))
    };
    largest_first(explanation).into_iter().filter_map(reason).collect()
}

/// One contribution as a reason; its `Display` is a sentence.
pub fn in_words(column: &ColumnSchema, value: Value, contribution: f64, unit: Unit) -> Reason {
    Reason { column: column.name.clone(), said: Said::of(column, value), contribution, unit }
}

/// The places of contributions that are not 0, the largest first; equal ones in the schema's order.
fn largest_first(explanation: &Explanation) -> Vec<usize> {
    let parts = &explanation.contributions;
    let mut places: Vec<usize> = (0..parts.len()).filter(|at| parts[*at] != 0.0).collect();
    places.sort_by(|one, other| parts[*other].abs().total_cmp(&parts[*one].abs()));
    places
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not known"),
            Self::Number(number) => f.write_str(&plain(*number)),
            Self::Answer(true) => f.write_str("yes"),
            Self::Answer(false) => f.write_str("no"),
            Self::Date(date) => f.write_str(date),
            Self::Level(level) => write!(f, "\"{level}\""),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}: ", self.column, self.said)?;
        let (what, size) = match self.unit {
            Unit::Chance => {
                let points = 100.0 * self.contribution.abs();
                ("the chance", (points >= 0.05).then(|| format!("{points:.1} points")))
            }
            Unit::Amount => {
                let amount = plain(self.contribution.abs());
                ("the estimate", (amount != "0").then_some(amount))
            }
        };
        match size {
            None => f.write_str("makes hardly any difference"),
            Some(size) if self.contribution > 0.0 => write!(f, "raises {what} by {size}"),
            Some(size) => write!(f, "lowers {what} by {size}"),
        }
    }
}

/// A number with about four significant digits and without trailing zeros; thousands apart.
fn plain(number: f64) -> String {
    if !number.is_finite() {
        return "not known".to_owned();
    }
    let size = number.abs();
    let decimals = match size {
        _ if size >= 1000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ if size >= 1.0 => 3,
        _ => 4,
    };
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let rest = rest.trim_end_matches('0');
    let sign = if number < 0.0 && text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}
