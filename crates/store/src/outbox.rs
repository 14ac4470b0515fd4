//! The outbox: what others must hear, written in the transaction of the change it tells of, relayed afterwards.
//!
//! Messages with the same topic and key are relayed in the order in which they were written, one after the other;
//! each at least once.

use boxed::boxed;
use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, Kind, Migration, MigrationSet, Query, Row, StoreError, Tx,
    queue::{self, Backoff, Depth, Failed, Lease, Payload, Worker},
    schema::{ColumnRule, Schema, TableRule},
};

/// The outbox's table.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "outbox",
        migrations: &[Migration {
            version: 1,
            name: "outbox",
            sql: "
                CREATE TABLE outbox (
                    id TEXT PRIMARY KEY,
                    seq BIGINT NOT NULL,
                    topic TEXT NOT NULL,
                    ordering_key TEXT NOT NULL,
                    person_id TEXT,
                    payload_sealed BYTEA,
                    created_at BIGINT NOT NULL,
                    state TEXT NOT NULL,
                    run_at BIGINT NOT NULL,
                    attempts BIGINT NOT NULL,
                    lease_owner TEXT,
                    lease_until BIGINT,
                    ended_at BIGINT,
                    reason TEXT
                );
                CREATE UNIQUE INDEX outbox_seq ON outbox (seq);
                CREATE INDEX outbox_due ON outbox (state, seq);
                CREATE INDEX outbox_order ON outbox (topic, ordering_key, state, seq);
                CREATE INDEX outbox_person ON outbox (person_id);",
        }],
    },
    tables: &[TableRule {
        name: "outbox",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("seq", Kind::Int),
            ColumnRule::plain("topic", Kind::Text),
            ColumnRule::plain("ordering_key", Kind::Text),
            ColumnRule::plain("person_id", Kind::Text),
            ColumnRule::sealed("payload_sealed", Some("person_id"), "id"),
            ColumnRule::plain("created_at", Kind::Int),
            ColumnRule::plain("state", Kind::Text),
            ColumnRule::plain("run_at", Kind::Int),
            ColumnRule::plain("attempts", Kind::Int),
            ColumnRule::plain("lease_owner", Kind::Text),
            ColumnRule::plain("lease_until", Kind::Int),
            ColumnRule::plain("ended_at", Kind::Int),
            ColumnRule::plain("reason", Kind::Text),
        ],
    }],
};

/// A message to be relayed.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its identity, chosen by the caller: the payload is sealed for it, and receivers tell repetitions by it.
    pub id: Ulid,
    /// What happened: `contact.created`.
    pub topic: String,
    /// The subject, whose messages stay in order: an identifier, no personal data.
    pub ordering_key: String,
    /// What is told.
    pub payload: Payload,
}

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Item {
    /// The right to relay it.
    pub lease: Lease,
    /// Its number within the outbox, ascending.
    pub seq: u64,
    /// What happened.
    pub topic: String,
    /// The subject.
    pub ordering_key: String,
    /// What is told.
    pub payload: Payload,
    /// When it was written.
    pub created_at: Timestamp,
}

const TABLE: &str = "outbox";

/// Writes a message when the transaction commits, so that numbers are in the order of the changes.
pub fn enqueue(tx: &mut Tx, message: Message, now: Timestamp) {
    tx.tail().messages.push((message, now));
}

/// Leases up to `limit` messages that are due and that no earlier message of their topic and key has to go before.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn lease(db: &Db, worker: &Worker, now: Timestamp, limit: u32) -> Result<Vec<Item>, StoreError> {
    if !queue::is_due(db, TABLE, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = db.begin().await?;
    tx.one_at_a_time("outbox.lease").await?;
    let picked = Query::new(
        "SELECT o.id, o.attempts FROM outbox o WHERE o.state = 'waiting' AND o.run_at <= ? \
         AND (o.lease_until IS NULL OR o.lease_until <= ?) \
         AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.topic = o.topic AND e.ordering_key = o.ordering_key \
         AND e.state = 'waiting' AND e.seq < o.seq) ORDER BY o.seq LIMIT ?",
    );
    let picked = tx.all(picked.bind(now).bind(now).bind(limit)).await?;
    let taken = queue::take(&mut tx, TABLE, picked, worker, now).await?;
    let mut items = taken.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    tx.commit().await?;
    items.sort_by_key(|item| item.seq);
    Ok(items)
}

fn item(row: &Row) -> Result<Item, StoreError> {
    Ok(Item {
        lease: queue::lease(row)?,
        seq: row.count("seq")?,
        topic: row.text("topic")?,
        ordering_key: row.text("ordering_key")?,
        payload: queue::payload(row)?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Marks a message as relayed and drops its payload, in the transaction of whatever is noted of its delivery.
///
/// # Errors
/// [`StoreError::LeaseLost`]: somebody else relays it now, and the transaction must not be committed.
#[boxed]
pub async fn complete(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    queue::complete(tx, TABLE, lease, now).await
}

/// Marks a message that could not be relayed. Once dead it no longer holds back those after it.
///
/// # Errors
/// [`StoreError::LeaseLost`], or when the database refuses.
#[boxed]
pub async fn fail(
    db: &Db,
    lease: &Lease,
    reason: &str,
    backoff: &Backoff,
    now: Timestamp,
    chance: u64,
) -> Result<Failed, StoreError> {
    let mut tx = db.begin().await?;
    let failed = queue::fail(&mut tx, TABLE, lease, reason, backoff, now, chance).await?;
    tx.commit().await?;
    Ok(failed)
}

/// How full it is.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn depth(db: &Db, now: Timestamp) -> Result<Depth, StoreError> {
    queue::depth(db, TABLE, now).await
}

/// Brings a dead message back, with fresh attempts; whether there was one.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn revive(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    queue::revive(tx, TABLE, id, now).await
}

/// Forgets messages relayed before `before`, except the latest: its number is where the next one goes on. Their number.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::new(
        "DELETE FROM outbox WHERE state = 'done' AND ended_at < ? AND seq < (SELECT MAX(seq) FROM outbox)",
    );
    db.execute(delete.bind(before)).await
}
