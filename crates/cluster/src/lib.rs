//! What the nodes of one hub share: rate budgets, leases, and word of what changed. In process by default,
//! through Redis when it is configured, with the same semantics.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::time::Duration;
//! use cluster::{Cluster, Policy};
//!
//! const SIGN_INS: Policy = Policy::new("sign-in", 5, Duration::from_secs(60));
//! let cluster = Cluster::in_process();
//! let now = "2026-06-01T00:00:00Z".parse().unwrap();
//! assert!(cluster.budgets().take(&SIGN_INS, "192.0.2.7", 1, now).await.allowed);
//!
//! let lease = cluster.leases().acquire("nightly", "node-1", Duration::from_secs(30), now).await.unwrap();
//! assert!(lease.is_some());
//! # });
//! ```
//!
//! **Flow.** [`Cluster::open`] -> [`Budgets`] (asked on every request), [`Leases`] (one node does it),
//! [`Invalidations`] (what other nodes must forget). With the feature `kafka`, the event bus relays outboxes.
//!
//! **Invariants.** Budgets never fail: without Redis each node decides alone and [`Cluster::health`] says so.
//! Leases fail instead: two nodes must not both believe that they hold one. Nothing personal goes to Redis: keys
//! are identifiers, values are numbers. Time is an argument.
//!
//! **To add something shared**: the decision as a pure function, its script with the same arithmetic, and a test
//! that holds one against the other on a real Redis.

mod budgets;
mod bus;
mod cluster;
mod gcra;
mod invalidations;
#[cfg(feature = "kafka")]
pub mod kafka;
mod leases;
mod link;
mod policy;

pub use budgets::Budgets;
pub use bus::{Bus, BusError, Event};
pub use cluster::{Cluster, ClusterConfig, Health};
pub use invalidations::{Invalidation, Invalidations, Listener};
pub use leases::{Lease, Leases};
pub use link::Away;
pub use policy::{Policy, Verdict};
