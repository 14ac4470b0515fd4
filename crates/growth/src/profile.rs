//! Metrics derived from raw records as of a date, by a profile that is data.
//!
//! A [`Profile`] (TOML, `profiles/`) says which file is which table, when a row and a column become known, how
//! each metric is aggregated, and which later rows are outcomes. A Stripe or a GoHighLevel export is a new
//! profile, not new code.
//!
//! ```
//! use growth::profile::{Profile, SourceFile, derive};
//! use jiff::civil::date;
//!
//! let profile = Profile::from_toml(r#"
//!     name = "invoices"
//!     version = 1
//!     title = "Customers and their plans"
//!     source = "billing export"
//!     currency = "USD"
//!     date_formats = ["%Y-%m-%d"]
//!     client = { table = "customers", id = "id", name = "name" }
//!     [tables.customers]
//!     files = ["customers*"]
//!     client = "id"
//!     recorded_at = "created"
//!     [tables.plans]
//!     files = ["plans*"]
//!     client = "customer"
//!     recorded_at = "started"
//!     [metrics.current_mrr]
//!     why = "sum of the plans"
//!     of = { table = "plans", aggregate = "sum", columns = ["amount"], when_none = 0 }
//! "#)?;
//! let files = [
//!     SourceFile { name: "customers.csv", bytes: b"id,name,created\nc1,Harbour Homes,2025-01-01\n" },
//!     SourceFile { name: "plans.csv", bytes: b"customer,amount,started\nc1,100,2025-02-01\nc1,50,2025-06-01\n" },
//! ];
//! let imported = derive(&files, &profile, date(2025, 3, 1))?;
//! assert_eq!(imported.clients[0].current_mrr.amount().to_string(), "100");
//! # Ok::<(), growth::profile::ProfileError>(())
//! ```
//!
//! **Flow.** TOML -> [`Profile`] (checked whole) -> [`Evidence::load`] (files -> typed tables) ->
//! [`Evidence::metrics`] as of a date -> the same checks as an imported file.
//!
//! **Invariant.** What was recorded after the date changes nothing: rows are compared by `recorded_at`, columns
//! that are filled in later read as empty until then, and columns that state the end of the data cannot be named.

mod definition;
mod evidence;
mod measure;
mod outcomes;
mod resolve;
mod table;

use jiff::civil::Date;

pub use self::{
    definition::{
        Aggregate, ClientRule, Condition, JoinRule, Measure, MetricRule, OutcomeRule, OutcomeRules, Profile,
        TableRule,
    },
    evidence::{Evidence, SourceFile},
    outcomes::{ClientOutcome, Event},
};
use crate::import::{ImportError, Imported};

/// Why nothing could be derived.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// The profile is not readable TOML of this shape.
    #[error("the profile cannot be read: {0}")]
    Syntax(String),
    /// The profile contradicts itself.
    #[error("the profile is wrong at {place}: {message}")]
    Rule {
        /// Where in the profile (`metrics.current_mrr.of`).
        place: String,
        /// What is wrong there.
        message: String,
    },
    /// A table has no file.
    #[error("no file is given for the table `{table}`: one named {patterns} is expected")]
    NoFile {
        /// The table.
        table: String,
        /// The names that would do.
        patterns: String,
    },
    /// Two files for one table.
    #[error("both `{first}` and `{second}` fit the table `{table}`: give one")]
    TwoFiles {
        /// The table.
        table: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// A file cannot be read.
    #[error("{file}: {fault}")]
    File {
        /// The file.
        file: String,
        /// Why.
        fault: tabular::ReadError,
    },
    /// A file lacks a column that the profile reads.
    #[error("{file} has no column `{column}`; its columns are: {found}")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The columns there are.
        found: String,
    },
    /// The derived metrics could not be taken.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// The metrics of every client as of a date.
///
/// # Errors
/// When a file is missing or unreadable. Rows that cannot be placed in time are left out and noticed.
pub fn derive(files: &[SourceFile<'_>], profile: &Profile, as_of: Date) -> Result<Imported, ProfileError> {
    Evidence::load(files, profile)?.metrics(as_of)
}

/// What became of every client that was known on `after`, in the days after it up to and including `until`.
///
/// # Errors
/// As [`derive()`].
pub fn outcomes(
    files: &[SourceFile<'_>],
    profile: &Profile,
    after: Date,
    until: Date,
) -> Result<Vec<ClientOutcome>, ProfileError> {
    Ok(Evidence::load(files, profile)?.outcomes(after, until))
}
