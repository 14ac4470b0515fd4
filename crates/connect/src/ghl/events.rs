//! What GoHighLevel tells: its webhook events, read tolerantly.
//!
//! ```
//! use connect::ghl::events::{Event, Kind};
//!
//! let body = br#"{"type":"TaskCreate","locationId":"L","id":"T","contactId":"C","webhookId":"W"}"#;
//! let event = Event::parse(body, None).unwrap();
//! assert_eq!((event.kind, event.contact.as_deref()), (Kind::TaskCreate, Some("C")));
//! ```
//!
//! **An event is a hint**: "this entity changed at that time". Its contents are documented loosely, a third of the
//! documented events carry no type, and the order of deliveries is nobody's promise. What is true is asked for.
//! So nothing that is a JSON object is refused, and what is unknown is kept as it came.
//!
//! **The same news comes several times**: the same delivery again under the same [`Event::webhook_id`], and one
//! change as several kinds of events under different ones; [`Event::semantic_key`] is for the latter.

mod key;
mod kind;
mod parse;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

pub use key::SemanticKey;
pub use kind::{Entity, Kind};

/// How old a delivery may be: six repeats ten minutes apart, with room. The published five minutes would refuse
/// GoHighLevel's own repeats.
pub const AGE_MAX: Duration = Duration::from_secs(90 * 60);
/// How long identifiers of deliveries are to be remembered: a day more than GoHighLevel keeps its log of them, from
/// which a person may repeat one.
pub const REMEMBERED: Duration = Duration::from_secs(31 * 24 * 3600);
/// Within which equal semantic keys are one change, as long as what they ask for has not been asked yet.
pub const SEMANTIC_WINDOW: Duration = Duration::from_secs(10);

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// What the event calls itself, if it does.
    pub named: Option<String>,
    /// What the address it came to stands for, where that differs from [`Event::kind`].
    pub expected: Option<Kind>,
    /// The identifier of what it is about, among those of its [`Kind::entity`].
    pub entity: Option<String>,
    /// The contact concerned.
    pub contact: Option<String>,
    /// The conversation concerned: some messages come without an identifier of their own.
    pub conversation: Option<String>,
    /// The location concerned.
    pub location: Option<String>,
    /// The company concerned.
    pub company: Option<String>,
    /// The app that it is for.
    pub app: Option<String>,
    /// The delivery: the same for its repeats.
    pub webhook_id: Option<String>,
    /// When it was made.
    pub sent_at: Option<Timestamp>,
    /// When it happened, as well as it says: when it was made, or else when the entity was changed or added.
    pub at: Option<Timestamp>,
    /// As it came.
    pub raw: Value,
}

/// The bytes are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the webhook is no JSON object")]
pub struct NotAnEvent;

impl Event {
    /// Reads an event. `hint` is what the address it came to stands for: a name that [`Kind::named`] knows.
    ///
    /// # Errors
    /// When the bytes are no JSON object.
    pub fn parse(body: &[u8], hint: Option<&str>) -> Result<Self, NotAnEvent> {
        match serde_json::from_slice(body) {
            Ok(raw @ Value::Object(_)) => Ok(parse::read(raw, hint.and_then(Kind::named))),
            _ => Err(NotAnEvent),
        }
    }

    /// Whether it is too old to be a delivery or a repeat of one, or from the future; without a time it is not.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.sent_at.is_some_and(|sent| now.duration_since(sent).unsigned_abs() > AGE_MAX)
    }

    /// What it says, however it says it: equal for events that tell the same of the same entity.
    pub fn semantic_key(&self) -> SemanticKey {
        key::of(self)
    }
}

#[cfg(test)]
mod tests;
