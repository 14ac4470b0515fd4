//! How a market is doing.

use jiff::Timestamp;
use serde::Serialize;

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its identifier: `state`, `database`, `migrations`, `size`, `queues`, `audit_chain`, `keys`, `backup`.
    pub id: &'static str,
    /// What is checked.
    pub title: &'static str,
    /// Whether all is well.
    pub ok: bool,
    /// The figure or what is wrong, in a sentence.
    pub finding: String,
}

/// Work that waits in a queue of the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueLag {
    /// `inbox`, `outbox` or `jobs`.
    pub queue: &'static str,
    /// Items that wait.
    pub waiting: u64,
    /// Items that were given up.
    pub dead: u64,
    /// Since when the oldest item that could be done waits.
    pub oldest_due_at: Option<Timestamp>,
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// When.
    pub at: Timestamp,
    /// The checks, in the order in which one would look.
    pub checks: Vec<Check>,
    /// Size of the database in bytes; `None` when it cannot be told.
    pub database_bytes: Option<u64>,
    /// The queues.
    pub queues: Vec<QueueLag>,
    /// Entries in the audit chain.
    pub audit_entries: Option<u64>,
    /// The last completed backup.
    pub backed_up_at: Option<Timestamp>,
}

impl Health {
    /// Whether every check is well.
    pub fn is_ok(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }

    /// The check of this name.
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }
}
