//! The hub's memory: one small kernel over two databases, SQLite in a file and PostgreSQL on a server.
//!
//! The same statements, migrations and tests serve both. A domain crate keeps its SQL in `records.rs`:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(story())
//! # }
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use store::{Db, Migration, MigrationSet, Query, Row, StoreError};
//!
//! const SCHEMA: MigrationSet = MigrationSet {
//!     domain: "deals",
//!     migrations: &[Migration {
//!         version: 1,
//!         name: "deals",
//!         sql: "CREATE TABLE deal (id TEXT PRIMARY KEY, arr BIGINT NOT NULL, won BOOLEAN NOT NULL);",
//!     }],
//! };
//!
//! struct Deal { id: String, arr: i64 }
//! fn deal(row: &Row) -> Result<Deal, StoreError> {
//!     Ok(Deal { id: row.text("id")?, arr: row.int("arr")? })
//! }
//!
//! let folder = tempfile::tempdir()?;
//! let db = Db::sqlite(&folder.path().join("hub.db")).await?; // or Db::open("postgres://...")
//! db.migrate(&SCHEMA).await?;
//!
//! let mut tx = db.begin().await?;
//! tx.insert_all("INSERT INTO deal (id, arr, won) VALUES", vec![
//!     ["a".into(), 37_500_i64.into(), true.into()],
//!     ["b".into(), 11_250_i64.into(), false.into()],
//! ]).await?;
//! tx.commit().await?;
//!
//! let won = db.list(Query::new("SELECT id, arr FROM deal WHERE won = ?").bind(true), deal).await?;
//! assert_eq!((won[0].id.as_str(), won[0].arr), ("a", 37_500));
//! # Ok(()) }
//! ```
//!
//! **Flow.** [`Query`] (text with bare `?`, values) -> [`Session`] ([`Db`] or [`Tx`]) -> driver -> [`Row`] ->
//! a function of the domain. [`Db::migrate`] brings a domain's tables up to date before anything else.
//!
//! **Markets.** Each has a database of its own: [`template`] (a SQLite file copied in milliseconds), [`postgres`] (a database
//! and a role), [`market`] (many open, few busy), [`mod@fence`] (nobody writes while it moves), [`mod@schema`] (what travels, and
//! how), [`image`] (backup, restore and move, between both kinds of database), read replicas ([`Db::replica`]).
//!
//! **What must happen once.** [`inbox`], [`outbox`] and [`jobs`] share their leases ([`queue`]); [`group`] lets many small
//! writes share one flush; [`idempotency`] makes a request that is sent twice take effect once; [`trail`] is the audit chain.
//!
//! **Invariants.** Statement texts are parts of the program, input travels only as [`Value`]. What a committed
//! [`Tx`] wrote survives a power cut; a transaction in which a statement failed cannot be committed, and a commit whose outcome is
//! unknown is an error of its own. Rows mean nothing here. SQL that only one of the databases understands (JSON functions, date
//! arithmetic, percentiles) is not written: such values are computed in Rust. The exceptions are few and here: the catalogue,
//! locks that PostgreSQL needs and SQLite has, making databases and roles.
//! `SUM` of integers is written `CAST(SUM(x) AS BIGINT)`, comparing text regardless of case `lower(x) LIKE`.
//!
//! **To add a table**: a [`Migration`] in the domain's [`MigrationSet`], functions in its `records.rs`, a test
//! that runs on both databases (`testing::on_both_databases`, feature `testing`); for a table of a market also its rule in the
//! domain's [`Schema`] and `testing::on_both_markets`.

mod catalog;
mod db;
mod disk;
mod error;
pub mod fence;
pub mod group;
pub mod idempotency;
pub mod image;
pub mod inbox;
pub mod jobs;
pub mod market;
mod migration;
pub mod outbox;
pub mod postgres;
mod presence;
mod query;
pub mod queue;
mod replica;
mod row;
pub mod schema;
mod session;
mod sqlite;
mod statement;
mod tail;
pub mod template;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trail;
mod tx;
mod value;

pub use db::{Db, EngineKind};
pub use error::StoreError;
pub use market::{MarketOptions, MarketPlace};
pub use migration::{Migration, MigrationError, MigrationSet};
pub use query::Query;
pub use row::Row;
pub use schema::Schema;
pub use session::Session;
pub use tx::Tx;
pub use value::{Bindable, Kind, Value};
