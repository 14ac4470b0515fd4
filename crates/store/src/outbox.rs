//! The outbox: what others must hear, written in the transaction of the change it tells of, relayed afterwards.
//!
//! Messages with the same topic and key are relayed in the order in which they were written, one after the other;
//! each at least once.

use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, Kind, Migration, MigrationSet, StoreError, Tx,
    queue::{Backoff, Depth, Failed, Lease, Payload, Worker},
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

/// Writes a message in the caller's transaction.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, message: Message, now: Timestamp) -> Result<(), StoreError> {
    let _ = (tx, message, now);
    unimplemented!()
}

/// Leases up to `limit` messages that are due and that no earlier message of their topic and key has to go before.
///
/// # Errors
/// When the database refuses.
pub async fn lease(db: &Db, worker: &Worker, now: Timestamp, limit: u32) -> Result<Vec<Item>, StoreError> {
    let _ = (db, worker, now, limit);
    unimplemented!()
}

/// Marks a message as relayed and drops its payload, in the transaction of whatever is noted of its delivery.
///
/// # Errors
/// [`StoreError::LeaseLost`]: somebody else relays it now, and the transaction must not be committed.
pub async fn complete(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    let _ = (tx, lease, now);
    unimplemented!()
}

/// Marks a message that could not be relayed. Once dead it no longer holds back those after it.
///
/// # Errors
/// [`StoreError::LeaseLost`], or when the database refuses.
pub async fn fail(
    db: &Db,
    lease: &Lease,
    reason: &str,
    backoff: &Backoff,
    now: Timestamp,
    chance: u64,
) -> Result<Failed, StoreError> {
    let _ = (db, lease, reason, backoff, now, chance);
    unimplemented!()
}

/// How full it is.
///
/// # Errors
/// When the database refuses.
pub async fn depth(db: &Db, now: Timestamp) -> Result<Depth, StoreError> {
    let _ = (db, now);
    unimplemented!()
}

/// Brings a dead message back, with fresh attempts; whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn revive(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    let _ = (tx, id, now);
    unimplemented!()
}

/// Forgets messages relayed before `before`; their number.
///
/// # Errors
/// When the database refuses.
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    let _ = (db, before);
    unimplemented!()
}
