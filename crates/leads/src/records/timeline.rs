use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Kind, Query, Session, StoreError, Tx, Value,
    schema::{ColumnRule, TableRule},
};

/// What we were told.
pub(super) const ENTRY: TableRule = TableRule {
    name: "lead_entry",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::index("name_index"),
        ColumnRule::plain("revised_at", Kind::Int),
        ColumnRule::plain("known_at", Kind::Int),
        ColumnRule::plain("is_deleted", Kind::Bool),
        ColumnRule::index("body_index"),
        ColumnRule::sealed("body_sealed", Some("contact"), "id"),
    ],
};

/// A row of `lead_entry`.
pub(crate) struct StoredEntry {
    pub id: Ulid,
    pub contact: PersonId,
    /// Tells happenings of one contact apart without naming them.
    pub name_index: Vec<u8>,
    pub revised_at: Timestamp,
    pub known_at: Timestamp,
    pub is_deleted: bool,
    /// Tells whether two versions say the same.
    pub body_index: Vec<u8>,
    pub body: Vec<u8>,
}

/// Adds versions that are not there yet; how many were not.
pub(crate) async fn add(tx: &mut Tx, entries: Vec<StoredEntry>) -> Result<u64, StoreError> {
    let rows: Vec<[Value; 8]> = entries
        .into_iter()
        .map(|entry| {
            [
                entry.id.into(),
                entry.contact.into(),
                entry.name_index.into(),
                entry.revised_at.into(),
                entry.known_at.into(),
                entry.is_deleted.into(),
                entry.body_index.into(),
                entry.body.into(),
            ]
        })
        .collect();
    let insert = "INSERT INTO lead_entry (id, contact, name_index, revised_at, known_at, is_deleted, body_index, \
                  body_sealed) VALUES";
    let ending = "ON CONFLICT (contact, name_index, revised_at, is_deleted) DO NOTHING RETURNING id";
    Ok(tx.insert_all_returning(insert, rows, ending).await?.len() as u64)
}

/// A version that is there.
pub(crate) struct Known {
    pub name_index: Vec<u8>,
    pub revised_at: Timestamp,
    pub is_deleted: bool,
    pub body_index: Vec<u8>,
}

/// Every version that is there of happenings with these names.
pub(crate) async fn known(
    tx: &mut Tx,
    contact: PersonId,
    names: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Vec<Known>, StoreError> {
    let query = Query::new(
        "SELECT name_index, revised_at, is_deleted, body_index FROM lead_entry WHERE contact = ? AND name_index IN (",
    );
    tx.list(query.bind(contact).bind_all(names).push(")"), |row| {
        Ok(Known {
            name_index: row.bytes("name_index")?,
            revised_at: row.timestamp("revised_at")?,
            is_deleted: row.bool("is_deleted")?,
            body_index: row.bytes("body_index")?,
        })
    })
    .await
}

/// A version as it is read back.
pub(crate) struct SealedEntry {
    pub id: String,
    pub contact: PersonId,
    pub revised_at: Timestamp,
    pub known_at: Timestamp,
    pub body: Vec<u8>,
}

/// Everything that we were told of these contacts, in no order.
pub(crate) async fn of(
    on: impl Into<Session<'_>>,
    contacts: &[PersonId],
) -> Result<Vec<SealedEntry>, StoreError> {
    let query = Query::new(
        "SELECT id, contact, revised_at, known_at, body_sealed FROM lead_entry WHERE contact IN (",
    );
    on.into()
        .list(query.bind_all(contacts.iter().copied()).push(")"), |row| {
            Ok(SealedEntry {
                id: row.text("id")?,
                contact: row.parse("contact")?,
                revised_at: row.timestamp("revised_at")?,
                known_at: row.timestamp("known_at")?,
                body: row.bytes("body_sealed")?,
            })
        })
        .await
}
