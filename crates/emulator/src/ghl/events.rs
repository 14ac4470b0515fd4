//! Events: what GoHighLevel tells a webhook, in the shape that really arrives (flat, not in an envelope), and with
//! the noise that it really makes.

use serde_json::{Map, Value, json};

use super::{
    answer::object,
    clock::written,
    world::{Appointment, Contact, Conversation, Location, Message, Opportunity, World, custom_fields},
};

/// An event before it has an address.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// `ContactCreate`, ...
    pub kind: String,
    /// Where it happened.
    pub location: Option<String>,
    /// Its members.
    pub body: Map<String, Value>,
}

impl Event {
    /// An event of this kind.
    pub fn new(kind: &str, location: Option<&str>, body: Value) -> Self {
        Self { kind: kind.to_owned(), location: location.map(str::to_owned), body: object(body) }
    }

    /// The id of what it is about.
    pub fn subject(&self) -> &str {
        let appointment = self.body.get("appointment").and_then(|inner| inner.get("id"));
        let id = self.body.get("id").or(appointment).or_else(|| self.body.get("messageId"));
        id.and_then(Value::as_str).unwrap_or_default()
    }
}

impl World {
    /// Tells of a contact under this name.
    pub fn tell_contact(&mut self, kind: &str, location: &str, id: &str) {
        let Some(contact) = self.locations.get(location).and_then(|location| location.contacts.get(id))
        else {
            return;
        };
        let mut body = contact_body(contact);
        if kind == "ContactDndUpdate" {
            body["dndSettings"] = contact.fields.get("dndSettings").cloned().unwrap_or_else(|| json!({}));
        }
        self.emit(kind, location, body);
    }

    /// Tells of an opportunity under these names.
    pub fn tell_opportunity(&mut self, kinds: &[&str], location: &str, id: &str) {
        let Some(deal) = self.locations.get(location).and_then(|location| location.opportunities.get(id))
        else {
            return;
        };
        let body = opportunity_body(deal);
        for kind in kinds {
            self.emit(kind, location, body.clone());
        }
    }

    /// Tells of a message.
    pub fn tell_message(&mut self, location: &str, message: &Message) {
        let kind = if message.direction == "inbound" { "InboundMessage" } else { "OutboundMessage" };
        self.emit(kind, location, message_body(message));
    }

    /// Tells of a conversation's unread count.
    pub fn tell_unread(&mut self, location: &str, conversation: &Conversation) {
        let body = json!({ "id": conversation.id, "contactId": conversation.contact, "deleted": conversation.gone,
            "inbox": true, "starred": conversation.starred, "unreadCount": conversation.unread });
        self.emit("ConversationUnreadUpdate", location, body);
    }

    /// Tells of an appointment.
    pub fn tell_appointment(&mut self, kind: &str, location: &str, id: &str) {
        let Some(place) = self.locations.get(location) else { return };
        let Some(appointment) = place.appointments.get(id) else { return };
        let body = json!({ "appointment": appointment_body(place, appointment) });
        self.emit(kind, location, body);
    }
}

fn contact_body(contact: &Contact) -> Value {
    let mut body = Map::new();
    body.insert("id".to_owned(), Value::from(contact.id.as_str()));
    let told = [
        "address1",
        "city",
        "state",
        "companyName",
        "country",
        "source",
        "dateOfBirth",
        "dnd",
        "email",
        "firstName",
        "lastName",
        "phone",
        "postalCode",
        "website",
        "assignedTo",
    ];
    for name in told {
        if let Some(value) = contact.fields.get(name).filter(|value| !value.is_null()) {
            body.insert(name.to_owned(), value.clone());
        }
    }
    body.insert("name".to_owned(), Value::from(contact.name()));
    body.insert("tags".to_owned(), Value::from(contact.tags.clone()));
    // Never filled by the real one either.
    body.insert("attachments".to_owned(), Value::Array(Vec::new()));
    body.insert("customFields".to_owned(), custom_fields(&contact.custom, "value"));
    body.insert("dateAdded".to_owned(), Value::from(written(contact.added)));
    Value::Object(body)
}

fn opportunity_body(deal: &Opportunity) -> Value {
    let mut body = deal.fields.clone();
    body.insert("id".to_owned(), Value::from(deal.id.as_str()));
    body.insert("contactId".to_owned(), Value::from(deal.contact.as_str()));
    body.insert("dateAdded".to_owned(), Value::from(written(deal.added)));
    Value::Object(body)
}

fn message_body(message: &Message) -> Value {
    let mut body = object(json!({
        "messageId": message.id, "conversationId": message.conversation, "contactId": message.contact,
        "body": message.body, "direction": message.direction, "messageType": message.channel,
        "status": message.status, "contentType": if message.channel == "Email" { "text/html" } else { "text/plain" },
        "attachments": message.given.get("attachments").cloned().unwrap_or_else(|| json!([])),
        "dateAdded": written(message.added),
    }));
    if message.direction == "outbound" {
        body.insert("source".to_owned(), Value::from(message.source));
    }
    if message.channel == "Email" {
        for (ours, theirs) in [("subject", "subject"), ("emailFrom", "from"), ("emailTo", "to")] {
            if let Some(value) = message.given.get(ours) {
                body.insert(theirs.to_owned(), value.clone());
            }
        }
        body.insert("emailMessageId".to_owned(), Value::from(message.id.as_str()));
        body.insert("threadId".to_owned(), Value::from(message.conversation.as_str()));
    }
    Value::Object(body)
}

fn appointment_body(place: &Location, appointment: &Appointment) -> Value {
    let mut body = object(super::ops::appointment_view(place, appointment));
    for internal in ["locationId", "users", "isRecurring", "createdBy", "description"] {
        body.remove(internal);
    }
    body.insert("users".to_owned(), json!([body.get("assignedUserId")]));
    body.insert("source".to_owned(), Value::from("api"));
    Value::Object(body)
}
