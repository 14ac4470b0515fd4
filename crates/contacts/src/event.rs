//! What others are told of a contact, through the market's outbox.

use kernel::{Moment, PersonId, Ulid};
use markets::{Market, SealingKey};
use serde_json::{Value, json};
use store::{
    Tx,
    outbox::{self, Message},
    queue::Payload,
};

use crate::{Contact, ContactsError};

/// A contact was added.
pub(crate) const CREATED: &str = "contact.created";
/// A contact changed.
pub(crate) const UPDATED: &str = "contact.updated";
/// A contact entered another stage.
pub(crate) const MOVED: &str = "contact.moved";
/// A contact was given to somebody, or to nobody.
pub(crate) const ASSIGNED: &str = "contact.assigned";
/// A person was erased: whoever keeps a copy must erase it, too.
pub(crate) const ERASED: &str = "contact.erased";

/// Tells of a contact: the payload is sealed under the person's key, so that it goes when the person goes.
pub(crate) fn tell(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    id: Ulid,
    topic: &str,
    contact: &Contact,
    at: &Moment,
) -> Result<(), ContactsError> {
    enqueue(tx, market, key, id, topic, contact.id, Some(contact.id), data(contact), at)
}

/// Tells that a person was erased, by identifier only; sealed under the market's key, since the person's is gone.
pub(crate) fn tell_erased(
    tx: &mut Tx,
    market: &Market,
    id: Ulid,
    person: PersonId,
    at: &Moment,
) -> Result<(), ContactsError> {
    let key = market.market_key();
    enqueue(tx, market, key, id, ERASED, person, None, json!({ "id": person.to_string() }), at)
}

#[expect(clippy::too_many_arguments, reason = "one call for all that a message has")]
fn enqueue(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    id: Ulid,
    topic: &str,
    subject: PersonId,
    person: Option<PersonId>,
    data: Value,
    at: &Moment,
) -> Result<(), ContactsError> {
    let body = json!({ "type": topic, "timestamp": at.at().to_string(), "data": data }).to_string();
    let bytes = market.seal(key, "outbox", &id.to_string(), "payload_sealed", body.as_bytes())?;
    let message = Message {
        id,
        topic: topic.to_owned(),
        ordering_key: subject.to_string(),
        payload: Payload { bytes, person },
    };
    outbox::enqueue(tx, message, at.at());
    Ok(())
}

fn data(contact: &Contact) -> Value {
    json!({
        "id": contact.id.to_string(),
        "version": contact.version,
        "name": contact.personal.name,
        "email": contact.personal.email,
        "phone": contact.personal.phone,
        "address": contact.personal.address,
        "pipeline": contact.pipeline,
        "stage": contact.stage,
        "assignee": contact.assignee.map(|user| user.to_string()),
        "created_at": contact.created_at.to_string(),
        "updated_at": contact.updated_at.to_string(),
    })
}
