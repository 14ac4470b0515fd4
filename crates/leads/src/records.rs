//! The tables of leads in a market's database, one function per question or change.
//!
//! Four parts, each with its migrations, the rules of its tables and what an erasure removes: leads with their timelines
//! and scores ([`lead`]), models with their ledger ([`model`]), agents with offers, gate and opt-outs ([`agent`]), and what
//! is forgotten for its age ([`forgetting`]).

pub(crate) mod agent;
pub(crate) mod board;
pub(crate) mod fact;
pub(crate) mod forgetting;
pub(crate) mod gate;
pub(crate) mod imported;
pub(crate) mod lead;
pub(crate) mod ledger;
pub(crate) mod model;
pub(crate) mod offer;
pub(crate) mod optout;
pub(crate) mod policy;
pub(crate) mod ranking;
pub(crate) mod score;
pub(crate) mod timeline;
pub(crate) mod word;

use kernel::PersonId;
use store::{
    Migration, MigrationSet, Query, StoreError, Tx,
    schema::{Schema, TableRule},
};

/// What one part of the tables brings.
pub(crate) struct Part {
    /// Its migrations, ascending.
    pub migrations: &'static [Migration],
    /// Its tables, those that others refer to first.
    pub tables: &'static [TableRule],
    /// Tables with rows about a person, and the statement that removes those of one (`?`): those that refer to others first.
    pub erased: &'static [(&'static str, &'static str)],
}

/// In the order in which rows are copied. Migrations are numbered across the parts.
const PARTS: [&Part; 4] = [&lead::PART, &model::PART, &agent::PART, &forgetting::PART];

const MIGRATIONS: [Migration; count_migrations()] = migrations();
const TABLES: [TableRule; count_tables()] = tables();

/// The tables of leads and how their columns travel.
pub const SCHEMA: Schema =
    Schema { migrations: MigrationSet { domain: "leads", migrations: &MIGRATIONS }, tables: &TABLES };

const fn count_migrations() -> usize {
    let (mut part, mut count) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].migrations.len();
        part += 1;
    }
    count
}

const fn count_tables() -> usize {
    let (mut part, mut count) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].tables.len();
        part += 1;
    }
    count
}

const fn migrations() -> [Migration; count_migrations()] {
    let mut all = [PARTS[0].migrations[0]; count_migrations()];
    let (mut part, mut place) = (0, 0);
    while part < PARTS.len() {
        let mut at = 0;
        while at < PARTS[part].migrations.len() {
            all[place] = PARTS[part].migrations[at];
            place += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

const fn tables() -> [TableRule; count_tables()] {
    let mut all = [PARTS[0].tables[0]; count_tables()];
    let (mut part, mut place) = (0, 0);
    while part < PARTS.len() {
        let mut at = 0;
        while at < PARTS[part].tables.len() {
            all[place] = PARTS[part].tables[at];
            place += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

/// Removes every row about a person, those that refer to others first; how many each table lost.
pub(crate) async fn erase(tx: &mut Tx, person: PersonId) -> Result<Vec<(&'static str, u64)>, StoreError> {
    // A score that is just being kept writes predictions as well, which no reference holds: they are there when it has ended.
    lead::lock(tx, person).await?;
    let mut removed = Vec::new();
    for part in PARTS.iter().rev() {
        for (table, statement) in part.erased {
            let rows = tx.execute(Query::new(statement).bind(person)).await?;
            if rows > 0 {
                removed.push((*table, rows));
            }
        }
    }
    Ok(removed)
}
