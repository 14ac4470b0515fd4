//! Checkpoints, verification and export of a database's trail.

use std::io::Write;

use audit::{
    Entry, Expected, Fault, Hash, Verified, Walk,
    checkpoint::{Checkpoint, Note, Signer, Verifier},
    export::Writer,
    tree::Frontier,
};
use boxed::boxed;
use jiff::Timestamp;

use super::{COLUMNS, StoredCheckpoint, by_seq, entry, last, last_checkpoint, load, number};
use crate::{Db, Query, Row, StoreError};

/// Entries read at a time.
const CHUNK: u32 = 1_000;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Why a trail was not signed, verified or exported.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something is wrong with the chain; the first thing is named.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The export cannot be written.
    #[error("the export cannot be written")]
    Write(#[from] std::io::Error),
}

struct Stored {
    size: u64,
    at: Timestamp,
    text: String,
    peaks: Vec<u8>,
}

fn stored(row: &Row) -> Result<Stored, StoreError> {
    Ok(Stored {
        size: row.count("size")?,
        at: row.timestamp("at")?,
        text: row.text("note")?,
        peaks: row.bytes("peaks")?,
    })
}

const CHECKPOINTS: &str = "SELECT size, at, note, peaks FROM audit_checkpoint";

/// Signs what no checkpoint has signed yet; the checkpoint over all entries, also when it was there already, and
/// `None` when there is no entry. What it signs is checked against the last checkpoint first, so that a history
/// that was rewritten in the database is not signed.
///
/// # Errors
/// When the database refuses, and when the entries do not continue what the last checkpoint signed.
#[boxed]
pub async fn checkpoint(
    db: &Db,
    signer: &Signer,
    now: Timestamp,
) -> Result<Option<StoredCheckpoint>, TrailError> {
    let Some(newest) = last(db).await? else { return Ok(None) };
    let query = Query::new(CHECKPOINTS).push(" ORDER BY size DESC LIMIT 1");
    let before = db.optional(query).await?.as_ref().map(stored).transpose()?;
    let mut walk = match &before {
        Some(before) => resume(db, before, signer.verifier()).await?,
        None => Walk::new(Some(signer.verifier()), &Expected::default())?,
    };
    if walk.size() > newest.seq {
        return Ok(last_checkpoint(db).await?);
    }
    let mut chunks = Chunks::from(walk.size());
    while let Some(entries) = chunks.next(db, &walk).await? {
        for entry in &entries {
            walk.entry(entry)?;
        }
    }
    let (tree, note) = (walk.tree(), signer.checkpoint(walk.size(), walk.tree().root()));
    let peaks: Vec<u8> = tree.peaks().iter().flat_map(|peak| *peak.as_bytes()).collect();
    let insert = Query::new("INSERT INTO audit_checkpoint (size, at, note, peaks) VALUES (?, ?, ?, ?)")
        .bind(number(tree.size()))
        .bind(now)
        .bind(note.text())
        .bind(peaks);
    match db.execute(insert).await {
        Ok(_) => Ok(Some(StoredCheckpoint { at: now, note })),
        // Another node was faster: what it signed is the same.
        Err(error) if error.is_unique_violation() => Ok(last_checkpoint(db).await?),
        Err(error) => Err(error.into()),
    }
}

/// A walk that goes on after a checkpoint, whose root must be the one that was signed.
async fn resume(db: &Db, before: &Stored, key: Verifier) -> Result<Walk, TrailError> {
    let broken = |message: &str| {
        let reason = audit::Reason::Checkpoint { after: before.size, message: message.to_owned() };
        TrailError::Fault(Fault::beside(reason))
    };
    let Checkpoint { size, root, .. } =
        key.verify(&before.text).map_err(|error| broken(&error.to_string()))?;
    let peaks = before.peaks.chunks(HASH_BYTES).map(Hash::try_from).collect::<Result<Vec<_>, _>>();
    let tree = peaks.ok().and_then(|peaks| Frontier::from_parts(size, peaks));
    let tree = tree.filter(|tree| tree.root() == root && size == before.size);
    let tree =
        tree.ok_or_else(|| broken("what is stored beside it does not give the root that it signed"))?;
    let head = match size.checked_sub(1) {
        None => Hash::ZERO,
        Some(last) => match by_seq(db, last).await? {
            Some(entry) => entry.hash,
            None => return Err(Fault::at(last, audit::Reason::Truncated { index: last, size }).into()),
        },
    };
    Ok(Walk::resume(key, tree, head))
}

/// Entries in order, some at a time.
struct Chunks {
    after: Option<i64>,
}

impl Chunks {
    fn from(size: u64) -> Self {
        Self { after: size.checked_sub(1).map(number) }
    }

    /// The next entries; `None` at the end. A row that is no entry is a fault of the chain.
    async fn next(&mut self, db: &Db, walk: &Walk) -> Result<Option<Vec<Entry>>, TrailError> {
        let mut query = Query::new(COLUMNS);
        if let Some(after) = self.after {
            query = query.push(" WHERE seq > ?").bind(after);
        }
        let rows = db.all(query.push(" ORDER BY seq LIMIT ?").bind(CHUNK)).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = Some(last.int("seq")?);
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            match entry(row) {
                Ok(entry) => entries.push(entry),
                // The ones before it may be at fault as well: they are looked at first.
                Err(error) => {
                    let mut walk = walk.clone();
                    for entry in &entries {
                        walk.entry(entry)?;
                    }
                    return Err(walk.unreadable(error.to_string()).into());
                }
            }
        }
        Ok(Some(entries))
    }
}

/// Whether a chain has an entry from the moment it can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// With the first change that somebody makes: the hub's.
    WithAChange,
    /// With the entry of its own creation: a market's. Empty, it was emptied.
    WithAnEntry,
}

/// Goes through the whole chain and all checkpoints, which `key` must have signed.
///
/// # Errors
/// When the database refuses, and the first fault of the chain.
#[boxed]
pub async fn verify(db: &Db, key: &Verifier, begins: Begins) -> Result<Verified, TrailError> {
    let verified = walk_all(db, key, &mut ()).await?;
    match (verified.entries, begins) {
        (0, Begins::WithAnEntry) => Err(Fault::at(0, audit::Reason::Empty).into()),
        _ => Ok(verified),
    }
}

/// Writes the whole chain with its checkpoints, which `key` signed, to be verified by
/// [`audit::export::verify`]; it is verified on the way. Entries without a checkpoint are part of it: make one
/// before ([`checkpoint`]).
///
/// # Errors
/// When the database refuses, `out` cannot be written to, and the first fault of the chain.
pub async fn export<W: Write + Send>(db: &Db, key: &Verifier, out: W) -> Result<W, TrailError> {
    let mut writer = Writer::new(out, key)?;
    walk_all(db, key, &mut writer).await?;
    Ok(writer.finish()?)
}

/// Who looks on while a chain is walked through.
trait Onlooker {
    fn entry(&mut self, entry: &Entry) -> Result<(), TrailError>;
    fn checkpoint(&mut self, stored: &Stored) -> Result<(), TrailError>;
}

impl Onlooker for () {
    fn entry(&mut self, _: &Entry) -> Result<(), TrailError> {
        Ok(())
    }

    fn checkpoint(&mut self, _: &Stored) -> Result<(), TrailError> {
        Ok(())
    }
}

impl<W: Write> Onlooker for Writer<W> {
    fn entry(&mut self, entry: &Entry) -> Result<(), TrailError> {
        Ok(Self::entry(self, entry)?)
    }

    fn checkpoint(&mut self, stored: &Stored) -> Result<(), TrailError> {
        let note = Note::parse(&stored.text).map_err(|error| StoreError::column("note", error))?;
        Ok(Self::checkpoint(self, &note)?)
    }
}

async fn walk_all(db: &Db, key: &Verifier, onlooker: &mut impl Onlooker) -> Result<Verified, TrailError> {
    // Checkpoints first: every entry that they sign is there by then.
    let mut checkpoints = db.list(Query::new(CHECKPOINTS).push(" ORDER BY size DESC"), stored).await?;
    let expected = Expected { key: Some(key.clone()), kept: Vec::new() };
    let mut walk = Walk::new(Some(key.clone()), &expected)?;
    let mut chunks = Chunks { after: None };
    while let Some(entries) = chunks.next(db, &walk).await? {
        for entry in &entries {
            walk.entry(entry)?;
            onlooker.entry(entry)?;
            while let Some(next) = checkpoints.pop_if(|next| next.size <= walk.size()) {
                walk.checkpoint(&next.text)?;
                onlooker.checkpoint(&next)?;
            }
        }
    }
    // More was signed than is there.
    while let Some(next) = checkpoints.pop() {
        walk.checkpoint(&next.text)?;
        onlooker.checkpoint(&next)?;
    }
    Ok(walk.finish()?)
}

/// Carries entries and checkpoints over that `into` does not have yet: into a copy restored from a backup, so that
/// the chain never goes back. The chain of `into` must be a beginning of the one of `from`. The number of
/// entries carried over.
///
/// # Errors
/// When a database refuses, and when the two chains are not one.
#[boxed]
pub async fn carry_over(from: &Db, into: &Db) -> Result<u64, TrailError> {
    let end = last(into).await?;
    let size = end.as_ref().map_or(0, |end| end.seq + 1);
    if let Some(end) = &end
        && by_seq(from, end.seq).await?.as_ref() != Some(end)
    {
        return Err(Fault::at(end.seq, audit::Reason::Replaced { index: end.seq }).into());
    }
    let mut tx = into.begin().await?;
    let (unsigned, mut chunks, mut carried) = (Walk::new(None, &Expected::default())?, Chunks::from(size), 0);
    while let Some(entries) = chunks.next(from, &unsigned).await? {
        load(&mut tx, &entries).await?;
        carried += entries.len() as u64;
    }
    let signed = tx.optional(Query::new("SELECT MAX(size) AS size FROM audit_checkpoint")).await?;
    let signed = signed.map(|row| row.int_or_null("size")).transpose()?.flatten().unwrap_or(-1);
    let query = Query::new(CHECKPOINTS).push(" WHERE size > ? ORDER BY size").bind(signed);
    for checkpoint in from.list(query, stored).await? {
        let insert = Query::new("INSERT INTO audit_checkpoint (size, at, note, peaks) VALUES (?, ?, ?, ?)")
            .bind(number(checkpoint.size))
            .bind(checkpoint.at)
            .bind(checkpoint.text)
            .bind(checkpoint.peaks);
        tx.execute(insert).await?;
    }
    tx.commit().await?;
    Ok(carried)
}
