use jiff::Timestamp;
use kernel::{Actor, Ulid};
use store::{Query, Row, Session, StoreError, Tx};

use crate::owner::Owner;

const OWNER: &str = "SELECT id, name, email, weekly_hours, active FROM growth_owner";

fn owner(row: &Row) -> Result<Owner, StoreError> {
    Ok(Owner {
        id: row.parse("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        weekly_hours: row.real("weekly_hours")?,
        active: row.bool("active")?,
    })
}

/// Everybody, by name.
pub(crate) async fn owners(on: impl Into<Session<'_>>) -> Result<Vec<Owner>, StoreError> {
    on.into().list(Query::new(OWNER).push(" ORDER BY name, id"), owner).await
}

pub(crate) async fn owner_by_id(on: impl Into<Session<'_>>, id: Ulid) -> Result<Option<Owner>, StoreError> {
    on.into()
        .optional(Query::new(OWNER).push(" WHERE id = ?").bind(id))
        .await?
        .as_ref()
        .map(owner)
        .transpose()
}

/// Adds an owner or changes the one with this identity.
pub(crate) async fn save_owner(
    tx: &mut Tx,
    owner: &Owner,
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO growth_owner (id, name, email, weekly_hours, active, saved_at, saved_by) \
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         email = excluded.email, weekly_hours = excluded.weekly_hours, active = excluded.active, \
         saved_at = excluded.saved_at, saved_by = excluded.saved_by",
    )
    .bind(owner.id)
    .bind(owner.name.as_str())
    .bind(owner.email.as_str())
    .bind(owner.weekly_hours)
    .bind(owner.active)
    .bind(at)
    .bind(by);
    tx.execute(upsert).await.map(|_| ())
}
