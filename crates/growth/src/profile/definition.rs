use std::collections::BTreeMap;

use kernel::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ProfileError, resolve};
use crate::import::Field;

/// The profile of the RavenStack tables.
const RAVENSTACK: &str = include_str!("../../../../profiles/ravenstack.toml");

/// How client metrics follow from a set of raw tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name (`ravenstack`).
    pub name: String,
    /// Counts up with every change of a rule.
    pub version: u32,
    /// One line for people.
    pub title: String,
    /// Where the tables come from.
    pub source: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Notations of dates, in the language of `strptime`, tried in order; ISO 8601 is always understood.
    #[serde(default)]
    pub date_formats: Vec<String>,
    /// Who the clients are.
    pub client: ClientRule,
    /// The tables by name.
    pub tables: BTreeMap<String, TableRule>,
    /// The metrics by field. A field without a rule is unknown.
    pub metrics: BTreeMap<Field, MetricRule>,
    /// Which later rows are outcomes.
    #[serde(default)]
    pub outcomes: OutcomeRules,
}

/// Who the clients are: the rows of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRule {
    /// The table with one row per client.
    pub table: String,
    /// Its column with the identifier.
    pub id: String,
    /// Its column with the display name.
    pub name: String,
    /// A metric that must be above 0 for a row to be a client; every row is one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<Field>,
}

/// A table: which file it is, whose its rows are, when they become known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    /// Patterns of file names, `*` for anything, without regard to case.
    pub files: Vec<String>,
    /// The column with the client's identifier; or `join`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The row of another table that a row belongs to, and through it to a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<JoinRule>,
    /// The column that identifies a row, for tables that others join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The column with the date from which a row is known.
    pub recorded_at: String,
    /// Columns that are filled in later: by column, the column with the date from which its value is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_at: BTreeMap<String, String>,
    /// Columns that state how things stood when the file was made; no rule may read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
}

/// A row of another table that a row belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinRule {
    /// The other table; it has a `key` and a `client`.
    pub table: String,
    /// The column here that holds the other table's key.
    pub on: String,
}

/// How a metric is made: `of`, divided by `over` if given, then `root`, `scale`, `offset`, `clamp`, in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricRule {
    /// Why this stands for the metric.
    pub why: String,
    /// What is measured.
    pub of: Measure,
    /// What it is divided by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Measure>,
    /// Smallest divisor that is worth a ratio; below it the metric is unknown. A divisor of 0 always is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_minimum: Option<Decimal>,
    /// The root taken: 3 turns growth over three months into growth per month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<u32>,
    /// Factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Decimal>,
    /// Summand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<Decimal>,
    /// Bounds that the result is moved into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<[Decimal; 2]>,
}

/// An aggregate of the rows of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The table.
    pub table: String,
    /// How the rows become one value.
    pub aggregate: Aggregate,
    /// The columns whose values are aggregated; none for `count`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Conditions that a row must meet, all of them.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Length of the window by `recorded_at`, in days; everything known without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// How many days before the as-of date the window ends.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ending_days_ago: u32,
    /// The value where there is nothing to measure; unknown without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_none: Option<Decimal>,
}

fn is_zero(days: &u32) -> bool {
    *days == 0
}

/// How rows become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Number of rows; 0 when there are none.
    Count,
    /// Number of different values; 0 when there are none.
    Distinct,
    /// Sum of numbers.
    Sum,
    /// Mean of numbers.
    Mean,
    /// Smallest number.
    Minimum,
    /// Largest number.
    Maximum,
    /// The value of the row recorded last.
    Newest,
    /// First date.
    Earliest,
    /// Last date.
    Latest,
    /// Whole months from the first date to the as-of date.
    MonthsSinceEarliest,
    /// Days from the last date to the as-of date.
    DaysSinceLatest,
}

/// What a cell must be like. Exactly one comparison is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The column; `table.column` for the row that is joined.
    pub column: String,
    /// The text is this, without regard to case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// The text is one of these, without regard to case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
    /// The cell is (`true`) or is not (`false`) empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<bool>,
    /// The number is larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Decimal>,
    /// The number is smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Decimal>,
}

/// Which later rows are outcomes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRules {
    /// The client bought more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgraded: Option<OutcomeRule>,
    /// The client left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub churned: Option<OutcomeRule>,
}

/// A row that is an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRule {
    /// Why this counts as the outcome.
    pub why: String,
    /// The table.
    pub table: String,
    /// The column with the day it happened.
    pub on: String,
    /// The column with the annual amount it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_per_year: Option<String>,
    /// Conditions that a row must meet, all of them.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

impl Profile {
    /// Names of the profiles that ship with the product.
    pub const SHIPPED: &'static [&'static str] = &["ravenstack"];

    /// A profile that ships with the product.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn shipped(name: &str) -> Result<Self, ProfileError> {
        match name {
            "ravenstack" => Self::from_toml(RAVENSTACK),
            other => Err(ProfileError::Rule {
                place: other.to_owned(),
                message: format!("no such profile ships; there are: {}", Self::SHIPPED.join(", ")),
            }),
        }
    }

    /// Reads a profile and checks it whole.
    ///
    /// # Errors
    /// With the place and what is wrong there.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|fault| ProfileError::Syntax(fault.to_string()))?;
        resolve::check(&profile)?;
        Ok(profile)
    }
}
