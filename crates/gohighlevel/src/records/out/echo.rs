//! What we did ourselves.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Query, Session, StoreError, Tx};

/// Notes that `remote` is being made or changed by us.
pub(crate) async fn note(
    tx: &mut Tx,
    id: Ulid,
    kind: &'static str,
    remote: &str,
    contact: PersonId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let insert = Query::new("INSERT INTO ghl_echo (id, kind, remote, contact, at) VALUES (?, ?, ?, ?, ?)");
    tx.execute(insert.bind(id).bind(kind).bind(remote).bind(contact).bind(at)).await.map(|_| ())
}

/// Whether we made or changed this.
pub(crate) async fn is_ours(
    on: impl Into<Session<'_>>,
    kind: &'static str,
    remote: &str,
) -> Result<bool, StoreError> {
    let query = Query::new("SELECT 1 AS ours FROM ghl_echo WHERE kind = ? AND remote = ? LIMIT 1");
    Ok(on.into().optional(query.bind(kind).bind(remote)).await?.is_some())
}

/// How often we wrote to a contact since then.
pub(crate) async fn count_since(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let query = Query::new("SELECT COUNT(*) AS n FROM ghl_echo WHERE contact = ? AND at > ?");
    on.into().one(query.bind(contact).bind(since)).await?.count("n")
}

/// Forgets what is older than `keep`.
pub(crate) async fn prune(tx: &mut Tx, keep: Duration, now: Timestamp) -> Result<u64, StoreError> {
    let before = now.checked_sub(keep).unwrap_or(Timestamp::MIN);
    tx.execute(Query::new("DELETE FROM ghl_echo WHERE at < ?").bind(before)).await
}
