//! The tables of contacts in a market's database, one function per question or change.

pub(crate) mod counts;
pub(crate) mod erasing;
pub(crate) mod person;
mod schema;
pub(crate) mod suppression;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Db, Query, Row, Session as On, StoreError, Tx};

pub use self::schema::SCHEMA;
use crate::{Origin, Sight};

/// A row of `contact`: the personal columns are as they are stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub id: PersonId,
    pub version: u64,
    pub pipeline: String,
    pub stage: String,
    pub assignee: Option<Ulid>,
    pub origin: Origin,
    pub name: Option<Vec<u8>>,
    pub email: Option<Vec<u8>>,
    pub email_index: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub address: Option<Vec<u8>>,
    pub held_at: Option<Timestamp>,
    pub hold: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub staged_at: Timestamp,
}

const CONTACT: &str = "SELECT id, version, pipeline, stage, assignee, origin, name_sealed, email_sealed, \
                       email_index, phone_sealed, phone_index, address_sealed, held_at, hold_sealed, \
                       created_at, updated_at, staged_at FROM contact";

fn stored(row: &Row) -> Result<Stored, StoreError> {
    let origin = row.str("origin")?;
    Ok(Stored {
        id: row.parse("id")?,
        version: row.count("version")?,
        pipeline: row.text("pipeline")?,
        stage: row.text("stage")?,
        assignee: row.parse_or_null("assignee")?,
        origin: Origin::from_id(origin)
            .ok_or_else(|| StoreError::column("origin", format!("no origin `{origin}`")))?,
        name: row.bytes_or_null("name_sealed")?,
        email: row.bytes_or_null("email_sealed")?,
        email_index: row.bytes_or_null("email_index")?,
        phone: row.bytes_or_null("phone_sealed")?,
        phone_index: row.bytes_or_null("phone_index")?,
        address: row.bytes_or_null("address_sealed")?,
        held_at: row.timestamp_or_null("held_at")?,
        hold: row.bytes_or_null("hold_sealed")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
        staged_at: row.timestamp("staged_at")?,
    })
}

/// Adds `AND assignee = ?` for those who see only their own.
fn within(query: Query, sight: Sight) -> Query {
    match sight {
        Sight::All => query,
        Sight::AssignedTo(user) => query.push(" AND assignee = ?").bind(user),
    }
}

pub(crate) async fn contact(
    on: impl Into<On<'_>>,
    sight: Sight,
    id: PersonId,
) -> Result<Option<Stored>, StoreError> {
    let query = within(Query::new(CONTACT).push(" WHERE id = ?").bind(id.ulid()), sight);
    on.into().optional(query).await?.as_ref().map(stored).transpose()
}

/// Which contacts: every condition that is there must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub pipeline: Option<String>,
    pub stage: Option<String>,
    /// `Some(None)`: nobody's.
    pub assignee: Option<Option<Ulid>>,
    pub email_index: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    /// Only those that come after this one.
    pub after: Option<PersonId>,
}

/// The newest first, by identifier.
pub(crate) async fn contacts(
    db: &Db,
    sight: Sight,
    conditions: &Conditions,
    limit: usize,
) -> Result<Vec<Stored>, StoreError> {
    let mut query = within(Query::new(CONTACT).push(" WHERE 1 = 1"), sight);
    if let Some(pipeline) = &conditions.pipeline {
        query = query.push(" AND pipeline = ?").bind(pipeline);
    }
    if let Some(stage) = &conditions.stage {
        query = query.push(" AND stage = ?").bind(stage);
    }
    match conditions.assignee {
        None => {}
        Some(None) => query = query.push(" AND assignee IS NULL"),
        Some(Some(user)) => query = query.push(" AND assignee = ?").bind(user),
    }
    if let Some(index) = &conditions.email_index {
        query = query.push(" AND email_index = ?").bind(index.clone());
    }
    if let Some(index) = &conditions.phone_index {
        query = query.push(" AND phone_index = ?").bind(index.clone());
    }
    if let Some(after) = conditions.after {
        query = query.push(" AND id < ?").bind(after.ulid());
    }
    db.list(query.push(" ORDER BY id DESC LIMIT ?").bind(limit), stored).await
}

/// Who has one of these blind indexes, and which: somebody who has two of them comes twice.
pub(crate) async fn having(tx: &mut Tx, indexes: &[Vec<u8>]) -> Result<Vec<(PersonId, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    for query in [
        Query::new("SELECT id, phone_index AS found FROM contact WHERE phone_index IN ("),
        Query::new("SELECT id, email_index AS found FROM contact WHERE email_index IN ("),
    ] {
        let query = query.bind_all(indexes.to_vec()).push(") ORDER BY id");
        found.extend(tx.list(query, |row| Ok((row.parse("id")?, row.bytes("found")?))).await?);
    }
    Ok(found)
}

/// Those of these that are there, in no order.
pub(crate) async fn contacts_of(db: &Db, sight: Sight, ids: &[PersonId]) -> Result<Vec<Stored>, StoreError> {
    let ids = ids.iter().map(|id| id.ulid());
    let query = Query::new(CONTACT).push(" WHERE id IN (").bind_all(ids).push(")");
    db.list(within(query, sight), stored).await
}

/// Those that a user looks after, or nobody, ascending.
pub(crate) async fn ids_assigned(db: &Db, assignee: Option<Ulid>) -> Result<Vec<PersonId>, StoreError> {
    let query = match assignee {
        Some(user) => Query::new("SELECT id FROM contact WHERE assignee = ? ORDER BY id").bind(user),
        None => Query::new("SELECT id FROM contact WHERE assignee IS NULL ORDER BY id"),
    };
    db.list(query, |row| row.parse("id")).await
}

const COLUMNS: usize = 17;

fn values(row: Stored) -> [store::Value; COLUMNS] {
    [
        row.id.ulid().into(),
        i64::try_from(row.version).unwrap_or(i64::MAX).into(),
        row.pipeline.into(),
        row.stage.into(),
        row.assignee.into(),
        row.origin.id().into(),
        row.name.into(),
        row.email.into(),
        row.email_index.into(),
        row.phone.into(),
        row.phone_index.into(),
        row.address.into(),
        row.held_at.into(),
        row.hold.into(),
        row.created_at.into(),
        row.updated_at.into(),
        row.staged_at.into(),
    ]
}

pub(crate) async fn add_contacts(tx: &mut Tx, rows: Vec<Stored>) -> Result<(), StoreError> {
    let insert = "INSERT INTO contact (id, version, pipeline, stage, assignee, origin, name_sealed, email_sealed, \
                  email_index, phone_sealed, phone_index, address_sealed, held_at, hold_sealed, created_at, \
                  updated_at, staged_at) VALUES";
    let rows: Vec<[store::Value; COLUMNS]> = rows.into_iter().map(values).collect();
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// Writes a changed contact over version `based_on`; `false` when it is not at that version any more.
pub(crate) async fn change_contact(tx: &mut Tx, row: &Stored, based_on: u64) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE contact SET version = ?, pipeline = ?, stage = ?, assignee = ?, name_sealed = ?, email_sealed = ?, \
         email_index = ?, phone_sealed = ?, phone_index = ?, address_sealed = ?, held_at = ?, hold_sealed = ?, \
         updated_at = ?, staged_at = ? WHERE id = ? AND version = ?",
    )
    .bind(i64::try_from(row.version).unwrap_or(i64::MAX))
    .bind(&row.pipeline)
    .bind(&row.stage)
    .bind(row.assignee)
    .bind(row.name.clone())
    .bind(row.email.clone())
    .bind(row.email_index.clone())
    .bind(row.phone.clone())
    .bind(row.phone_index.clone())
    .bind(row.address.clone())
    .bind(row.held_at)
    .bind(row.hold.clone())
    .bind(row.updated_at)
    .bind(row.staged_at)
    .bind(row.id.ulid())
    .bind(i64::try_from(based_on).unwrap_or(i64::MAX));
    Ok(tx.execute(update).await? > 0)
}

/// Those of the indexes that some contact has, by index.
pub(crate) async fn known_emails(
    tx: &mut Tx,
    indexes: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let query =
        Query::new("SELECT email_index FROM contact WHERE email_index IN (").bind_all(indexes).push(")");
    tx.list(query, |row| row.bytes("email_index")).await
}
