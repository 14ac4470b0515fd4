//! Markets: the tenants of a hub, each with a database and keys of its own, from creation to deletion.
//!
//! ```no_run
//! # async fn story(config: markets::MarketsConfig, at: kernel::Moment) -> Result<(), Box<dyn std::error::Error>> {
//! use markets::{Markets, NewMarket};
//!
//! let markets = Markets::open(config, at.now).await?;
//! markets.create(NewMarket {
//!     name: "alpha".parse()?,
//!     region: "us-wa".parse()?,
//!     currency: "USD".parse()?,
//!     locale: "en-US".parse()?,
//!     time_zone: "America/Los_Angeles".parse()?,
//!     verticals: vec![kernel::Vertical::Residential],
//! }, &at).await?;
//!
//! let alpha = markets.enter(&"alpha".parse()?).await?; // the only way in
//! alpha.db().ping().await?;
//! # Ok(()) }
//! ```
//!
//! **Flow.** [`Markets::create`] makes keys, a database from the template, its profile, policy and pipelines, and only
//! then a record; [`Markets::enter`] looks the record up, opens the database (or finds it open) and gives a [`Market`],
//! through which domains read, write and seal. Backups, restores, moves, exports and deletions go through [`Markets`].
//!
//! **Invariants.**
//! - A [`Market`] is the only way to a market's database, and every value that leaves it can carry its market
//!   ([`MarketScoped`]). Files and databases are named by identifier and generation, never by anything typed.
//! - A market is on record only when it is ready; whatever was begun and not finished is undone or finished by
//!   [`Markets::recover`], never half there. One piece of work per market at a time, in all processes.
//! - Keys are in the [`keyring`] and in no backup and no export. A person erased stays erased: their tombstone in the
//!   keyring outlives every backup.
//! - Nothing acknowledged is lost by a restore or a move: the old database is fenced before the new one takes over.
//! - Every step is in the hub's audit chain, in the transaction that makes it, and arrives in the market's own.
//!
//! **To add** a constant of a market's policy: a line in `policies/market.toml` and a member in `policy.rs`. A point of
//! the checklist: a [`GoLiveStep`], handed to [`Markets::add_step`]. A domain with rows about persons: an [`Eraser`],
//! handed to [`Markets::add_eraser`]. One that keeps something of markets elsewhere: a [`Forgetter`], handed to
//! [`Markets::add_forgetter`]. A domain with tables in markets: its [`store::Schema`] in
//! [`MarketsConfig::schemas`]. A column of the hub's tables: the next file in `migrations/hub`.

mod chain;
mod checklist;
mod eraser;
mod error;
mod folder;
mod forgetter;
mod health;
mod inside;
mod key_file;
pub mod keyring;
mod manifest;
mod market;
mod pipeline;
pub mod policy;
mod record;
mod records;
mod rows;
mod scoped;
mod server;
mod service;
mod shelf;

pub use checklist::{Checking, Checklist, GoLiveStep, PlaceToDo, Step, StepState};
pub use eraser::{Eraser, Erasing};
pub use error::{EnterError, MarketsError};
pub use forgetter::{Forgetter, Forgetting};
pub use health::{Check, Health, QueueLag};
pub use inside::SCHEMA as MARKET_SCHEMA;
pub use key_file::Passphrase;
pub use keyring::{KeySource, Keyring, SealingKey, Tombstone};
pub use manifest::{BackupManifest, ExportManifest, TableFile};
pub use market::{Market, PersonKeys};
pub use pipeline::{Pipeline, Stage, StageKind};
pub use policy::{MarketPolicy, RateLimits};
pub use record::{MarketRecord, MarketState, NewMarket, Placement, ZoneName, ZoneNameError};
pub use records::BackupRecord;
pub use scoped::{MarketScoped, WrongMarket};
pub use server::{MarketServer, ServerId};
pub use service::{Markets, MarketsConfig, Migrated, OPEN_MAX, Purged, PurgedMarket, Recovered};
