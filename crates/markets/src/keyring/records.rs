//! The keyring's tables and queries.

use jiff::{Timestamp, civil::Date};
use kernel::{MarketId, PersonId};
use seal::KeyId;
use store::{Migration, MigrationSet, Query, Row, Session, StoreError, Tx};

use super::{Purpose, Tombstone};

/// The table whose deleted rows must leave nothing behind.
pub(super) const KEY_TABLE: &str = "wrapped_key";

/// What only one transaction at a time may do.
pub(super) const ROTATION: &str = "keyring rotation";

pub(super) const SCHEMA: MigrationSet = MigrationSet {
    domain: "keyring",
    migrations: &[Migration {
        version: 1,
        name: "keys",
        sql: "
-- The key at the top: known by name, proved by a value that only it opens. One row.
CREATE TABLE key_at_top (
    slot BIGINT PRIMARY KEY,
    id TEXT NOT NULL,
    proof BYTEA NOT NULL,
    since BIGINT NOT NULL
);
-- Kind `data` is wrapped by the key at the top, all others by the owner's data key.
CREATE TABLE wrapped_key (
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner, kind, subject)
);
CREATE UNIQUE INDEX wrapped_key_id ON wrapped_key (owner, id);
CREATE TABLE tombstone (
    owner TEXT NOT NULL,
    person TEXT NOT NULL,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (owner, person)
);",
    }],
};

/// The key at the top as a keyring remembers it.
pub(super) struct KnownTop {
    /// Its name.
    pub id: KeyId,
    /// A key that only it unwraps.
    pub proof: Vec<u8>,
}

/// A key as it is stored.
pub(super) struct StoredKey {
    pub owner: String,
    pub kind: String,
    pub subject: String,
    pub id: KeyId,
    pub wrapped: Vec<u8>,
}

fn stored(row: &Row) -> Result<StoredKey, StoreError> {
    Ok(StoredKey {
        owner: row.text("owner")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        id: row.parse("id")?,
        wrapped: row.bytes("wrapped")?,
    })
}

pub(super) async fn top(on: impl Into<Session<'_>>) -> Result<Option<KnownTop>, StoreError> {
    let row = on.into().optional(Query::new("SELECT id, proof FROM key_at_top WHERE slot = 1")).await?;
    row.map(|row| Ok(KnownTop { id: row.parse("id")?, proof: row.bytes("proof")? })).transpose()
}

pub(super) async fn set_top(tx: &mut Tx, id: KeyId, proof: Vec<u8>, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM key_at_top")).await?;
    let insert = Query::new("INSERT INTO key_at_top (slot, id, proof, since) VALUES (1, ?, ?, ?)")
        .bind(id.ulid())
        .bind(proof)
        .bind(at);
    tx.execute(insert).await.map(|_| ())
}

pub(super) async fn add_key(
    tx: &mut Tx,
    owner: &str,
    purpose: Purpose,
    id: KeyId,
    wrapped: Vec<u8>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO wrapped_key (owner, kind, subject, id, wrapped, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(owner)
    .bind(purpose.kind())
    .bind(purpose.subject())
    .bind(id.ulid())
    .bind(wrapped)
    .bind(at);
    tx.execute(insert).await.map(|_| ())
}

/// Many keys at once: purpose, name and wrapped key of each.
pub(super) async fn add_keys(
    tx: &mut Tx,
    owner: &str,
    keys: Vec<(Purpose, KeyId, Vec<u8>)>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let rows: Vec<[store::Value; 6]> = keys
        .into_iter()
        .map(|(purpose, id, wrapped)| {
            [
                owner.into(),
                purpose.kind().into(),
                purpose.subject().into(),
                id.ulid().into(),
                wrapped.into(),
                at.into(),
            ]
        })
        .collect();
    let insert = "INSERT INTO wrapped_key (owner, kind, subject, id, wrapped, created_at) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

pub(super) async fn set_wrapped(tx: &mut Tx, key: &StoredKey, wrapped: Vec<u8>) -> Result<(), StoreError> {
    let update =
        Query::new("UPDATE wrapped_key SET wrapped = ? WHERE owner = ? AND kind = ? AND subject = ?")
            .bind(wrapped)
            .bind(&key.owner)
            .bind(&key.kind)
            .bind(&key.subject);
    tx.execute(update).await.map(|_| ())
}

pub(super) async fn root_keys(on: impl Into<Session<'_>>, owner: &str) -> Result<Vec<StoredKey>, StoreError> {
    let query = Query::new(
        "SELECT owner, kind, subject, id, wrapped FROM wrapped_key \
         WHERE owner = ? AND kind IN ('data', 'index', 'audit')",
    );
    on.into().list(query.bind(owner), stored).await
}

/// Every key that the key at the top wraps.
pub(super) async fn data_keys(on: impl Into<Session<'_>>) -> Result<Vec<StoredKey>, StoreError> {
    let query = Query::new(
        "SELECT owner, kind, subject, id, wrapped FROM wrapped_key WHERE kind = 'data' ORDER BY owner",
    );
    on.into().list(query, stored).await
}

pub(super) async fn all_keys(on: impl Into<Session<'_>>, owner: &str) -> Result<Vec<StoredKey>, StoreError> {
    let query = Query::new(
        "SELECT owner, kind, subject, id, wrapped FROM wrapped_key WHERE owner = ? ORDER BY kind, subject",
    );
    on.into().list(query.bind(owner), stored).await
}

pub(super) async fn keys_of(
    on: impl Into<Session<'_>>,
    owner: MarketId,
    kind: &'static str,
    subjects: Vec<String>,
) -> Result<Vec<StoredKey>, StoreError> {
    let query = Query::new(
        "SELECT owner, kind, subject, id, wrapped FROM wrapped_key WHERE owner = ? AND kind = ? AND subject IN (",
    );
    on.into().list(query.bind(owner.ulid()).bind(kind).bind_all(subjects).push(")"), stored).await
}

pub(super) async fn key_named(
    on: impl Into<Session<'_>>,
    owner: &str,
    id: KeyId,
) -> Result<Option<StoredKey>, StoreError> {
    let query =
        Query::new("SELECT owner, kind, subject, id, wrapped FROM wrapped_key WHERE owner = ? AND id = ?");
    let row = on.into().optional(query.bind(owner).bind(id.ulid())).await?;
    row.as_ref().map(stored).transpose()
}

pub(super) async fn delete_key(tx: &mut Tx, owner: &str, purpose: Purpose) -> Result<u64, StoreError> {
    let delete = Query::new("DELETE FROM wrapped_key WHERE owner = ? AND kind = ? AND subject = ?");
    tx.execute(delete.bind(owner).bind(purpose.kind()).bind(purpose.subject())).await
}

pub(super) async fn delete_days_before(tx: &mut Tx, owner: &str, day: Date) -> Result<u64, StoreError> {
    let delete = Query::new("DELETE FROM wrapped_key WHERE owner = ? AND kind = 'day' AND subject < ?");
    tx.execute(delete.bind(owner).bind(day)).await
}

pub(super) async fn delete_market(tx: &mut Tx, owner: MarketId) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM wrapped_key WHERE owner = ?").bind(owner.ulid())).await?;
    tx.execute(Query::new("DELETE FROM tombstone WHERE owner = ?").bind(owner.ulid())).await?;
    Ok(())
}

/// Adds a tombstone; `false` when there was one.
pub(super) async fn add_tombstone(
    tx: &mut Tx,
    owner: MarketId,
    person: PersonId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let insert = Query::new(
        "INSERT INTO tombstone (owner, person, erased_at) VALUES (?, ?, ?) ON CONFLICT (owner, person) DO NOTHING",
    );
    Ok(tx.execute(insert.bind(owner.ulid()).bind(person.ulid()).bind(at)).await? > 0)
}

/// One of these persons who was erased, if any was.
pub(super) async fn erased_among(
    on: impl Into<Session<'_>>,
    owner: MarketId,
    persons: &[PersonId],
) -> Result<Option<PersonId>, StoreError> {
    let query = Query::new("SELECT person FROM tombstone WHERE owner = ? AND person IN (").bind(owner.ulid());
    let query = query.bind_all(persons.iter().map(|person| person.ulid())).push(") LIMIT 1");
    on.into().optional(query).await?.map(|row| row.parse("person")).transpose()
}

pub(super) async fn tombstones(
    on: impl Into<Session<'_>>,
    owner: MarketId,
) -> Result<Vec<Tombstone>, StoreError> {
    let query =
        Query::new("SELECT person, erased_at FROM tombstone WHERE owner = ? ORDER BY erased_at, person");
    on.into()
        .list(query.bind(owner.ulid()), |row| {
            Ok(Tombstone { person: row.parse("person")?, erased_at: row.timestamp("erased_at")? })
        })
        .await
}
