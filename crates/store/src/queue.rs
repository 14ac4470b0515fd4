//! What the inbox, the outbox and the jobs have in common: items that are leased, then completed, tried again or given up.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};

/// Bytes that the store does not understand, with the person they are about.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// Sealed by the caller when they are personal.
    pub bytes: Vec<u8>,
    /// Under whose key they are sealed, if under a person's.
    pub person: Option<PersonId>,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Payload({} bytes)", self.bytes.len())
    }
}

/// The right to work on one item until `until`: nobody else gets the item before. It is proof of ownership, too: what
/// is done with a lease that somebody took over fails with [`crate::StoreError::LeaseLost`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The item.
    pub id: Ulid,
    /// Who holds it.
    pub owner: String,
    /// How often the item has been leased, this time included; with `owner` it tells this lease from every other.
    pub attempt: u32,
    /// When it ends.
    pub until: Timestamp,
}

/// Who leases, and for how long.
#[derive(Clone, Debug)]
pub struct Worker {
    /// A name that no other worker has: it holds the identity of the process.
    pub owner: String,
    /// How long a lease lasts when nothing is heard of the worker.
    pub lease_for: Duration,
}

/// When a failed item is tried again, and when no more.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// Wait after the first failure; it doubles with each further one.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// So many attempts, then the item is dead.
    pub attempts_max: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(5), longest: Duration::from_secs(3600), attempts_max: 12 }
    }
}

impl Backoff {
    /// The wait after attempt number `attempt` (from 1), shortened by up to half by `chance` (any bits), so that items
    /// that failed together do not come back together. `None` when the attempts are used up.
    pub fn wait(&self, attempt: u32, chance: u64) -> Option<Duration> {
        let _ = (attempt, chance);
        unimplemented!()
    }
}

/// What became of an item that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It will be tried again then.
    Again(Timestamp),
    /// Its attempts are used up; it waits for a person.
    Dead,
}

/// How many items are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Waiting to be leased, those not due yet included.
    pub waiting: u64,
    /// Leased now.
    pub leased: u64,
    /// Given up.
    pub dead: u64,
}
