//! The audit trail of a database: the chain of [`audit::Entry`]s and its signed checkpoints, in the hub's database
//! and in every market's.
//!
//! Who changes something appends in the transaction of the change: both happen or neither.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(story())
//! # }
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use audit::{NewEntry, checkpoint::Signer};
//! use store::trail::{self, Filter, Order};
//!
//! # let folder = tempfile::tempdir()?;
//! # let db = store::Db::sqlite(&folder.path().join("hub.db")).await?;
//! # let now = "2026-03-01T09:00:00Z".parse()?;
//! # let ana = kernel::Actor::new("ana@example.com");
//! db.migrate(&trail::SCHEMA.migrations).await?;
//! let mut tx = db.begin().await?;
//! // .. the change itself ..
//! trail::append(&mut tx, NewEntry::new(now, &ana, "market.created", "market:01J"));
//! tx.commit().await?;
//!
//! let signer = Signer::from_seed("hub", &[7; 32])?;
//! trail::checkpoint(&db, &signer, now).await?;
//! let verified = trail::verify(&db, &signer.verifier(), trail::Begins::WithAChange).await?;
//! assert_eq!((verified.entries, verified.signed_entries), (1, 1));
//! assert_eq!(trail::page(&db, &Filter::default(), Order::Newest, None, 20).await?.len(), 1);
//! # Ok(()) }
//! ```
//!
//! Nothing here changes or removes an entry, except that a market imported under another identity leaves the
//! checkpoints of its former key behind ([`forget_checkpoints`]).

mod signing;

use audit::{Entry, Fault, Hash, NewEntry, Reason, checkpoint::Note};
use boxed::boxed;
use jiff::Timestamp;

pub use self::signing::{Begins, TrailError, carry_over, checkpoint, export, verify};
use crate::{
    Kind, Migration, MigrationSet, Query, Row, Session, StoreError, Tx, Value,
    schema::{ColumnRule, Schema, TableRule},
};

/// The trail's tables.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "trail",
        migrations: &[Migration {
            version: 1,
            name: "trail",
            sql: "
                CREATE TABLE audit_entry (
                    seq BIGINT PRIMARY KEY,
                    at BIGINT NOT NULL,
                    actor TEXT NOT NULL,
                    action TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    detail TEXT NOT NULL,
                    previous BYTEA NOT NULL,
                    hash BYTEA NOT NULL
                );
                CREATE INDEX audit_entry_action ON audit_entry (action, seq);
                CREATE INDEX audit_entry_subject ON audit_entry (subject, seq);
                CREATE INDEX audit_entry_at ON audit_entry (at);
                CREATE TABLE audit_checkpoint (
                    size BIGINT PRIMARY KEY,
                    at BIGINT NOT NULL,
                    note TEXT NOT NULL,
                    -- Roots of the full subtrees, largest first: to go on without reading every entry again.
                    peaks BYTEA NOT NULL
                );",
        }],
    },
    tables: &[
        TableRule {
            name: "audit_entry",
            key: &["seq"],
            columns: &[
                ColumnRule::plain("seq", Kind::Int),
                ColumnRule::plain("at", Kind::Int),
                ColumnRule::plain("actor", Kind::Text),
                ColumnRule::plain("action", Kind::Text),
                ColumnRule::plain("subject", Kind::Text),
                ColumnRule::plain("detail", Kind::Text),
                ColumnRule::plain("previous", Kind::Bytes),
                ColumnRule::plain("hash", Kind::Bytes),
            ],
        },
        TableRule {
            name: "audit_checkpoint",
            key: &["size"],
            columns: &[
                ColumnRule::plain("size", Kind::Int),
                ColumnRule::plain("at", Kind::Int),
                ColumnRule::plain("note", Kind::Text),
                ColumnRule::plain("peaks", Kind::Bytes),
            ],
        },
    ],
};

const COLUMNS: &str = "SELECT seq, at, actor, action, subject, detail, previous, hash FROM audit_entry";

/// Which entries are asked for. Nothing set: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Text that actor, action, subject or details contain, in any case.
    pub text: Option<String>,
    /// Part of the actor's name, in any case.
    pub actor: Option<String>,
    /// Beginning of the action: `market.` or `market.created`.
    pub action: Option<String>,
    /// Beginning of the subject: `client:` or `client:01J..`.
    pub subject: Option<String>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// In which order entries come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The last first.
    #[default]
    Newest,
    /// The first first.
    Oldest,
}

/// A checkpoint and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// When it was signed.
    pub at: Timestamp,
    /// The signed note.
    pub note: Note,
}

/// Whoever appends waits here for the others.
pub(crate) const TURN: &str = "audit_trail";

/// Appends `new` to the chain when the transaction commits: the change and its entry are made together or not at all.
pub fn append(tx: &mut Tx, new: NewEntry) {
    tx.tail().entries.push(new);
}

/// Puts entries that were made elsewhere (a newer copy, an export) after the last one there is, as they are.
///
/// # Errors
/// When the database refuses, and the first entry that does not continue the chain.
#[boxed]
pub async fn load(tx: &mut Tx, entries: &[Entry]) -> Result<(), TrailError> {
    tx.one_at_a_time(TURN).await?;
    let (mut seq, mut previous) = match last(&mut *tx).await? {
        Some(last) => (last.seq + 1, last.hash),
        None => (0, Hash::ZERO),
    };
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let reason = if entry.seq != seq {
            Some(Reason::Misplaced { index: seq, found: entry.seq })
        } else if entry.previous != previous {
            Some(Reason::Unlinked { index: seq })
        } else if entry.hash != entry.expected_hash() {
            Some(Reason::Changed { index: seq })
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(Fault::at(seq, reason).into());
        }
        rows.push(row(entry)?);
        (seq, previous) = (seq + 1, entry.hash);
    }
    tx.insert_all(INSERT, rows).await?;
    Ok(())
}

/// Every entry after the one numbered `seq` (`None`: every entry), the first first.
///
/// # Errors
/// When the database refuses.
pub async fn after(on: impl Into<Session<'_>>, seq: Option<u64>) -> Result<Vec<Entry>, StoreError> {
    page(on, &Filter::default(), Order::Oldest, seq, u32::MAX).await
}

/// How rows of the trail are inserted.
pub(crate) const INSERT: &str =
    "INSERT INTO audit_entry (seq, at, actor, action, subject, detail, previous, hash) VALUES";

/// An entry as [`INSERT`] takes it.
pub(crate) fn row(entry: &Entry) -> Result<[Value; 8], StoreError> {
    let detail = serde_json::to_string(&entry.detail).map_err(|error| StoreError::column("detail", error))?;
    Ok([
        number(entry.seq).into(),
        entry.at.into(),
        Value::from(&entry.actor),
        Value::from(&entry.action),
        Value::from(&entry.subject),
        detail.into(),
        entry.previous.as_bytes().as_slice().into(),
        entry.hash.as_bytes().as_slice().into(),
    ])
}

/// The last entry.
///
/// # Errors
/// When the database refuses.
pub async fn last(on: impl Into<Session<'_>>) -> Result<Option<Entry>, StoreError> {
    let query = Query::new(COLUMNS).push(" ORDER BY seq DESC LIMIT 1");
    on.into().optional(query).await?.as_ref().map(entry).transpose()
}

/// The entry with this number.
///
/// # Errors
/// When the database refuses.
pub async fn by_seq(on: impl Into<Session<'_>>, seq: u64) -> Result<Option<Entry>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE seq = ?").bind(number(seq));
    on.into().optional(query).await?.as_ref().map(entry).transpose()
}

/// At most `limit` entries that the filter lets through, in this order, after the one numbered `after`.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    on: impl Into<Session<'_>>,
    filter: &Filter,
    order: Order,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let mut query = filtered(Query::new(COLUMNS), filter);
    if let Some(after) = after {
        let side = if order == Order::Newest { " AND seq < ?" } else { " AND seq > ?" };
        query = query.push(side).bind(number(after));
    }
    let by = if order == Order::Newest { " ORDER BY seq DESC" } else { " ORDER BY seq" };
    on.into().list(query.push(by).push(" LIMIT ?").bind(limit), entry).await
}

/// The number of entries that the filter lets through.
///
/// # Errors
/// When the database refuses.
pub async fn count(on: impl Into<Session<'_>>, filter: &Filter) -> Result<u64, StoreError> {
    let query = filtered(Query::new("SELECT COUNT(*) AS entries FROM audit_entry"), filter);
    on.into().one(query).await?.count("entries")
}

fn filtered(mut query: Query, filter: &Filter) -> Query {
    query = query.push(" WHERE 1 = 1");
    if let Some(text) = &filter.text {
        let any = " AND (lower(actor) LIKE ? ESCAPE '\\' OR lower(action) LIKE ? ESCAPE '\\' OR \
                   lower(subject) LIKE ? ESCAPE '\\' OR lower(detail) LIKE ? ESCAPE '\\')";
        query = (0..4).fold(query.push(any), |query, _| query.bind(containing(text)));
    }
    if let Some(actor) = &filter.actor {
        query = query.push(" AND lower(actor) LIKE ? ESCAPE '\\'").bind(containing(actor));
    }
    if let Some(action) = &filter.action {
        query = query.push(" AND action >= ? AND action < ?").bind(action).bind(beyond(action));
    }
    if let Some(subject) = &filter.subject {
        query = query.push(" AND subject >= ? AND subject < ?").bind(subject).bind(beyond(subject));
    }
    if let Some(from) = filter.from {
        query = query.push(" AND at >= ?").bind(from);
    }
    if let Some(until) = filter.until {
        query = query.push(" AND at < ?").bind(until);
    }
    query
}

/// The pattern of texts that contain `part`.
fn containing(part: &str) -> String {
    let part = part.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{part}%")
}

/// The leaves of the first `size` entries, for proofs ([`audit::tree`]).
///
/// # Errors
/// When the database refuses.
pub async fn leaves(on: impl Into<Session<'_>>, size: u64) -> Result<Vec<Hash>, StoreError> {
    let query = Query::new("SELECT hash FROM audit_entry WHERE seq < ? ORDER BY seq").bind(number(size));
    on.into().list(query, |row| Ok(audit::tree::leaf(hash(row, "hash")?.as_bytes()))).await
}

/// What sorts after every text that begins with `prefix`.
fn beyond(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// Every checkpoint, the first first.
///
/// # Errors
/// When the database refuses.
pub async fn checkpoints(on: impl Into<Session<'_>>) -> Result<Vec<StoredCheckpoint>, StoreError> {
    let query = Query::new("SELECT at, note FROM audit_checkpoint ORDER BY size");
    on.into().list(query, stored_checkpoint).await
}

/// The last checkpoint.
///
/// # Errors
/// When the database refuses.
pub async fn last_checkpoint(on: impl Into<Session<'_>>) -> Result<Option<StoredCheckpoint>, StoreError> {
    let query = Query::new("SELECT at, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1");
    on.into().optional(query).await?.as_ref().map(stored_checkpoint).transpose()
}

/// Leaves the checkpoints behind: for a market that begins a new life under another identity and key. Its entries
/// stay; the next checkpoint signs them with the new key.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn forget_checkpoints(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM audit_checkpoint")).await.map(|_| ())
}

fn stored_checkpoint(row: &Row) -> Result<StoredCheckpoint, StoreError> {
    let note = Note::parse(row.str("note")?).map_err(|error| StoreError::column("note", error))?;
    Ok(StoredCheckpoint { at: row.timestamp("at")?, note })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        seq: row.count("seq")?,
        at: row.timestamp("at")?,
        actor: kernel::Actor::new(row.text("actor")?),
        action: row.text("action")?,
        subject: row.text("subject")?,
        detail: row.json("detail")?,
        previous: hash(row, "previous")?,
        hash: hash(row, "hash")?,
    })
}

fn hash(row: &Row, column: &str) -> Result<Hash, StoreError> {
    Hash::try_from(row.bytes(column)?.as_slice()).map_err(|error| StoreError::column(column, error))
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
