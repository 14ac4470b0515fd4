//! A market's life with its GoHighLevel location: installed, listened to, fetched again, written to, made good after
//! losses.
//!
//! ```no_run
//! # async fn story(bridge: gohighlevel::GoHighLevel, market: markets::Market, user: kernel::Ulid, at: kernel::Moment) -> Result<(), gohighlevel::GoHighLevelError> {
//! use gohighlevel::Received;
//!
//! let consent = bridge.begin_install(&market, user, &at).await?; // a person goes there and comes back
//! # let _ = consent;
//!
//! // A webhook: kept before anybody answers 200. An error is answered 429, which is all that GoHighLevel repeats.
//! let body = br#"{"type":"ContactCreate","locationId":"L","id":"C","webhookId":"W"}"#;
//! match bridge.receive(Some("signature"), body, None, at.now).await? {
//!     Received::Refused(rejection) => println!("401: {rejection}"),
//!     _ => println!("200"),
//! }
//!
//! // What workers do, again and again:
//! bridge.work(&market, at.now, 200).await?; // inbox -> contacts, timelines, opt-outs
//! # Ok(()) }
//! ```
//!
//! **In.** [`GoHighLevel::receive`] verifies, finds the market and keeps the bytes sealed in its inbox ->
//! [`GoHighLevel::work`] leases them, contact by contact in order, asks GoHighLevel what is true now, and takes that in
//! (`road/take_in.rs`): persons to `contacts`, what happened to their timelines in `leads`, what they said about wanting
//! messages to the opt-out ledger. **Out.** [`out`] writes what was decided here. **Healing.** [`heal`] back-fills, compares and
//! closes gaps by the same door, so that an event that was lost and one that arrived leave the same behind.
//!
//! **Invariants.**
//! - Acknowledged means durable: `receive` returns after the commit that holds the event.
//! - An event is a hint. What it says is never taken in, what GoHighLevel answers is; the later writing there wins, and
//!   what was deleted stays deleted.
//! - Everything that an event causes can be repeated without a second effect; a person and its link to the entity there are
//!   made in one transaction.
//! - Who was erased or suppressed here is not brought back by anything that arrives.
//! - No token is used before it is written, and none is in a log, an error or an export.
//!
//! **To add** an entity that is listened to: its arm in `road/fetch.rs`, its `Seen` in `road/take_in.rs`, what it means in
//! `road/map.rs`.

pub mod backup_map;
mod config;
mod connection;
mod dead_letters;
mod doctor;
mod echo;
mod error;
pub mod go_live;
pub mod heal;
mod health;
mod held;
mod incidents;
mod install;
pub mod out;
mod records;
mod road;
mod service;
mod tokens;

pub use config::{CALLBACK, Config};
pub use connection::{Connection, ConnectionState};
pub use dead_letters::{DeadLetter, LETTERS_PAGE_MAX};
pub use doctor::{Finding, Verdict};
pub use error::GoHighLevelError;
pub use health::{BudgetHealth, EventRate, FamilyHealth, Gap, Health, TokenHealth, TokenState};
pub use incidents::{Incident, IncidentsPage};
pub use install::{Installed, Parked, SCOPES};
pub use records::SCHEMA;
pub use road::{Link, Received, Worked};
pub use service::GoHighLevel;
