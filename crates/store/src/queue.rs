//! What the inbox, the outbox and the jobs have in common: items that are leased, then completed, tried again or given up.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};

use crate::{Db, Query, Row, StoreError, Tx, Value};

/// So often an item may be leased without a word of its worker: one that kills its workers must not kill them for ever.
const LEASES_MAX: i64 = 50;

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
        if attempt >= self.attempts_max {
            return None;
        }
        let doubled =
            self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        let whole = doubled.min(self.longest);
        // Between a half and the whole of it.
        let fraction = (chance >> 11) as f64 / (1_u64 << 53) as f64;
        Some(whole.mul_f64(0.5 + fraction / 2.0))
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
    /// Since when the oldest of those that are due has been so.
    pub due_since: Option<Timestamp>,
}

/// Whether anything is due: asked before a transaction is begun, since most of the time nothing is.
pub(crate) async fn is_due(db: &Db, table: &str, now: Timestamp) -> Result<bool, StoreError> {
    let text = format!(
        "SELECT 1 AS due FROM {table} WHERE state = 'waiting' AND run_at <= ? \
         AND (lease_until IS NULL OR lease_until <= ?) LIMIT 1"
    );
    Ok(db.optional(Query::assembled(text, vec![now.into(), now.into()])).await?.is_some())
}

/// Leases items that were picked. What somebody else leased since is left out: the conditions are asked again when a row
/// is changed, after the other's change, on both databases (on PostgreSQL an update that waited for a row looks at it
/// anew). So one text is enough, without the locking words that only PostgreSQL has.
pub(crate) async fn take(
    tx: &mut Tx,
    table: &str,
    picked: Vec<Row>,
    worker: &Worker,
    now: Timestamp,
) -> Result<Vec<Row>, StoreError> {
    let (mut ids, mut worn) = (Vec::new(), Vec::new());
    for row in picked {
        let list = if row.int("attempts")? < LEASES_MAX { &mut ids } else { &mut worn };
        list.push(Value::from(row.text("id")?));
    }
    let free = "AND state = 'waiting' AND run_at <= ? AND (lease_until IS NULL OR lease_until <= ?)";
    if !worn.is_empty() {
        let text = format!(
            "UPDATE {table} SET state = 'dead', ended_at = ?, reason = 'every worker that leased it was lost' \
             WHERE id IN ({}) {free}",
            marks(&worn)
        );
        let values = [vec![now.into()], worn, vec![now.into(), now.into()]].concat();
        tx.execute(Query::assembled(text, values)).await?;
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "UPDATE {table} SET lease_owner = ?, lease_until = ?, attempts = attempts + 1 \
         WHERE id IN ({}) {free} RETURNING *",
        marks(&ids)
    );
    let until = later(now, worker.lease_for);
    let values =
        [vec![worker.owner.as_str().into(), until.into()], ids, vec![now.into(), now.into()]].concat();
    tx.all(Query::assembled(text, values)).await
}

/// The lease that a row returned by [`take`] grants.
pub(crate) fn lease(row: &Row) -> Result<Lease, StoreError> {
    Ok(Lease {
        id: row.parse("id")?,
        owner: row.text("lease_owner")?,
        attempt: row.count("attempts")?,
        until: row.timestamp("lease_until")?,
    })
}

/// The payload of a row; empty when it was dropped.
pub(crate) fn payload(row: &Row) -> Result<Payload, StoreError> {
    let person: Option<Ulid> = row.parse_or_null("person_id")?;
    Ok(Payload {
        bytes: row.bytes_or_null("payload_sealed")?.unwrap_or_default(),
        person: person.map(PersonId::from),
    })
}

/// Changes a leased item, if the lease is still the latest one: `set` is the text after `SET`.
pub(crate) async fn change(
    tx: &mut Tx,
    table: &str,
    lease: &Lease,
    set: &str,
    values: Vec<Value>,
) -> Result<(), StoreError> {
    let text = format!(
        "UPDATE {table} SET {set} WHERE id = ? AND state = 'waiting' AND lease_owner = ? AND attempts = ?"
    );
    let own = vec![lease.id.into(), lease.owner.as_str().into(), lease.attempt.into()];
    match tx.execute(Query::assembled(text, [values, own].concat())).await? {
        0 => Err(StoreError::LeaseLost),
        _ => Ok(()),
    }
}

const DONE: &str = "state = 'done', payload_sealed = NULL, lease_owner = NULL, lease_until = NULL, \
                    ended_at = ?, reason = NULL";

pub(crate) async fn complete(
    tx: &mut Tx,
    table: &str,
    lease: &Lease,
    now: Timestamp,
) -> Result<(), StoreError> {
    change(tx, table, lease, DONE, vec![now.into()]).await
}

pub(crate) async fn fail(
    tx: &mut Tx,
    table: &str,
    lease: &Lease,
    reason: &str,
    backoff: &Backoff,
    now: Timestamp,
    chance: u64,
) -> Result<Failed, StoreError> {
    match backoff.wait(lease.attempt, chance) {
        Some(wait) => {
            let again = later(now, wait);
            let set = "run_at = ?, lease_owner = NULL, lease_until = NULL, reason = ?";
            change(tx, table, lease, set, vec![again.into(), reason.into()]).await?;
            Ok(Failed::Again(again))
        }
        None => {
            let set = "state = 'dead', ended_at = ?, lease_owner = NULL, lease_until = NULL, reason = ?";
            change(tx, table, lease, set, vec![now.into(), reason.into()]).await?;
            Ok(Failed::Dead)
        }
    }
}

pub(crate) async fn depth(db: &Db, table: &str, now: Timestamp) -> Result<Depth, StoreError> {
    let text = format!(
        "SELECT CASE WHEN state = 'dead' THEN 'dead' WHEN lease_until > ? THEN 'leased' ELSE 'waiting' END AS what, \
         COUNT(*) AS n, MIN(run_at) AS first FROM {table} WHERE state IN ('waiting', 'dead') GROUP BY 1"
    );
    let mut depth = Depth::default();
    for row in db.all(Query::assembled(text, vec![now.into()])).await? {
        let count = row.count("n")?;
        match row.str("what")? {
            "dead" => depth.dead = count,
            "leased" => depth.leased = count,
            _ => {
                depth.waiting = count;
                depth.due_since = Some(row.timestamp("first")?).filter(|first| *first <= now);
            }
        }
    }
    Ok(depth)
}

pub(crate) async fn revive(tx: &mut Tx, table: &str, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    let text = format!(
        "UPDATE {table} SET state = 'waiting', run_at = ?, attempts = 0, ended_at = NULL, lease_owner = NULL, \
         lease_until = NULL WHERE id = ? AND state = 'dead'"
    );
    Ok(tx.execute(Query::assembled(text, vec![now.into(), id.into()])).await? > 0)
}

pub(crate) async fn prune(db: &Db, table: &str, before: Timestamp) -> Result<u64, StoreError> {
    let text = format!("DELETE FROM {table} WHERE state = 'done' AND ended_at < ?");
    db.execute(Query::assembled(text, vec![before.into()])).await
}

/// `from` and so much more, to the microsecond that is stored.
pub(crate) fn later(from: Timestamp, wait: Duration) -> Timestamp {
    let later = from.checked_add(wait).unwrap_or(Timestamp::MAX);
    Timestamp::from_microsecond(later.as_microsecond()).unwrap_or(later)
}

fn marks(values: &[Value]) -> String {
    vec!["?"; values.len()].join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_double_up_to_the_longest_and_are_shortened_by_half_at_most(
            attempt in 1_u32..40, chance: u64, first_ms in 1_u64..10_000, longest_ms in 1_u64..10_000_000,
        ) {
            let backoff = Backoff {
                first: Duration::from_millis(first_ms),
                longest: Duration::from_millis(longest_ms),
                attempts_max: 40,
            };
            let whole = (first_ms as f64 * 2_f64.powi(attempt as i32 - 1)).min(longest_ms as f64) / 1000.0;
            let wait = backoff.wait(attempt, chance).expect("attempts are left").as_secs_f64();
            prop_assert!(wait <= whole + 1e-6 && wait >= whole / 2.0 - 1e-6, "{wait} of {whole}");
            prop_assert_eq!(backoff.wait(40, chance), None);
        }
    }
}
