//! Jobs: work that outlives the request that asked for it, scheduled in the transaction of its cause.

use std::time::Duration;

use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, Kind, Migration, MigrationSet, StoreError, Tx,
    queue::{Backoff, Depth, Failed, Lease, Payload, Worker},
    schema::{ColumnRule, Schema, TableRule},
};

/// The table of jobs.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "jobs",
        migrations: &[Migration {
            version: 1,
            name: "jobs",
            sql: "
                CREATE TABLE job (
                    id TEXT PRIMARY KEY,
                    kind TEXT NOT NULL,
                    share TEXT NOT NULL,
                    unique_key TEXT,
                    person_id TEXT,
                    payload_sealed BYTEA,
                    every_micros BIGINT,
                    created_at BIGINT NOT NULL,
                    state TEXT NOT NULL,
                    run_at BIGINT NOT NULL,
                    attempts BIGINT NOT NULL,
                    lease_owner TEXT,
                    lease_until BIGINT,
                    ended_at BIGINT,
                    reason TEXT
                );
                CREATE UNIQUE INDEX job_unique ON job (unique_key) WHERE state = 'waiting';
                CREATE INDEX job_due ON job (state, share, run_at);
                CREATE INDEX job_leased ON job (state, lease_until);
                CREATE INDEX job_person ON job (person_id);",
        }],
    },
    tables: &[TableRule {
        name: "job",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("share", Kind::Text),
            ColumnRule::plain("unique_key", Kind::Text),
            ColumnRule::plain("person_id", Kind::Text),
            ColumnRule::sealed("payload_sealed", Some("person_id"), "id"),
            ColumnRule::plain("every_micros", Kind::Int),
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

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its identity, chosen by the caller: the payload is sealed for it.
    pub id: Ulid,
    /// What is to be done: `contacts.import`.
    pub kind: String,
    /// Whose turn it takes: jobs of one share never hold back those of another. The kind, a connector, a user.
    pub share: String,
    /// While a job with this key waits or runs, another one is not added.
    pub unique_key: Option<String>,
    /// What it needs to know.
    pub payload: Payload,
    /// Not before.
    pub run_at: Timestamp,
    /// Done again and again, so far apart; times that were missed are not made up for.
    pub every: Option<Duration>,
}

/// A job being done.
#[derive(Clone, Debug)]
pub struct Job {
    /// The right to do it.
    pub lease: Lease,
    /// What is to be done.
    pub kind: String,
    /// Whose turn it takes.
    pub share: String,
    /// What it needs to know.
    pub payload: Payload,
    /// When it was due.
    pub run_at: Timestamp,
    /// How far apart it recurs.
    pub every: Option<Duration>,
}

/// Adds a job in the caller's transaction; whether it was added: not when its unique key is taken.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, job: NewJob, now: Timestamp) -> Result<bool, StoreError> {
    let _ = (tx, job, now);
    unimplemented!()
}

/// Leases up to `limit` jobs that are due: the share with the fewest running jobs first, within a share the oldest.
/// A job whose lease has run out is leased again.
///
/// # Errors
/// When the database refuses.
pub async fn lease(db: &Db, worker: &Worker, now: Timestamp, limit: u32) -> Result<Vec<Job>, StoreError> {
    let _ = (db, worker, now, limit);
    unimplemented!()
}

/// Says that the worker is still at it; the lease with its new end.
///
/// # Errors
/// [`StoreError::LeaseLost`]: stop, somebody else does it now.
pub async fn heartbeat(db: &Db, lease: &Lease, worker: &Worker, now: Timestamp) -> Result<Lease, StoreError> {
    let _ = (db, lease, worker, now);
    unimplemented!()
}

/// Marks a job as done and drops its payload, in the transaction of its effect; a recurring one waits for its next time.
///
/// # Errors
/// [`StoreError::LeaseLost`]: somebody else does it now, and the transaction must not be committed.
pub async fn complete(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    let _ = (tx, lease, now);
    unimplemented!()
}

/// Marks a job that failed. A recurring one is never dead: it waits for its next time.
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

/// How many there are.
///
/// # Errors
/// When the database refuses.
pub async fn depth(db: &Db, now: Timestamp) -> Result<Depth, StoreError> {
    let _ = (db, now);
    unimplemented!()
}

/// Brings a dead job back, with fresh attempts; whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn revive(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    let _ = (tx, id, now);
    unimplemented!()
}

/// Forgets jobs done before `before`; their number.
///
/// # Errors
/// When the database refuses.
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    let _ = (db, before);
    unimplemented!()
}
