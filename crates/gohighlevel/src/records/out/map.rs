//! What GoHighLevel calls things, and what we call them.

use jiff::Timestamp;
use store::{Query, Row, Session, StoreError, Tx};

use crate::backup_map::{Named, What};

fn named(row: &Row) -> Result<Named, StoreError> {
    let kind = row.text("kind")?;
    let what = What::from_id(&kind).ok_or_else(|| StoreError::column("kind", format!("no kind `{kind}`")))?;
    Ok(Named {
        what,
        remote: row.text("remote")?,
        parent: row.text("parent")?,
        name: row.text("name")?,
        position: row.count("position")?,
        alias: row.text_or_null("alias")?,
        is_chosen: row.bool("is_chosen")?,
        place: row.count("place")?,
        is_usable: row.bool("is_usable")?,
        gone_at: row.timestamp_or_null("gone_at")?,
    })
}

/// Everything, what is gone included, in order.
pub(crate) async fn all(on: impl Into<Session<'_>>) -> Result<Vec<Named>, StoreError> {
    let query = Query::new(
        "SELECT kind, remote, parent, name, position, alias, is_chosen, place, is_usable, gone_at FROM ghl_map \
         ORDER BY kind, parent, position, name, remote",
    );
    on.into().list(query, named).await
}

/// Writes one, whatever was known of it.
pub(crate) async fn put(tx: &mut Tx, it: &Named, at: Timestamp) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO ghl_map (kind, remote, parent, name, position, alias, is_chosen, place, is_usable, seen_at, \
         gone_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, remote) DO UPDATE SET \
         parent = excluded.parent, name = excluded.name, position = excluded.position, alias = excluded.alias, \
         is_chosen = excluded.is_chosen, place = excluded.place, is_usable = excluded.is_usable, \
         seen_at = excluded.seen_at, gone_at = excluded.gone_at",
    );
    let insert = insert.bind(it.what.id()).bind(&it.remote).bind(&it.parent).bind(&it.name).bind(it.position);
    let insert = insert.bind(it.alias.clone()).bind(it.is_chosen).bind(it.place).bind(it.is_usable);
    tx.execute(insert.bind(at).bind(it.gone_at)).await.map(|_| ())
}

/// Forgets what has been gone since before then.
pub(crate) async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(Query::new("DELETE FROM ghl_map WHERE gone_at < ?").bind(before)).await
}
