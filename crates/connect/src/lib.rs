//! The way out: HTTP to other people's servers, without being led to our own.
//!
//! ```no_run
//! # async fn story(chance: connect::Chance) -> Result<(), Box<dyn std::error::Error>> {
//! use connect::{Client, EgressPolicy, Request};
//!
//! let client = Client::new(EgressPolicy::public(), chance)?;
//! let answer = client.send(&Request::get("https://example.com/status")?).await?;
//! println!("{} after {:?}", answer.status, answer.elapsed);
//! # Ok(()) }
//! ```
//!
//! **Flow.** [`Request`] -> [`EgressPolicy`] (https, no credentials in the address) -> the *lane* of its target
//! ([`Client::send`]: breaker open? too many in flight? asked to pause?) -> name resolved once, **every** address
//! judged by [`address::judge`], connected to exactly those -> [`Response`] within the limits of the request ->
//! repeated, if allowed, after [`Retry`]'s waits.
//!
//! Beside it: [`standard_webhooks`], signing and verifying as pure functions; [`oidc`], what an identity
//! provider is asked over HTTP; [`ghl`], GoHighLevel's API and webhooks with everything that goes wrong there.
//!
//! **Invariants.** Redirects are answers, never followed. A name that resolves to one forbidden address is
//! refused whole. Nothing is unbounded: connecting, headers, body, waiting and repeating have limits. Addresses,
//! headers and bodies appear in no log and no error; hosts do. Chance comes from the caller; waits
//! run by the runtime's clock.
//!
//! **To add a client for another system**: a module (or crate) that makes [`Request`]s with a
//! [`Request::lane`] of its own per account, and reads [`Response`]s.

pub mod address;
mod breaker;
mod client;
mod dial;
mod egress;
mod error;
pub mod ghl;
mod hosts;
pub mod oidc;
mod request;
mod resolve;
mod response;
mod retry;
pub mod standard_webhooks;

pub use client::{Chance, Client, Options};
pub use egress::{EgressError, EgressPolicy, Site, SiteError};
pub use error::{ConnectError, Stage};
pub use request::{Body, Limits, Request, RequestError};
pub use resolve::{Resolve, SystemResolver};
pub use response::Response;
pub use retry::{Retry, retry_after};
