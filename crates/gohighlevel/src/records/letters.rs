//! Events that were given up: the inbox's rows in state `dead`.

use connect::ghl::events::Kind;
use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, Query, Row, StoreError, Tx, queue::Lease};

use crate::{DeadLetter, road::SOURCE};

fn letter(row: &Row) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter {
        id: row.parse("id")?,
        kind: row.text("kind")?,
        received_at: row.timestamp("received_at")?,
        ended_at: row.timestamp_or_null("ended_at")?,
        attempts: row.count("attempts")?,
        reason: row.text_or_null("reason")?.unwrap_or_default(),
    })
}

/// The latest first, those before one.
pub(crate) async fn page(db: &Db, before: Option<Ulid>, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
    let query = Query::new(
        "SELECT id, kind, received_at, ended_at, attempts, reason FROM inbox WHERE source = ? AND state = 'dead'",
    );
    let query = query.bind(SOURCE);
    let query = match before {
        Some(before) => query.push(" AND id < ?").bind(before),
        None => query,
    };
    db.list(query.push(" ORDER BY id DESC LIMIT ?").bind(limit), letter).await
}

/// Gives an event back until `again`, as if it had not been tried: it was not its fault.
pub(crate) async fn give_back(
    tx: &mut Tx,
    lease: &Lease,
    again: Timestamp,
    reason: &str,
) -> Result<(), StoreError> {
    let query = Query::new(
        "UPDATE inbox SET run_at = ?, attempts = attempts - 1, lease_owner = NULL, lease_until = NULL, reason = ? \
         WHERE id = ? AND state = 'waiting' AND lease_owner = ? AND attempts = ?",
    );
    let query = query.bind(again).bind(reason).bind(lease.id).bind(&lease.owner).bind(lease.attempt);
    // Whose lease was taken over has nothing to give back.
    tx.execute(query).await.map(|_| ())
}

/// Whether one is there.
pub(crate) async fn is_dead(tx: &mut Tx, id: Ulid) -> Result<bool, StoreError> {
    let query = Query::new("SELECT 1 AS dead FROM inbox WHERE id = ? AND source = ? AND state = 'dead'");
    Ok(tx.optional(query.bind(id).bind(SOURCE)).await?.is_some())
}

/// All of them, oldest first.
pub(crate) async fn all(tx: &mut Tx, limit: u32) -> Result<Vec<Ulid>, StoreError> {
    let query = Query::new("SELECT id FROM inbox WHERE source = ? AND state = 'dead' ORDER BY id LIMIT ?");
    tx.list(query.bind(SOURCE).bind(limit), |row| row.parse("id")).await
}

/// Goes on with everything that `owner` has leased, until `until`.
pub(crate) async fn hold(tx: &mut Tx, owner: &str, until: Timestamp) -> Result<(), StoreError> {
    let query = Query::new(
        "UPDATE inbox SET lease_until = ? WHERE state = 'waiting' AND source = ? AND lease_owner = ?",
    );
    tx.execute(query.bind(until).bind(SOURCE).bind(owner)).await.map(|_| ())
}

/// Whether an event is due that says that the app was let in or taken out.
pub(crate) async fn has_installation(db: &Db, now: Timestamp) -> Result<bool, StoreError> {
    let query = Query::new(
        "SELECT 1 AS due FROM inbox WHERE state = 'waiting' AND run_at <= ? AND source = ? \
         AND (lease_until IS NULL OR lease_until <= ?) AND kind IN (?, ?) LIMIT 1",
    );
    let query =
        query.bind(now).bind(SOURCE).bind(now).bind(Kind::Install.name()).bind(Kind::Uninstall.name());
    Ok(db.optional(query).await?.is_some())
}
