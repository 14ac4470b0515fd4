//! The growth team's tables: one function per question or change, by subject.
//!
//! Functions that read take `impl Into<Session>` (the database or a transaction), functions that write take the
//! transaction of their use case. Texts are the same for both databases.

mod activity;
mod client;
mod ledger;
mod outcomes;
mod owners;
mod plans;
mod policies;
mod propositions;
mod settings;
mod snapshots;

use store::{Migration, MigrationSet, Query, Session, StoreError};

pub(crate) use self::{activity::*, ledger::*, outcomes::*, owners::*, plans::*, policies::*};
pub(crate) use self::{propositions::*, settings::*, snapshots::*};

pub(crate) const SCHEMA: MigrationSet = MigrationSet {
    domain: "growth",
    migrations: &[Migration {
        version: 1,
        name: "growth",
        sql: include_str!("../migrations/0001_growth.sql"),
    }],
};

/// The number after the highest of a query that names it `last`. Ask inside a transaction that holds the
/// table's turn, or two use cases get the same one and the second fails.
async fn next(on: impl Into<Session<'_>>, query: &'static str) -> Result<i64, StoreError> {
    let last = on.into().one(Query::new(query)).await?.int_or_null("last")?;
    Ok(last.unwrap_or(0) + 1)
}

fn json<T: serde::Serialize>(column: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::column(column, error))
}
