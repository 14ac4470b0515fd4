//! What is told.

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Db, Query, Row, Session, StoreError, Tx};

/// A message as it is stored.
pub(crate) struct StoredMessage {
    pub id: Ulid,
    pub topic: String,
    pub ordering_key: String,
    pub person: Option<PersonId>,
    /// `None` once the person was erased.
    pub payload_sealed: Option<Vec<u8>>,
    pub created_at: Timestamp,
}

const MESSAGE: &str =
    "SELECT id, topic, ordering_key, person_id, payload_sealed, created_at FROM webhook_message";

fn message(row: &Row) -> Result<StoredMessage, StoreError> {
    let person: Option<Ulid> = row.parse_or_null("person_id")?;
    Ok(StoredMessage {
        id: row.parse("id")?,
        topic: row.text("topic")?,
        ordering_key: row.text("ordering_key")?,
        person: person.map(PersonId::from),
        payload_sealed: row.bytes_or_null("payload_sealed")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Adds a message; one with the same identifier is the same message and stays as it is.
pub(crate) async fn add(tx: &mut Tx, new: StoredMessage) -> Result<bool, StoreError> {
    let insert = Query::new(
        "INSERT INTO webhook_message (id, topic, ordering_key, person_id, payload_sealed, created_at) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    );
    let insert = insert.bind(new.id).bind(new.topic).bind(new.ordering_key).bind(new.person);
    Ok(tx.execute(insert.bind(new.payload_sealed).bind(new.created_at)).await? > 0)
}

pub(crate) async fn by_id(on: impl Into<Session<'_>>, id: Ulid) -> Result<Option<StoredMessage>, StoreError> {
    let row = on.into().optional(Query::new(MESSAGE).push(" WHERE id = ?").bind(id)).await?;
    row.as_ref().map(message).transpose()
}

pub(crate) async fn by_ids(db: &Db, ids: &[Ulid]) -> Result<Vec<StoredMessage>, StoreError> {
    let query = Query::new(MESSAGE).push(" WHERE id IN (").bind_all(ids.iter().copied()).push(")");
    db.list(query, message).await
}

/// Messages of a time range that can still be sent, the oldest first.
pub(crate) async fn between(
    tx: &mut Tx,
    from: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<StoredMessage>, StoreError> {
    let query = Query::new(MESSAGE)
        .push(" WHERE created_at >= ? AND created_at < ? AND payload_sealed IS NOT NULL ORDER BY created_at, id LIMIT ?");
    tx.list(query.bind(from).bind(until).bind(limit), message).await
}

/// Drops what was told of persons, and what of it is still on its way; the number of deliveries dropped.
pub(crate) async fn forget(
    tx: &mut Tx,
    persons: &[PersonId],
    reason: &'static str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut dropped = 0;
    for some in persons.chunks(1000) {
        let drop = Query::new(
            "UPDATE webhook_delivery SET state = 'dropped', ended_at = ?, reason = ?, lease_owner = NULL, \
             lease_until = NULL WHERE state = 'waiting' AND message_id IN \
             (SELECT id FROM webhook_message WHERE person_id IN (",
        );
        let drop = drop.bind(now).bind(reason).bind_all(some.iter().copied()).push("))");
        dropped += tx.execute(drop).await?;
        let wipe = Query::new("UPDATE webhook_message SET payload_sealed = NULL WHERE person_id IN (");
        tx.execute(wipe.bind_all(some.iter().copied()).push(")")).await?;
    }
    Ok(dropped)
}

/// Removes messages from before `before` that are on no way any more, with their log; how many.
pub(crate) async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    const OLD: &str = "SELECT m.id FROM webhook_message m WHERE m.created_at < ? AND NOT EXISTS (SELECT 1 FROM \
                       webhook_delivery w WHERE w.message_id = m.id AND (w.state = 'waiting' OR w.ended_at >= ?))";
    let attempts = Query::new(
        "DELETE FROM webhook_attempt WHERE delivery_id IN (SELECT d.id FROM webhook_delivery d WHERE d.message_id IN (",
    );
    tx.execute(attempts.push(OLD).push("))").bind(before).bind(before)).await?;
    let deliveries = Query::new("DELETE FROM webhook_delivery WHERE message_id IN (");
    tx.execute(deliveries.push(OLD).push(")").bind(before).bind(before)).await?;
    let messages = Query::new(
        "DELETE FROM webhook_message WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM \
                               webhook_delivery w WHERE w.message_id = webhook_message.id)",
    );
    tx.execute(messages.bind(before)).await
}
