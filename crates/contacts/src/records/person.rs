//! What is kept beside a contact: stages entered, notes, messages.

use std::collections::HashMap;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Db, Query, StoreError, Tx};

use crate::{Channel, Direction, Move, PastMessage};

/// A row of `contact_move`.
pub(crate) struct NewMove<'a> {
    pub id: Ulid,
    pub contact: PersonId,
    pub pipeline: &'a str,
    pub from: Option<&'a str>,
    pub stage: &'a str,
    pub at: Timestamp,
}

pub(crate) async fn add_moves(tx: &mut Tx, moves: &[NewMove<'_>]) -> Result<(), StoreError> {
    let rows: Vec<[store::Value; 6]> = moves
        .iter()
        .map(|entered| {
            [
                entered.id.into(),
                entered.contact.ulid().into(),
                entered.pipeline.into(),
                entered.from.map(str::to_owned).into(),
                entered.stage.into(),
                entered.at.into(),
            ]
        })
        .collect();
    tx.insert_all("INSERT INTO contact_move (id, contact_id, pipeline, from_stage, stage, at) VALUES", rows)
        .await
        .map(|_| ())
}

/// The newest first.
pub(crate) async fn moves(db: &Db, contact: PersonId) -> Result<Vec<Move>, StoreError> {
    let query = Query::new(
        "SELECT pipeline, from_stage, stage, at FROM contact_move WHERE contact_id = ? ORDER BY at DESC, from_stage IS NULL, id DESC",
    );
    db.list(query.bind(contact.ulid()), |row| {
        Ok(Move {
            pipeline: row.text("pipeline")?,
            from: row.text_or_null("from_stage")?,
            stage: row.text("stage")?,
            at: row.timestamp("at")?,
        })
    })
    .await
}

/// The stages that these contacts entered, ascending: pipeline, stage and when.
pub(crate) async fn moves_of(
    db: &Db,
    contacts: &[PersonId],
) -> Result<HashMap<PersonId, Vec<(String, String, Timestamp)>>, StoreError> {
    let ids = contacts.iter().map(|contact| contact.ulid());
    let query = Query::new("SELECT contact_id, pipeline, stage, at FROM contact_move WHERE contact_id IN (");
    let query = query.bind_all(ids).push(") ORDER BY at, id");
    let mut found: HashMap<PersonId, Vec<(String, String, Timestamp)>> = HashMap::new();
    for row in db.all(query).await? {
        let entered = (row.text("pipeline")?, row.text("stage")?, row.timestamp("at")?);
        found.entry(row.parse("contact_id")?).or_default().push(entered);
    }
    Ok(found)
}

/// The messages to and from these contacts without their texts, ascending.
pub(crate) async fn messages_of(
    db: &Db,
    contacts: &[PersonId],
) -> Result<HashMap<PersonId, Vec<PastMessage>>, StoreError> {
    let ids = contacts.iter().map(|contact| contact.ulid());
    let query = Query::new(
        "SELECT id, contact_id, direction, channel, at, created_at FROM message WHERE contact_id IN (",
    );
    let query = query.bind_all(ids).push(") ORDER BY at, id");
    let mut found: HashMap<PersonId, Vec<PastMessage>> = HashMap::new();
    for row in db.all(query).await? {
        let message = PastMessage {
            message: row.parse("id")?,
            direction: row.parse("direction")?,
            channel: row.parse("channel")?,
            at: row.timestamp("at")?,
            kept_at: row.timestamp("created_at")?,
        };
        found.entry(row.parse("contact_id")?).or_default().push(message);
    }
    Ok(found)
}

/// A row of `note`.
pub(crate) struct StoredNote {
    pub id: Ulid,
    pub contact: PersonId,
    pub author: String,
    pub body: Vec<u8>,
    pub created_at: Timestamp,
}

pub(crate) async fn add_notes(tx: &mut Tx, notes: Vec<StoredNote>) -> Result<(), StoreError> {
    let rows: Vec<[store::Value; 5]> = notes
        .into_iter()
        .map(|note| {
            [
                note.id.into(),
                note.contact.ulid().into(),
                note.author.into(),
                note.body.into(),
                note.created_at.into(),
            ]
        })
        .collect();
    tx.insert_all("INSERT INTO note (id, contact_id, author, body_sealed, created_at) VALUES", rows)
        .await
        .map(|_| ())
}

/// The newest first.
pub(crate) async fn notes(db: &Db, contact: PersonId, limit: usize) -> Result<Vec<StoredNote>, StoreError> {
    let query = Query::new(
        "SELECT id, contact_id, author, body_sealed, created_at FROM note WHERE contact_id = ? \
         ORDER BY created_at DESC, id DESC LIMIT ?",
    );
    db.list(query.bind(contact.ulid()).bind(limit), |row| {
        Ok(StoredNote {
            id: row.parse("id")?,
            contact: row.parse("contact_id")?,
            author: row.text("author")?,
            body: row.bytes("body_sealed")?,
            created_at: row.timestamp("created_at")?,
        })
    })
    .await
}

/// A row of `message`.
pub(crate) struct StoredMessage {
    pub id: Ulid,
    pub contact: PersonId,
    pub direction: Direction,
    pub channel: Channel,
    pub body: Vec<u8>,
    pub at: Timestamp,
    pub created_at: Timestamp,
}

pub(crate) async fn add_message(tx: &mut Tx, message: StoredMessage) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO message (id, contact_id, direction, channel, body_sealed, at, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(message.id)
    .bind(message.contact.ulid())
    .bind(message.direction.id())
    .bind(message.channel.id())
    .bind(message.body)
    .bind(message.at)
    .bind(message.created_at);
    tx.execute(insert).await.map(|_| ())
}

/// The newest first.
pub(crate) async fn messages(
    db: &Db,
    contact: PersonId,
    limit: usize,
) -> Result<Vec<StoredMessage>, StoreError> {
    let query = Query::new(
        "SELECT id, contact_id, direction, channel, body_sealed, at, created_at FROM message \
         WHERE contact_id = ? ORDER BY at DESC, id DESC LIMIT ?",
    );
    db.list(query.bind(contact.ulid()).bind(limit), |row| {
        Ok(StoredMessage {
            id: row.parse("id")?,
            contact: row.parse("contact_id")?,
            direction: row.parse("direction")?,
            channel: row.parse("channel")?,
            body: row.bytes("body_sealed")?,
            at: row.timestamp("at")?,
            created_at: row.timestamp("created_at")?,
        })
    })
    .await
}
