//! GoHighLevel (HighLevel, LeadConnector): asked, listened to, and lived with.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # async fn story(http: connect::Client, store: Arc<dyn connect::ghl::tokens::TokenStore>, clock: connect::ghl::Clock, chance: connect::Chance)
//! # -> Result<(), connect::ghl::Failure> {
//! use connect::ghl::{Client, How, Options, budget::Lane, contacts, tokens::Account};
//!
//! let ghl = Client::new(Arc::new(http), store, Options::default(), clock, chance);
//! let location = Account::Location("ve9EPM428h8vShlRW1KT".to_owned());
//! let tags = ["hot".to_owned()];
//! let done = ghl.perform(&location, &contacts::add_tags("contact", &tags), How::lane(Lane::Score)).await?;
//! println!("{:?} after {} faults", done.value.tags, done.tried.len());
//! # Ok(()) }
//! ```
//!
//! **In.** A webhook's bytes -> [`signature`] -> (kept, before anybody answers 200) -> [`events`].
//!
//! **Out.** A call of [`contacts`], [`opportunities`], [`conversations`], [`calendars`], [`workflows`], [`locations`],
//! [`users`] or [`oauth`] is a row of one table ([`wire`]) with its values -> [`Client::perform`]: what was learned not to
//! work is left out ([`Capabilities`]), a token that will hold ([`tokens`]), a turn within the limits ([`budget`]), the
//! resilient client below with a breaker per family and location -> every answer judged ([`fault`]) -> cured here, or
//! returned as a [`Failure`] that names what is left to do.
//!
//! **Created once.** There are no idempotency keys: [`Client::create`] looks before it repeats.
//! **Written for real.** Members are dropped in silence: [`Client::write_verified`] reads and compares.
//!
//! **Invariants.** Time and chance are arguments. Nothing personal and no token in a log, an error or a recording. No
//! token is used before it is written. Nothing that creates is repeated blindly. Unknown values never stop the
//! reading of known ones.
//!
//! **To add an operation**: a row in `data/ghl/operations.toml`, its variant in [`wire::Op`], a function in the file of its
//! family; the tests hold the row to the published contract.

pub mod budget;
pub mod calendars;
mod capability;
mod client;
pub mod contacts;
pub mod conversations;
pub mod events;
pub mod fault;
pub mod locations;
pub mod oauth;
pub mod opportunities;
pub mod recorded;
pub mod signature;
pub mod tokens;
pub mod users;
pub mod wire;
pub mod workflows;

use std::{future::Future, pin::Pin, sync::Arc};

use jiff::Timestamp;

pub use crate::Chance;
pub use capability::{Capabilities, Lesson};
pub use client::{Client, Created, Done, Failure, How, Options, Step};

use crate::{ConnectError, Request, Response};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Boxed, so that roads are one type for the client.
pub type RoadFuture<'a> = Pin<Box<dyn Future<Output = Result<Response, ConnectError>> + Send + 'a>>;

/// How requests reach GoHighLevel: over the network, being recorded, or from a recording.
pub trait Road: Send + Sync {
    /// Sends a request and waits for its answer, whatever its status.
    fn send<'a>(&'a self, request: &'a Request) -> RoadFuture<'a>;
}

impl Road for crate::Client {
    fn send<'a>(&'a self, request: &'a Request) -> RoadFuture<'a> {
        Box::pin(crate::Client::send(self, request))
    }
}
