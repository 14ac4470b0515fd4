//! What was known of a contact at a moment, as numbers that a score can be made of.
//!
//! ```
//! use leads::features::{Feature, Features};
//! use leads::timeline::{Entry, Happening, LeadSource, Timeline, What};
//! use learn::frame::Value;
//!
//! let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
//! let arrived = Happening {
//!     at: at("2026-03-02T10:00:00Z"),
//!     what: What::Arrived { source: LeadSource::Portal },
//! };
//! let timeline: Timeline = [Entry::told("arrived", at("2026-03-02T10:00:00Z"), arrived)].into_iter().collect();
//!
//! let features = Features::as_of(&timeline, at("2026-03-02T16:00:00Z"), &jiff::tz::TimeZone::UTC);
//! assert_eq!(features.value(Feature::HoursSinceArrival), Value::Number(6.0));
//! assert_eq!(features.value(Feature::Budget), Value::Missing);
//! ```
//!
//! A row is made of [`Timeline::as_of`] alone, so that nothing that happened or became known later can be in it. How
//! fast we answered is no feature: that is what we do, not who they are, and a model that knew it would score our own
//! habits. Labels that agents put on contacts are none either: they are put on when the outcome is known. Nor is the
//! day of the week, which tells of somebody's religion.

mod catalogue;
mod cold;
mod goal;
mod row;
#[cfg(test)]
mod tests;
mod training;

use jiff::{Timestamp, tz::TimeZone};
use learn::{
    frame::{Column, ColumnSchema, Frame, Kind, MISSING_LEVEL, Schema, Value},
    ledger::FeaturesHash,
};

pub use catalogue::{Absent, Feature, NoSuchFeature, Spec, Unit};
pub use cold::{GoingCold, GoingColdError};
pub use goal::{Goal, GoalError, GoalEvent, Label, Target};
pub use training::{AS_OF, CONTACT, GOAL, Sampling, TrainingRows, training_rows};

use crate::timeline::Timeline;

/// One contact at one moment. Two rows are equal when they are so bit by bit.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    as_of: Timestamp,
    values: [Value; Feature::ALL.len()],
}

impl Features {
    /// What was known at `as_of`. Hours of the day are told in `zone`, which is that of the market: where a contact
    /// lives is not asked.
    pub fn as_of(timeline: &Timeline, as_of: Timestamp, zone: &TimeZone) -> Self {
        Self { as_of, values: row::values(&timeline.as_of(as_of), as_of, zone) }
    }

    /// The row in which `values` are known and nothing else is: to ask what a score would be.
    pub fn of(as_of: Timestamp, values: impl IntoIterator<Item = (Feature, Value)>) -> Self {
        let mut row = Self { as_of, values: [Value::Missing; Feature::ALL.len()] };
        for (feature, value) in values {
            row.values[feature as usize] = value;
        }
        row
    }

    /// The same row with one value in place of another: to ask what a score would be.
    #[must_use]
    pub fn with(&self, feature: Feature, value: Value) -> Self {
        let mut row = *self;
        row.values[feature as usize] = value;
        row
    }

    /// The moment that the row speaks of.
    pub fn moment(&self) -> Timestamp {
        self.as_of
    }

    /// One feature; missing when it is not known, or never happened.
    pub fn value(&self, feature: Feature) -> Value {
        self.values[feature as usize]
    }

    /// The number of one feature; none when it is missing or a category.
    pub fn number(&self, feature: Feature) -> Option<f64> {
        match self.value(feature) {
            Value::Number(number) => Some(number),
            Value::Missing | Value::Level(_) => None,
        }
    }

    /// The level of one category.
    pub fn level(&self, feature: Feature) -> Option<&'static str> {
        match self.value(feature) {
            Value::Level(code) => feature.spec().levels.get(code as usize).copied(),
            Value::Missing | Value::Number(_) => None,
        }
    }

    /// All of them, in the order of [`Features::schema`].
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The columns of every row.
    pub fn schema() -> Schema {
        let column = |feature: &Feature| {
            let spec = feature.spec();
            ColumnSchema {
                name: spec.name.to_owned(),
                kind: spec.kind,
                levels: spec.levels.iter().map(|level| (*level).to_owned()).collect(),
                left_out: None,
                writing: Default::default(),
            }
        };
        Schema { columns: Feature::ALL.iter().map(column).collect(), missing: Vec::new() }
    }

    /// `rows` as a table.
    pub fn frame(rows: &[Self]) -> Frame {
        let schema = Self::schema();
        let cells = |(at, column): (usize, &ColumnSchema)| match column.kind {
            Kind::Category => {
                let code = |row: &Self| match row.values[at] {
                    Value::Level(code) => code,
                    Value::Missing | Value::Number(_) => MISSING_LEVEL,
                };
                Column::Category { codes: rows.iter().map(code).collect(), levels: column.levels.clone() }
            }
            Kind::Number | Kind::Boolean | Kind::Date => {
                let number = |row: &Self| match row.values[at] {
                    Value::Number(number) => number,
                    Value::Missing | Value::Level(_) => f64::NAN,
                };
                Column::Number(rows.iter().map(number).collect())
            }
        };
        let columns = schema.columns.iter().enumerate().map(cells).collect();
        Frame::new(schema, columns).expect("columns are made from the schema, one cell per row")
    }

    /// Tells whether two rows say the same, without keeping what they say. Not of the moment.
    pub fn hash(&self) -> FeaturesHash {
        let cell = |feature: &Feature| match self.value(*feature) {
            Value::Missing => String::new(),
            Value::Number(number) => format!("{:016x}", number.to_bits()),
            Value::Level(code) => {
                feature.spec().levels.get(code as usize).copied().unwrap_or_default().to_owned()
            }
        };
        let cells: Vec<(&str, String)> =
            Feature::ALL.iter().map(|feature| (feature.spec().name, cell(feature))).collect();
        FeaturesHash::of(cells.iter().map(|(name, cell)| (*name, cell.as_str())))
    }
}

impl PartialEq for Features {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&Value, &Value)| match (one, other) {
            (Value::Number(one), Value::Number(other)) => one.to_bits() == other.to_bits(),
            (one, other) => one == other,
        };
        self.as_of == other.as_of && self.values.iter().zip(&other.values).all(same)
    }
}

impl Eq for Features {}
