//! A whole hub as one value: every domain over its databases, opened in the right order.
//!
//! ```no_run
//! # async fn story(chance: kernel::Chance, now: jiff::Timestamp) -> Result<(), hub::OpenError> {
//! let hub = hub::Hub::open(hub::HubConfig::embedded("/var/lib/enterprisehub", chance), now).await?;
//! let markets = hub.markets.list().await?;
//! # let _ = markets;
//! hub.close().await;
//! # Ok(()) }
//! ```
//!
//! **Flow.** The hub's database -> its audit trail -> the keyring -> markets -> directory (its secrets need a key) ->
//! the lines of business.
//!
//! **Invariants.** No rule lives here: what this crate knows is who needs whom. Server and shell open a hub the same way.
//!
//! **To add a domain**: a field of [`Hub`], a line in [`Hub::open`]; with tables in markets, its schema in
//! `market_schemas`; with rows about persons, its eraser handed to the markets.

mod config;
mod forgetting;
mod go_live;
mod open;
mod roster;

pub use config::{HubConfig, Location};
pub use open::{DATABASE_FILE, Hub, OpenError};
pub use roster::RosterError;
