//! Requests that may be sent twice and must take effect once.
//!
//! A request with an idempotency key claims a row ([`claim`]) in the database in which its effect happens, works, and
//! stores its answer ([`answer`]); the same key again gets that answer. Between the effect and the answer the process may
//! die: therefore the first transaction that the work commits in that database marks the row, in that very transaction.
//! The caller need not know: it runs under an [`Intent`] ([`Intent::scope`]), and [`crate::Tx::commit`] sees it. A claim
//! that was marked without an answer is [`Claim::EffectWithoutAnswer`]; one that was not marked took no effect and is
//! claimed anew.

use std::{future::Future, sync::Arc, time::Duration};

use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, Kind, Migration, MigrationSet, StoreError,
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
                    effect_at BIGINT,
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
            ColumnRule::plain("effect_at", Kind::Int),
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
    /// How long another node believes in a claim that was neither marked nor answered. Longer than a request can take.
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
pub struct Intent {
    _shared: Arc<()>,
}

impl Intent {
    /// Runs `work` under this intent. Work that is spawned onto another task is not under it.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        work.await
    }

    /// Whether a transaction has marked it.
    pub fn has_taken_effect(&self) -> bool {
        unimplemented!()
    }
}

/// Claims a request. On SQLite, where one process serves, a claim of another run is dead at once; on PostgreSQL another
/// node may be alive, and is believed in for [`Request::lease_for`].
///
/// # Errors
/// When the database refuses.
pub async fn claim(db: &Db, request: &Request, now: Timestamp) -> Result<Claim, StoreError> {
    let _ = (db, request, now);
    unimplemented!()
}

/// Keeps the answer of a claim.
///
/// # Errors
/// [`StoreError::ClaimLost`] when the claim is not there any more; or when the database refuses.
pub async fn answer(db: &Db, answer: &StoredAnswer, now: Timestamp) -> Result<(), StoreError> {
    let _ = (db, answer, now);
    unimplemented!()
}

/// Gives a claim back that took no effect: the request was refused before any work, and may be sent again with the key.
///
/// # Errors
/// When the database refuses.
pub async fn release(db: &Db, claim: Ulid) -> Result<(), StoreError> {
    let _ = (db, claim);
    unimplemented!()
}

/// Forgets requests older than [`KEPT_FOR`]; their number.
///
/// # Errors
/// When the database refuses.
pub async fn prune(db: &Db, now: Timestamp) -> Result<u64, StoreError> {
    let _ = (db, now);
    unimplemented!()
}
