//! Requests that may be sent twice and must take effect once.
//!
//! A request with an idempotency key claims a row ([`claim`]) in the database in which its effect happens, works, and
//! stores its answer ([`answer`]); the same key again gets that answer. Between the effect and the answer the process may
//! die: therefore the first transaction that the work commits in that database marks the row, in that very transaction.
//! The caller need not know: it runs under an [`Intent`] ([`Intent::scope`]), and [`crate::Tx::commit`] sees it. A claim
//! that was marked without an answer is [`Claim::EffectWithoutAnswer`]; one that was not marked took no effect and is
//! claimed anew.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boxed::boxed;
use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, EngineKind, Kind, Migration, MigrationSet, Query, StoreError, Tx,
    db::Pools,
    presence,
    schema::{ColumnRule, Schema, TableRule},
};

/// How long an answer is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The table of requests.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "idempotency",
        migrations: &[Migration {
            version: 1,
            name: "requests",
            sql: "
                CREATE TABLE idempotency (
                    scope TEXT NOT NULL,
                    request_key TEXT NOT NULL,
                    claim_id TEXT NOT NULL,
                    fingerprint BYTEA NOT NULL,
                    boot_id TEXT NOT NULL,
                    claimed_at BIGINT NOT NULL,
                    took_effect BOOLEAN NOT NULL,
                    answered_at BIGINT,
                    status BIGINT,
                    headers TEXT,
                    body_sealed BYTEA,
                    PRIMARY KEY (scope, request_key)
                );
                CREATE UNIQUE INDEX idempotency_claim ON idempotency (claim_id);
                CREATE INDEX idempotency_age ON idempotency (claimed_at);",
        }],
    },
    tables: &[TableRule {
        name: "idempotency",
        key: &["scope", "request_key"],
        columns: &[
            ColumnRule::plain("scope", Kind::Text),
            ColumnRule::plain("request_key", Kind::Text),
            ColumnRule::plain("claim_id", Kind::Text),
            ColumnRule::plain("fingerprint", Kind::Bytes),
            ColumnRule::plain("boot_id", Kind::Text),
            ColumnRule::plain("claimed_at", Kind::Int),
            ColumnRule::plain("took_effect", Kind::Bool),
            ColumnRule::plain("answered_at", Kind::Int),
            ColumnRule::plain("status", Kind::Int),
            ColumnRule::plain("headers", Kind::Text),
            ColumnRule::sealed("body_sealed", None, "claim_id"),
        ],
    }],
};

/// A request that must take effect once.
#[derive(Clone, Debug)]
pub struct Request {
    /// Within which keys are unique: market, route and principal.
    pub scope: String,
    /// The key, as the client chose it.
    pub key: String,
    /// A hash of method, path and payload: the same key with another one is a mistake of the client.
    pub fingerprint: [u8; 32],
    /// This run of the process: claims of a run that died are free again.
    pub boot: Ulid,
    /// The identity of this claim, new for every attempt; the body of the answer is sealed for it.
    pub claim: Ulid,
    /// How long a claim is believed in that was neither marked nor answered although its run is alive. Longer than a request can
    /// take.
    pub lease_for: Duration,
}

/// What a claim found.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Do the work, under this intent.
    Fresh(Intent),
    /// Another request with the key is being worked on.
    InFlight,
    /// The key was used for another request.
    Mismatch,
    /// It was done; this was the answer.
    Done(StoredAnswer),
    /// It took effect, but the process died before the answer was kept: the work must not be done again.
    EffectWithoutAnswer,
}

/// An answer as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The claim that it answers: the body is sealed for it.
    pub claim: Ulid,
    /// HTTP status.
    pub status: u16,
    /// Headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body, sealed by the caller.
    pub body_sealed: Vec<u8>,
}

impl std::fmt::Debug for StoredAnswer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "StoredAnswer({}, {} bytes)", self.status, self.body_sealed.len())
    }
}

/// The intent of the request being worked on: the first transaction committed under it marks its claim.
#[derive(Clone, Debug)]
pub struct Intent(Arc<Intended>);

#[derive(Debug)]
struct Intended {
    location: String,
    claim: Ulid,
    took_effect: AtomicBool,
}

tokio::task_local! {
    static INTENT: Intent;
}

impl Intent {
    fn new(db: &Db, claim: Ulid) -> Self {
        let location = db.about.location.clone();
        Self(Arc::new(Intended { location, claim, took_effect: AtomicBool::new(false) }))
    }

    /// Runs `work` under this intent. Work that is spawned onto another task is not under it.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        INTENT.scope(self, work).await
    }

    /// The claim that it marks: the body of the answer is sealed for it.
    pub fn claim(&self) -> Ulid {
        self.0.claim
    }

    /// Whether a transaction under it was committed. `false` after [`StoreError::CommitUnknown`]: nobody knows then.
    pub fn has_taken_effect(&self) -> bool {
        self.0.took_effect.load(Ordering::Acquire)
    }

    /// The intent that the calling task works under.
    pub fn current() -> Option<Self> {
        INTENT.try_with(Clone::clone).ok()
    }

    /// Whether its claim is in this database and not marked yet.
    pub(crate) fn is_for(&self, db: &Db) -> bool {
        !self.has_taken_effect() && self.0.location == db.about.location
    }

    /// Marks the claim in the transaction of the effect.
    ///
    /// # Errors
    /// [`StoreError::ClaimLost`] when another attempt has the claim now; the effect must not be committed then.
    pub(crate) async fn mark(&self, tx: &mut Tx) -> Result<Marking, StoreError> {
        let mark = Query::new("UPDATE idempotency SET took_effect = ? WHERE claim_id = ?");
        match tx.execute(mark.bind(true).bind(self.0.claim)).await? {
            0 => Err(StoreError::ClaimLost),
            _ => Ok(Marking(self.clone())),
        }
    }
}

/// A claim marked in a transaction that is not committed yet.
pub(crate) struct Marking(Intent);

impl Marking {
    /// The transaction is committed.
    pub(crate) fn done(self) {
        self.0.0.took_effect.store(true, Ordering::Release);
    }
}

/// Claims a request. A claim of a run that died is free at once: on SQLite, where one process serves, every other run has; on
/// PostgreSQL the server knows which are connected. A run that is alive is believed in for [`Request::lease_for`].
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn claim(db: &Db, request: &Request, now: Timestamp) -> Result<Claim, StoreError> {
    if let Pools::Postgres(pool) = &db.pools {
        db.about.presence.hold(pool, request.boot).await?;
    }
    let mut tx = db.begin().await?;
    let insert = Query::new(
        "INSERT INTO idempotency \
         (scope, request_key, claim_id, fingerprint, boot_id, claimed_at, took_effect) \
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, request_key) DO NOTHING",
    );
    let insert = insert
        .bind(&request.scope)
        .bind(&request.key)
        .bind(request.claim)
        .bind(request.fingerprint.as_slice())
        .bind(request.boot)
        .bind(now)
        .bind(false);
    let found = match tx.execute(insert).await? {
        1 => Claim::Fresh(Intent::new(db, request.claim)),
        _ => claimed_before(&mut tx, db, request, now).await?,
    };
    tx.commit_unmarked().await?;
    Ok(found)
}

async fn claimed_before(
    tx: &mut Tx,
    db: &Db,
    request: &Request,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    let query = Query::new(
        "SELECT claim_id, fingerprint, boot_id, claimed_at, took_effect, answered_at, status, headers, body_sealed \
         FROM idempotency WHERE scope = ? AND request_key = ?",
    );
    let Some(row) = tx.optional(query.bind(&request.scope).bind(&request.key)).await? else {
        // Forgotten at this very moment.
        return Ok(Claim::InFlight);
    };
    let before: Ulid = row.parse("claim_id")?;
    let age = now.duration_since(row.timestamp("claimed_at")?);
    let is_older_than = |limit: Duration| age.unsigned_abs() >= limit && age.is_positive();
    if is_older_than(KEPT_FOR) {
        return take_over(tx, db, request, before, now).await;
    }
    if row.bytes("fingerprint")? != request.fingerprint {
        return Ok(Claim::Mismatch);
    }
    if row.int_or_null("answered_at")?.is_some() {
        if row.int_or_null("status")?.is_none() {
            return Ok(Claim::EffectWithoutAnswer);
        }
        return Ok(Claim::Done(StoredAnswer {
            claim: before,
            status: row.count("status")?,
            headers: row.json("headers")?,
            body_sealed: row.bytes("body_sealed")?,
        }));
    }
    let boot: Ulid = row.parse("boot_id")?;
    let is_dead = boot != request.boot
        && match db.engine() {
            EngineKind::Sqlite => true,
            EngineKind::Postgres => presence::is_gone(tx, boot).await?,
        };
    if !is_dead && !is_older_than(request.lease_for) {
        return Ok(Claim::InFlight);
    }
    if row.bool("took_effect")? {
        return Ok(Claim::EffectWithoutAnswer);
    }
    take_over(tx, db, request, before, now).await
}

/// Claims a request whose earlier claim is dead. A worker that is only slow finds its claim gone and cannot commit.
async fn take_over(
    tx: &mut Tx,
    db: &Db,
    request: &Request,
    before: Ulid,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    let update = Query::new(
        "UPDATE idempotency SET claim_id = ?, fingerprint = ?, boot_id = ?, claimed_at = ?, took_effect = ?, \
         answered_at = NULL, status = NULL, headers = NULL, body_sealed = NULL \
         WHERE claim_id = ? AND (claimed_at <= ? OR (took_effect = ? AND answered_at IS NULL))",
    );
    let update = update
        .bind(request.claim)
        .bind(request.fingerprint.as_slice())
        .bind(request.boot)
        .bind(now)
        .bind(false)
        .bind(before)
        .bind(forgotten_before(now))
        .bind(false);
    Ok(match tx.execute(update).await? {
        0 => Claim::InFlight,
        _ => Claim::Fresh(Intent::new(db, request.claim)),
    })
}

/// Keeps the answer of a claim.
///
/// # Errors
/// [`StoreError::ClaimLost`] when the claim is not there any more; or when the database refuses.
#[boxed]
pub async fn answer(db: &Db, answer: &StoredAnswer, now: Timestamp) -> Result<(), StoreError> {
    let headers =
        serde_json::to_string(&answer.headers).map_err(|error| StoreError::column("headers", error))?;
    let update = Query::new(
        "UPDATE idempotency SET answered_at = ?, status = ?, headers = ?, body_sealed = ? \
         WHERE claim_id = ? AND answered_at IS NULL",
    );
    let update = update
        .bind(now)
        .bind(u32::from(answer.status))
        .bind(headers)
        .bind(answer.body_sealed.as_slice())
        .bind(answer.claim);
    let mut tx = db.begin().await?;
    if tx.execute(update).await? == 0 {
        return Err(StoreError::ClaimLost);
    }
    tx.commit_unmarked().await
}

/// Ends a claim that took effect and whose answer is not kept: it is not at work any more, and is not repeated.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn forgo_answer(db: &Db, claim: Ulid, now: Timestamp) -> Result<(), StoreError> {
    let update =
        Query::new("UPDATE idempotency SET answered_at = ? WHERE claim_id = ? AND answered_at IS NULL");
    let mut tx = db.begin().await?;
    tx.execute(update.bind(now).bind(claim)).await?;
    tx.commit_unmarked().await
}

/// Gives a claim back that took no effect: the request was refused before any work, and may be sent again with the key.
/// A claim that was marked or answered stays.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn release(db: &Db, claim: Ulid) -> Result<(), StoreError> {
    let delete =
        Query::new("DELETE FROM idempotency WHERE claim_id = ? AND took_effect = ? AND answered_at IS NULL");
    let mut tx = db.begin().await?;
    tx.execute(delete.bind(claim).bind(false)).await?;
    tx.commit_unmarked().await
}

/// Forgets requests older than [`KEPT_FOR`]; their number.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn prune(db: &Db, now: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::new("DELETE FROM idempotency WHERE claimed_at < ?").bind(forgotten_before(now));
    db.execute(delete).await
}

fn forgotten_before(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT_FOR).unwrap_or(Timestamp::MIN)
}
