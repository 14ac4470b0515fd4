use serde_json::Value;

use super::{Entity, Event, Kind};
use crate::ghl::wire::Fields;

/// Where members are looked for: the event itself, then what it wraps.
struct Places<'a>(Vec<Fields<'a>>);

impl<'a> Places<'a> {
    fn of(raw: &'a Value) -> Self {
        let top = Fields::of(raw);
        // Appointments come under `appointment`, e-mail statistics under `webhookPayload`, and the guide shows `data`.
        let wrapped = ["appointment", "webhookPayload", "data"].map(|name| top.object(name));
        let inner = wrapped.into_iter().filter(|fields| fields.members().is_some());
        Self(std::iter::once(top.clone()).chain(inner).collect())
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        self.0.iter().find_map(|fields| fields.first_text(names))
    }

    fn inside(&self, name: &str) -> Option<&Fields<'a>> {
        self.0.iter().skip(1).find(|fields| fields.get(name).is_some())
    }
}

pub(super) fn read(raw: Value, hint: Option<Kind>) -> Event {
    let places = Places::of(&raw);
    let named = places.text(&["type"]);
    let kind = kind(named.as_deref().and_then(Kind::named), hint, &places);
    let top = &places.0[0];
    let sent_at = top.instant("timestamp");
    let event = Event {
        kind,
        expected: hint.filter(|hint| *hint != kind),
        entity: entity(kind, &places),
        contact: contact(kind, &places),
        conversation: conversation(kind, &places),
        location: location(kind, &places),
        company: places.text(&["companyId"]),
        app: places.text(&["appId"]),
        webhook_id: top.first_text(&["webhookId"]),
        sent_at,
        at: sent_at.or_else(|| changed_at(&places)),
        named,
        raw: Value::Null,
    };
    drop(places);
    Event { raw, ..event }
}

/// What it calls itself, else what its address stands for. Of messages it is known that the name may contradict the
/// message, so the direction is put to the vote of name, address and message.
fn kind(named: Option<Kind>, hint: Option<Kind>, places: &Places<'_>) -> Kind {
    let kind = named.or(hint).unwrap_or(Kind::Unknown);
    let directed = [Kind::InboundMessage, Kind::OutboundMessage];
    if !directed.contains(&kind) {
        return kind;
    }
    let said =
        places.text(&["direction"]).and_then(|direction| match direction.to_ascii_lowercase().as_str() {
            "inbound" => Some(Kind::InboundMessage),
            "outbound" => Some(Kind::OutboundMessage),
            _ => None,
        });
    let votes = [named, hint, said].map(|vote| vote.filter(|kind| directed.contains(kind)));
    let count = |kind: Kind| votes.iter().filter(|vote| **vote == Some(kind)).count();
    match count(Kind::InboundMessage).cmp(&count(Kind::OutboundMessage)) {
        std::cmp::Ordering::Greater => Kind::InboundMessage,
        std::cmp::Ordering::Less => Kind::OutboundMessage,
        // The message itself knows best.
        std::cmp::Ordering::Equal => said.unwrap_or(kind),
    }
}

fn entity(kind: Kind, places: &Places<'_>) -> Option<String> {
    match kind.entity() {
        Entity::Message => places.text(&["messageId", "emailMessageId", "id", "_id"]),
        Entity::Appointment => {
            let nested = places.inside("id").and_then(|fields| fields.text("id"));
            nested.or_else(|| places.text(&["appointmentId", "id", "_id"]))
        }
        Entity::Installation => places.text(&["locationId", "companyId"]),
        Entity::Call => places.text(&["callId", "id", "_id"]),
        _ => places.text(&["id", "_id"]),
    }
}

fn contact(kind: Kind, places: &Places<'_>) -> Option<String> {
    if kind.entity() == Entity::Contact {
        return places.text(&["id", "contactId"]);
    }
    places.text(&["contactId"]).or_else(|| {
        let top = &places.0[0];
        let within = ["contactSnapshot", "contactDetails", "contact"];
        within.iter().find_map(|name| top.object(name).text("id")).or_else(|| related(top))
    })
}

fn conversation(kind: Kind, places: &Places<'_>) -> Option<String> {
    let names: &[&str] =
        if kind.entity() == Entity::Conversation { &["conversationId", "id"] } else { &["conversationId"] };
    places.text(names)
}

/// The contact's side of a relation between two records.
fn related(fields: &Fields<'_>) -> Option<String> {
    [("firstObjectKey", "firstRecordId"), ("secondObjectKey", "secondRecordId")].into_iter().find_map(
        |(key, id)| {
            if fields.text(key)?.eq_ignore_ascii_case("contact") { fields.text(id) } else { None }
        },
    )
}

fn location(kind: Kind, places: &Places<'_>) -> Option<String> {
    places.text(&["locationId"]).or_else(|| {
        if kind.entity() == Entity::Location {
            return places.text(&["id"]);
        }
        // Payments speak of `altId`, which may be a company's.
        let is_location = places.text(&["altType"])?.eq_ignore_ascii_case("location");
        if is_location { places.text(&["altId"]) } else { None }
    })
}

fn changed_at(places: &Places<'_>) -> Option<jiff::Timestamp> {
    const NAMES: [&str; 6] =
        ["timestamp", "dateUpdated", "updatedAt", "dateAdded", "createdAt", "installedAt"];
    NAMES.iter().find_map(|name| places.0.iter().find_map(|fields| fields.instant(name)))
}
