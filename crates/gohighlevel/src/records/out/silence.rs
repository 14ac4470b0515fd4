//! Do-not-disturb that was put on there from here, by contact and channel.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::PersonId;
use store::{Query, Session, StoreError, Tx, Value};

/// Notes that it is put on from here. What was noted before stays as it was.
pub(crate) async fn note(
    tx: &mut Tx,
    contact: PersonId,
    channels: &[String],
    at: Timestamp,
) -> Result<(), StoreError> {
    for channel in channels {
        let insert = Query::new(
            "INSERT INTO ghl_silence (contact, channel, set_at) VALUES (?, ?, ?) \
             ON CONFLICT (contact, channel) DO NOTHING",
        );
        tx.execute(insert.bind(contact).bind(channel).bind(at)).await?;
    }
    Ok(())
}

/// The channels of a contact that were put on from here.
pub(crate) async fn of(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<BTreeSet<String>, StoreError> {
    let query = Query::new("SELECT channel FROM ghl_silence WHERE contact = ?").bind(contact);
    Ok(on.into().list(query, |row| row.text("channel")).await?.into_iter().collect())
}

/// Forgets that these were put on from here before `before`: they are off there, and whoever puts them on again is another.
pub(crate) async fn forget(
    tx: &mut Tx,
    contact: PersonId,
    channels: &[&str],
    before: Timestamp,
) -> Result<(), StoreError> {
    if channels.is_empty() {
        return Ok(());
    }
    let delete = Query::new("DELETE FROM ghl_silence WHERE contact = ? AND set_at <= ? AND channel IN (");
    let channels = channels.iter().map(|channel| Value::from((*channel).to_owned()));
    tx.execute(delete.bind(contact).bind(before).bind_all(channels).push(")")).await.map(|_| ())
}
