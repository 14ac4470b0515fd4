//! Outgoing webhooks of a market: what happened there is told to other systems, signed by Standard Webhooks.
//!
//! ```no_run
//! # async fn story(webhooks: webhooks::Webhooks, market: markets::Market, at: kernel::Moment) -> Result<(), Box<dyn std::error::Error>> {
//! use webhooks::NewEndpoint;
//!
//! let made = webhooks.create(&market, NewEndpoint {
//!     url: "https://crm.example.com/hooks/enterprisehub".into(),
//!     description: "CRM".into(),
//!     topics: "contact.*".parse()?,
//! }, &at).await?;
//! println!("give this to the receiver, it is shown once: {}", *made.secret.expose());
//!
//! // What workers do, again and again:
//! webhooks.relay(&market, at.now).await?; // outbox -> messages and deliveries
//! webhooks.deliver_due(&market, at.now).await?; // deliveries -> endpoints
//! # Ok(()) }
//! ```
//!
//! **Flow.** A domain writes to the market's outbox in the transaction of its change -> [`Webhooks::relay`] makes it a
//! message with one delivery per endpoint that asked for its topic (and hands it to the bus) ->
//! [`Webhooks::deliver_due`] leases what is due, signs it and sends it through `connect` -> an attempt in the log, and
//! the end or the next try ([`schedule`]).
//!
//! **Invariants.** At least once: a delivery ends only after an answer 2xx, ten attempts, or the erasure of its person.
//! Messages about one subject start in order; a repeated one may arrive after a later one, which its `version` tells.
//! Payloads are sealed under the key of the person they are about, addresses and secrets under the market's; answers
//! are not kept. Nothing is sent into our own network: addresses are checked when they are typed and when they are
//! connected to.
//!
//! **To add a topic**: write it to the outbox where it happens, and add its line to [`TOPICS`].

mod endpoint;
mod error;
mod log;
mod records;
pub mod schedule;
mod service;
mod topics;

pub use endpoint::{DisabledReason, Endpoint, EndpointEdit, EndpointState, NewEndpoint};
pub use error::WebhooksError;
pub use log::{Attempt, Cause, Delivery, DeliveryCounts, DeliveryState};
pub use records::SCHEMA;
pub use service::{
    DELIVERIES_PAGE_MAX, DeliveryReport, ENDPOINTS_MAX, FAILING_MAX, MadeEndpoint, OVERLAP, REPLAY_MAX,
    RelayReport, ReplayRange, Webhooks,
};
pub use topics::{TOPICS, Topic, TopicError, Topics};
