use boxed::boxed;
use kernel::{Moment, PersonId, Ulid};
use markets::Market;
use store::trail;

use super::{
    create::{entry, key_of},
    vault,
};
use crate::{
    Contacts, ContactsError, MESSAGE_CHARS_MAX, Message, NOTE_CHARS_MAX, NewMessage, Note, Sight, Told,
    ToldWhat, check,
    records::{
        self,
        person::{StoredMessage, StoredNote},
    },
};

#[boxed]
impl Contacts {
    /// Writes a note about a contact.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Rejected`], or when the market fails.
    pub async fn add_note(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        body: &str,
        at: &Moment,
    ) -> Result<Note, ContactsError> {
        let body = check::required("body", body, NOTE_CHARS_MAX).map_err(ContactsError::Rejected)?;
        let key = self.person_in_sight(market, sight, id).await?;
        let note = at.ids().next();
        let row = StoredNote {
            id: note,
            contact: id,
            author: at.actor.id().to_owned(),
            body: vault::seal(market, &key, "note", &note.to_string(), "body_sealed", &body)?,
            created_at: at.at(),
        };
        let mut tx = market.db().begin().await?;
        still_there(&mut tx, sight, id).await?;
        records::person::add_notes(&mut tx, vec![row]).await?;
        trail::append(&mut tx, entry(at, "contact.noted", id).with("note", note));
        tx.commit().await?;
        Ok(Note { id: note, author: at.actor.id().to_owned(), body, created_at: at.at() })
    }

    /// The notes about a contact, the newest first.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], or when the market fails.
    pub async fn notes(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        limit: usize,
    ) -> Result<Vec<Note>, ContactsError> {
        let key = self.person_in_sight(market, sight, id).await?;
        let rows = records::person::notes(market.db(), id, limit).await?;
        rows.into_iter()
            .map(|row| {
                let body =
                    vault::unseal(market, &key, "note", &row.id.to_string(), "body_sealed", &row.body)?;
                Ok(Note { id: row.id, author: row.author, body, created_at: row.created_at })
            })
            .collect()
    }

    /// Keeps a message to or from a contact.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Rejected`], or when the market fails.
    pub async fn add_message(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        new: &NewMessage,
        at: &Moment,
    ) -> Result<Message, ContactsError> {
        let body = check::required("body", &new.body, MESSAGE_CHARS_MAX).map_err(ContactsError::Rejected)?;
        let sent_at = new.at.unwrap_or(at.at());
        if sent_at > at.at() {
            let refused = check::rejection(
                0,
                "at",
                &sent_at.to_string(),
                "a message was sent at an instant that has passed",
            );
            return Err(ContactsError::Rejected(vec![refused]));
        }
        let key = self.person_in_sight(market, sight, id).await?;
        let message: Ulid = at.ids().next();
        let row = StoredMessage {
            id: message,
            contact: id,
            direction: new.direction,
            channel: new.channel,
            body: vault::seal(market, &key, "message", &message.to_string(), "body_sealed", &body)?,
            at: sent_at,
            created_at: at.at(),
        };
        let mut tx = market.db().begin().await?;
        still_there(&mut tx, sight, id).await?;
        records::person::add_message(&mut tx, row).await?;
        let (direction, channel) = (new.direction, new.channel);
        let what = ToldWhat::Messaged { message, direction, channel, at: sent_at };
        self.tell(&mut tx, &[Told { market, key: &key, contact: id, at, what }]).await?;
        let noted = entry(at, "contact.message-kept", id).with("message", message);
        let noted = noted.with("direction", new.direction.id()).with("channel", new.channel.id());
        trail::append(&mut tx, noted);
        tx.commit().await?;
        Ok(Message { id: message, direction: new.direction, channel: new.channel, body, at: sent_at })
    }

    /// The messages to and from a contact, the latest first.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], or when the market fails.
    pub async fn messages(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        limit: usize,
    ) -> Result<Vec<Message>, ContactsError> {
        let key = self.person_in_sight(market, sight, id).await?;
        let rows = records::person::messages(market.db(), id, limit).await?;
        rows.into_iter()
            .map(|row| {
                let body =
                    vault::unseal(market, &key, "message", &row.id.to_string(), "body_sealed", &row.body)?;
                Ok(Message { id: row.id, direction: row.direction, channel: row.channel, body, at: row.at })
            })
            .collect()
    }

    async fn person_in_sight(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
    ) -> Result<markets::SealingKey, ContactsError> {
        records::contact(market.db(), sight, id).await?.ok_or(ContactsError::Unknown(id))?;
        key_of(market, id).await
    }
}

/// Erasure may have been faster: nothing is added to somebody who is gone.
async fn still_there(tx: &mut store::Tx, sight: Sight, id: PersonId) -> Result<(), ContactsError> {
    records::contact(tx, sight, id).await?.map(|_| ()).ok_or(ContactsError::Unknown(id))
}
