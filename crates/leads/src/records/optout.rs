//! What was said about wanting messages: rows that are written once and stay.

use std::collections::HashSet;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Kind, Query, Row, Session, StoreError, Tx, Value,
    schema::{ColumnRule, TableRule},
};

/// Entries of the ledgers.
pub(super) const OPTOUT: TableRule = TableRule {
    name: "lead_optout",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("said_by", Kind::Text),
        ColumnRule::index("address_index"),
        ColumnRule::plain("said_at", Kind::Int),
        ColumnRule::plain("recorded_at", Kind::Int),
        ColumnRule::plain("word", Kind::Text),
        ColumnRule::plain("channels", Kind::Text),
        ColumnRule::plain("origin", Kind::Text),
        ColumnRule::plain("rule", Kind::Text),
        ColumnRule::plain("permanent", Kind::Bool),
        ColumnRule::plain("message", Kind::Text),
        ColumnRule::sealed("detail_sealed", Some("contact"), "id"),
    ],
};

/// Erasing a person removes what is known by the contact alone.
pub(super) const FORGET: &str = "DELETE FROM lead_optout WHERE contact = ? AND address_index IS NULL";

/// What was said from a number or address outlives the person, as a suppression does: by its blind index.
pub(super) const CUT_LOOSE: &str = "UPDATE lead_optout SET contact = NULL, said_by = '', message = NULL, detail_sealed = NULL WHERE contact = ?";

/// A row of `lead_optout`. Words and channels are as they are stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredEntry {
    pub id: Ulid,
    pub contact: Option<PersonId>,
    pub said_by: String,
    pub address: Option<Vec<u8>>,
    pub said_at: Timestamp,
    pub recorded_at: Timestamp,
    pub word: String,
    pub channels: String,
    pub origin: String,
    pub rule: Option<String>,
    pub permanent: bool,
    pub message: Option<String>,
    pub detail: Option<Vec<u8>>,
}

const COLUMNS: &str = "SELECT id, contact, said_by, address_index, said_at, recorded_at, word, channels, origin, \
                       rule, permanent, message, detail_sealed FROM lead_optout";

fn read(row: &Row) -> Result<StoredEntry, StoreError> {
    Ok(StoredEntry {
        id: row.parse("id")?,
        contact: row.parse_or_null("contact")?,
        said_by: row.text("said_by")?,
        address: row.bytes_or_null("address_index")?,
        said_at: row.timestamp("said_at")?,
        recorded_at: row.timestamp("recorded_at")?,
        word: row.text("word")?,
        channels: row.text("channels")?,
        origin: row.text("origin")?,
        rule: row.text_or_null("rule")?,
        permanent: row.bool("permanent")?,
        message: row.text_or_null("message")?,
        detail: row.bytes_or_null("detail_sealed")?,
    })
}

/// What was said by a contact, or from one of these numbers and addresses, the oldest first.
pub(crate) async fn about(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    addresses: Vec<Vec<u8>>,
) -> Result<Vec<StoredEntry>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE contact = ? OR address_index IN (").bind(contact);
    on.into().list(query.bind_all(addresses).push(") ORDER BY said_at, id"), read).await
}

/// What is in a contact's own ledger, the oldest first.
pub(crate) async fn of(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Vec<StoredEntry>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE contact = ? ORDER BY said_at, id").bind(contact);
    on.into().list(query, read).await
}

/// Adds an entry; `false` when the same message was heard before.
pub(crate) async fn add(tx: &mut Tx, entry: StoredEntry) -> Result<bool, StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_optout (id, contact, said_by, address_index, said_at, recorded_at, word, channels, origin, \
         rule, permanent, message, detail_sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT DO NOTHING",
    );
    let insert = insert.bind(entry.id).bind(entry.contact.map(PersonId::ulid)).bind(entry.said_by);
    let insert = insert.bind(entry.address).bind(entry.said_at).bind(entry.recorded_at).bind(entry.word);
    let insert = insert.bind(entry.channels).bind(entry.origin).bind(entry.rule).bind(entry.permanent);
    Ok(tx.execute(insert.bind(entry.message).bind(entry.detail)).await? > 0)
}

/// Whether anything of this kind was ever said.
pub(crate) async fn any(on: impl Into<Session<'_>>, word: &'static str) -> Result<bool, StoreError> {
    let query = Query::new("SELECT id FROM lead_optout WHERE word = ? LIMIT 1").bind(word);
    Ok(on.into().optional(query).await?.is_some())
}

/// Whether a contact is there.
pub(crate) async fn is_there(tx: &mut Tx, contact: PersonId) -> Result<bool, StoreError> {
    Ok(tx.optional(Query::new("SELECT id FROM contact WHERE id = ?").bind(contact)).await?.is_some())
}

/// Something that was said of a number or address alone.
pub(crate) struct Loose {
    pub id: Ulid,
    pub address: Vec<u8>,
    pub channels: String,
}

/// Of which of these numbers and addresses alone a word is on record, each with its channels.
pub(crate) async fn loose_among(
    tx: &mut Tx,
    word: &str,
    addresses: Vec<Vec<u8>>,
) -> Result<HashSet<(Vec<u8>, String)>, StoreError> {
    let query = Query::new(
        "SELECT address_index, channels FROM lead_optout WHERE contact IS NULL AND word = ? AND address_index IN (",
    );
    let query = query.bind(word).bind_all(addresses).push(")");
    let found = tx.list(query, |row| Ok((row.bytes("address_index")?, row.text("channels")?))).await?;
    Ok(found.into_iter().collect())
}

/// Adds a word about numbers and addresses alone.
pub(crate) async fn add_loose(
    tx: &mut Tx,
    all: Vec<Loose>,
    word: &str,
    origin: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let row = |Loose { id, address, channels }: Loose| {
        [
            id.into(),
            "".into(),
            address.into(),
            at.into(),
            at.into(),
            word.into(),
            channels.into(),
            origin.into(),
            false.into(),
        ]
    };
    let rows: Vec<[Value; 9]> = all.into_iter().map(row).collect();
    let insert = "INSERT INTO lead_optout (id, said_by, address_index, said_at, recorded_at, word, channels, origin, \
                  permanent) VALUES";
    tx.insert_all(insert, rows).await.map(drop)
}

/// Entries after this one, in the order of their identifiers.
pub(crate) async fn after(
    on: impl Into<Session<'_>>,
    id: &str,
    limit: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE id > ? ORDER BY id LIMIT ?").bind(id).bind(limit);
    on.into().list(query, read).await
}
