//! Who must be left alone, by blind index.

use jiff::Timestamp;
use store::{Query, Session as On, StoreError, Tx};

/// Kind of an entry about an e-mail address.
pub(crate) const EMAIL: &str = "email";
/// Kind of an entry about a phone number.
pub(crate) const PHONE: &str = "phone";

/// Adds an entry; `false` when it was there.
pub(crate) async fn add(
    tx: &mut Tx,
    kind: &'static str,
    index: Vec<u8>,
    reason: &'static str,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let insert = Query::new(
        "INSERT INTO suppression (kind, value_index, reason, since) VALUES (?, ?, ?, ?) \
         ON CONFLICT (kind, value_index) DO NOTHING",
    );
    Ok(tx.execute(insert.bind(kind).bind(index).bind(reason).bind(since)).await? > 0)
}

/// Adds the entries of `old` that are not in `tx` yet, as they are.
pub(crate) async fn carry(old: impl Into<On<'_>>, tx: &mut Tx) -> Result<(), StoreError> {
    let entries =
        Query::new("SELECT kind, value_index, reason, since FROM suppression ORDER BY kind, value_index");
    for row in old.into().all(entries).await? {
        let insert = Query::new(
            "INSERT INTO suppression (kind, value_index, reason, since) VALUES (?, ?, ?, ?) \
             ON CONFLICT (kind, value_index) DO NOTHING",
        );
        let insert = insert.bind(row.text("kind")?).bind(row.bytes("value_index")?);
        tx.execute(insert.bind(row.text("reason")?).bind(row.timestamp("since")?)).await?;
    }
    Ok(())
}

/// Removes an entry; `false` when there was none.
pub(crate) async fn remove(tx: &mut Tx, kind: &'static str, index: Vec<u8>) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM suppression WHERE kind = ? AND value_index = ?");
    Ok(tx.execute(delete.bind(kind).bind(index)).await? > 0)
}

/// Those of the indexes that have an entry.
pub(crate) async fn among(
    on: impl Into<On<'_>>,
    kind: &'static str,
    indexes: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let query = Query::new("SELECT value_index FROM suppression WHERE kind = ? AND value_index IN (");
    on.into().list(query.bind(kind).bind_all(indexes).push(")"), |row| row.bytes("value_index")).await
}

/// How many entries there are, by kind and reason.
pub(crate) async fn counts(on: impl Into<On<'_>>) -> Result<Vec<(String, String, u64)>, StoreError> {
    let query = Query::new(
        "SELECT kind, reason, COUNT(*) AS entries FROM suppression GROUP BY kind, reason ORDER BY kind, reason",
    );
    on.into().list(query, |row| Ok((row.text("kind")?, row.text("reason")?, row.count("entries")?))).await
}
