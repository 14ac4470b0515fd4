//! Telling other systems, through the market's outbox.

use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use serde_json::{Value, json};
use store::{
    Tx,
    outbox::{self, Message},
    queue::Payload,
};

use super::timeline::ids;
use crate::LeadsError;

/// A lead was offered to somebody.
pub(super) const OFFERED: &str = "lead.offered";
/// Nobody has acted on a lead in time.
pub(super) const OVERDUE: &str = "lead.overdue";
/// A person wants no more messages: whoever else writes to them must stop as well.
pub(super) const OPTED_OUT: &str = "lead.opted_out";

/// Tells of something about a contact, in the transaction in which it happens. The payload is sealed under the person's key,
/// so that it goes when the person goes.
pub(super) fn tell(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    topic: &'static str,
    data: Value,
    at: &Moment,
) -> Result<(), LeadsError> {
    let body = json!({ "type": topic, "timestamp": at.at().to_string(), "data": data }).to_string();
    let id = ids(market, at).next();
    let bytes = market.seal(key, "outbox", &id.to_string(), "payload_sealed", body.as_bytes())?;
    let message = Message {
        id,
        topic: topic.to_owned(),
        ordering_key: contact.to_string(),
        payload: Payload { bytes, person: Some(contact) },
    };
    outbox::enqueue(tx, message, at.at());
    Ok(())
}
