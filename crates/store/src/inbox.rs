//! The inbox: what other systems sent, kept durably before it is acknowledged, worked off afterwards, each once.

use std::collections::HashSet;

use boxed::boxed;
use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, Kind, Migration, MigrationSet, Query, Row, StoreError, Tx,
    group::{Batch, GroupCommit},
    queue::{self, Backoff, Depth, Failed, Lease, Payload, Worker},
    schema::{ColumnRule, Schema, TableRule},
};

/// The inbox's table.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "inbox",
        migrations: &[Migration {
            version: 1,
            name: "inbox",
            sql: "
                CREATE TABLE inbox (
                    id TEXT PRIMARY KEY,
                    source TEXT NOT NULL,
                    dedupe_key TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    person_id TEXT,
                    payload_sealed BYTEA,
                    received_at BIGINT NOT NULL,
                    state TEXT NOT NULL,
                    run_at BIGINT NOT NULL,
                    attempts BIGINT NOT NULL,
                    lease_owner TEXT,
                    lease_until BIGINT,
                    ended_at BIGINT,
                    reason TEXT
                );
                CREATE UNIQUE INDEX inbox_dedupe ON inbox (source, dedupe_key);
                CREATE INDEX inbox_due ON inbox (state, run_at);
                CREATE INDEX inbox_person ON inbox (person_id);",
        }],
    },
    tables: &[TableRule {
        name: "inbox",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("source", Kind::Text),
            ColumnRule::plain("dedupe_key", Kind::Text),
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("person_id", Kind::Text),
            ColumnRule::sealed("payload_sealed", Some("person_id"), "id"),
            ColumnRule::plain("received_at", Kind::Int),
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

/// Something that arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its identity here, chosen by the caller: the payload is sealed for it.
    pub id: Ulid,
    /// The system it came from: `webhook.gohighlevel`.
    pub source: String,
    /// What tells it from everything else of that source: the sender's event id, or a hash. No personal data.
    pub dedupe_key: String,
    /// What it is: `contact.updated`.
    pub kind: String,
    /// What was sent.
    pub payload: Payload,
    /// When.
    pub received_at: Timestamp,
}

/// Whether an arrival was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is kept under its id.
    New,
    /// The same key of the same source arrived before; nothing was kept.
    Duplicate,
}

/// An arrival on its way to being worked off.
#[derive(Clone, Debug)]
pub struct Item {
    /// The right to work on it.
    pub lease: Lease,
    /// The system it came from.
    pub source: String,
    /// What tells it from everything else of that source.
    pub dedupe_key: String,
    /// What it is.
    pub kind: String,
    /// What was sent.
    pub payload: Payload,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// The inbox of a market; cheap to clone. Arrivals that come together share one commit.
#[derive(Clone)]
pub struct Inbox {
    db: Db,
    group: GroupCommit<Arrivals>,
}

struct Arrivals;

impl Batch for Arrivals {
    type Item = Arrival;
    type Answer = Received;

    async fn write(&self, tx: &mut Tx, items: Vec<Arrival>) -> Result<Vec<Received>, StoreError> {
        append(tx, items).await
    }
}

const TABLE: &str = "inbox";

#[boxed]
impl Inbox {
    /// The inbox in `db`.
    pub fn new(db: Db) -> Self {
        Self { group: GroupCommit::new(db.clone(), Arrivals), db }
    }

    /// Keeps what arrived and returns once it is durable: only then may its sender be told so.
    ///
    /// # Errors
    /// When the database cannot promise it.
    pub async fn receive(&self, arrival: Arrival) -> Result<Received, StoreError> {
        self.group.write(arrival).await
    }

    /// Leases up to `limit` items that are due, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lease(&self, worker: &Worker, now: Timestamp, limit: u32) -> Result<Vec<Item>, StoreError> {
        if !queue::is_due(&self.db, TABLE, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("inbox.lease").await?;
        let picked = Query::new(
            "SELECT id, attempts FROM inbox WHERE state = 'waiting' AND run_at <= ? \
             AND (lease_until IS NULL OR lease_until <= ?) ORDER BY run_at, id LIMIT ?",
        );
        let picked = tx.all(picked.bind(now).bind(now).bind(limit)).await?;
        let taken = queue::take(&mut tx, TABLE, picked, worker, now).await?;
        let mut items = taken.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        tx.commit().await?;
        items.sort_by_key(|item| (item.received_at, item.lease.id));
        Ok(items)
    }

    /// Marks an item that failed: tried again later, or dead. `reason` holds no personal data.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], or when the database refuses.
    pub async fn fail(
        &self,
        lease: &Lease,
        reason: &str,
        backoff: &Backoff,
        now: Timestamp,
        chance: u64,
    ) -> Result<Failed, StoreError> {
        let mut tx = self.db.begin().await?;
        let failed = queue::fail(&mut tx, TABLE, lease, reason, backoff, now, chance).await?;
        tx.commit().await?;
        Ok(failed)
    }

    /// How full it is.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn depth(&self, now: Timestamp) -> Result<Depth, StoreError> {
        depth(&self.db, now).await
    }
}

fn item(row: &Row) -> Result<Item, StoreError> {
    Ok(Item {
        lease: queue::lease(row)?,
        source: row.text("source")?,
        dedupe_key: row.text("dedupe_key")?,
        kind: row.text("kind")?,
        payload: queue::payload(row)?,
        received_at: row.timestamp("received_at")?,
    })
}

/// Keeps arrivals in the caller's transaction; one answer each, in their order. Of several with the same source and key
/// the first is new.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn append(tx: &mut Tx, arrivals: Vec<Arrival>) -> Result<Vec<Received>, StoreError> {
    let ids: Vec<Ulid> = arrivals.iter().map(|arrival| arrival.id).collect();
    let rows = arrivals.into_iter().map(|arrival| {
        [
            arrival.id.into(),
            arrival.source.into(),
            arrival.dedupe_key.into(),
            arrival.kind.into(),
            arrival.payload.person.into(),
            arrival.payload.bytes.into(),
            arrival.received_at.into(),
            "waiting".into(),
            arrival.received_at.into(),
            0_i64.into(),
        ]
    });
    let kept = tx
        .insert_all_returning(
            "INSERT INTO inbox (id, source, dedupe_key, kind, person_id, payload_sealed, received_at, \
             state, run_at, attempts) VALUES",
            rows.collect(),
            "ON CONFLICT (source, dedupe_key) DO NOTHING RETURNING id",
        )
        .await?;
    let kept = kept.iter().map(|row| row.parse::<Ulid>("id")).collect::<Result<HashSet<_>, _>>()?;
    let received = |id| if kept.contains(id) { Received::New } else { Received::Duplicate };
    Ok(ids.iter().map(received).collect())
}

/// Marks an item as done, in the transaction of its effect, and drops its payload. What remains tells duplicates.
///
/// # Errors
/// [`StoreError::LeaseLost`]: somebody else works on it now, and the transaction must not be committed.
#[boxed]
pub async fn complete(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    queue::complete(tx, TABLE, lease, now).await
}

/// How full it is.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn depth(db: &Db, now: Timestamp) -> Result<Depth, StoreError> {
    queue::depth(db, TABLE, now).await
}

/// Brings a dead item back, with fresh attempts; whether there was one.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn revive(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    queue::revive(tx, TABLE, id, now).await
}

/// Forgets items done before `before`; their number. From then on their duplicates are new.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    queue::prune(db, TABLE, before).await
}
