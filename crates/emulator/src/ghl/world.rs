//! Everything that exists in the emulated GoHighLevel: the truth that a copy elsewhere is held against.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    chance::Chance, clock::written, credential::Credentials, events::Event, faults::Faults, limits::Limits,
};

/// The app that is installed, as the marketplace knows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct App {
    /// Identifier of the app.
    pub id: String,
    /// Identifier of its present version.
    pub version: String,
    /// OAuth client.
    pub client_id: String,
    /// OAuth secret.
    pub client_secret: String,
}

/// The agency that owns all locations.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Company {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// The user who installs.
    pub owner: String,
}

/// A sub-account.
#[derive(Clone, Debug)]
pub(super) struct Location {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// IANA time zone.
    pub timezone: String,
    /// May two contacts have the same e-mail address or phone number?
    pub allow_duplicate_contact: bool,
    /// May a contact have two opportunities in one pipeline?
    pub allow_duplicate_opportunity: bool,
    /// The order in which an upsert looks for the contact.
    pub dedupe: Vec<&'static str>,
    /// Unpaid: nothing works.
    pub suspended: bool,
    /// When the app was installed, if it is.
    pub installed: Option<Timestamp>,
    /// Users who work here.
    pub users: Vec<Value>,
    /// Definitions of custom fields.
    pub custom_fields: Vec<Value>,
    /// Custom values.
    pub custom_values: Vec<Value>,
    /// Tags of the location.
    pub tags: Vec<Value>,
    /// Pipelines with their stages.
    pub pipelines: Vec<Pipeline>,
    /// Workflows.
    pub workflows: Vec<Value>,
    /// Campaigns.
    pub campaigns: Vec<Value>,
    /// Calendars.
    pub calendars: Vec<Calendar>,
    /// Contacts by identifier, deleted ones included.
    pub contacts: BTreeMap<String, Contact>,
    /// Contacts by lower-case e-mail address.
    pub by_email: HashMap<String, Vec<String>>,
    /// Contacts by phone number.
    pub by_phone: HashMap<String, Vec<String>>,
    /// Opportunities by identifier.
    pub opportunities: BTreeMap<String, Opportunity>,
    /// Conversations by identifier.
    pub conversations: BTreeMap<String, Conversation>,
    /// Messages, oldest first.
    pub messages: Vec<Message>,
    /// Appointments and blocked slots by identifier.
    pub appointments: BTreeMap<String, Appointment>,
}

/// A pipeline.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Pipeline {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Stages: identifier and name, in order.
    pub stages: Vec<(String, String)>,
}

/// A calendar with slots of equal length in office hours.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Calendar {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Length of a slot in minutes.
    pub slot_minutes: i64,
    /// First hour of the day in the location's zone.
    pub opens: i8,
    /// Hour at which the day ends.
    pub closes: i8,
    /// The user whose it is.
    pub user: String,
    /// Unpublished ones take no bookings.
    pub active: bool,
}

/// A person.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    /// Identifier.
    pub id: String,
    /// Plain fields as they were written.
    pub fields: Map<String, Value>,
    /// Tags, lower case, as GoHighLevel keeps them.
    pub tags: Vec<String>,
    /// Values of custom fields by the field's identifier.
    pub custom: BTreeMap<String, Value>,
    /// Users who follow.
    pub followers: Vec<String>,
    /// Tasks.
    pub tasks: Vec<Value>,
    /// Notes.
    pub notes: Vec<Value>,
    /// Workflow enrolments, every one that was ever asked for.
    pub enrolments: Vec<Value>,
    /// Campaigns the contact is in.
    pub campaigns: Vec<String>,
    /// Created.
    pub added: Timestamp,
    /// Changed.
    pub updated: Timestamp,
    /// Deleted, or merged into another.
    pub gone: Option<Gone>,
}

/// How a contact went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Gone {
    /// Deleted.
    Deleted,
    /// Merged into this one.
    Merged(String),
}

/// A deal.
#[derive(Clone, Debug)]
pub(super) struct Opportunity {
    /// Identifier.
    pub id: String,
    /// Whose.
    pub contact: String,
    /// Plain fields: name, status, pipelineId, pipelineStageId, monetaryValue, assignedTo, source, lostReasonId.
    pub fields: Map<String, Value>,
    /// Values of custom fields.
    pub custom: BTreeMap<String, Value>,
    /// Users who follow.
    pub followers: Vec<String>,
    /// Created.
    pub added: Timestamp,
    /// Changed.
    pub updated: Timestamp,
    /// Last change of the status.
    pub status_changed: Timestamp,
    /// Last change of the stage.
    pub stage_changed: Timestamp,
    /// Deleted.
    pub gone: bool,
}

/// A conversation.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    /// Identifier.
    pub id: String,
    /// With whom.
    pub contact: String,
    /// Unread messages.
    pub unread: u64,
    /// Starred.
    pub starred: bool,
    /// Deleted.
    pub gone: bool,
    /// Created.
    pub added: Timestamp,
    /// Changed.
    pub updated: Timestamp,
}

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Identifier.
    pub id: String,
    /// Its conversation.
    pub conversation: String,
    /// With whom.
    pub contact: String,
    /// `SMS`, `Email`, ...
    pub channel: String,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    /// Text, or HTML of an e-mail.
    pub body: String,
    /// `sent`, `delivered`, `failed`, `scheduled`, ...
    pub status: String,
    /// The carrier's code and words, when it failed.
    pub error: Option<Value>,
    /// Further members as they were given: subject, emailFrom, attachments, fromNumber, ...
    pub given: Map<String, Value>,
    /// `api`, `app`, `workflow`.
    pub source: &'static str,
    /// Created.
    pub added: Timestamp,
    /// Changed.
    pub updated: Timestamp,
}

/// An appointment, or a slot that is blocked.
#[derive(Clone, Debug)]
pub(super) struct Appointment {
    /// Identifier.
    pub id: String,
    /// Calendar.
    pub calendar: String,
    /// With whom; `None` when the slot is only blocked.
    pub contact: Option<String>,
    /// From.
    pub start: Timestamp,
    /// Until.
    pub end: Timestamp,
    /// `confirmed`, `cancelled`, ...
    pub status: String,
    /// Title, address, description, assignedUserId, as given.
    pub fields: Map<String, Value>,
    /// Whether those concerned were told of it by messages of the calendar.
    pub is_announced: bool,
    /// Notes.
    pub notes: Vec<Value>,
    /// Created.
    pub added: Timestamp,
    /// Changed.
    pub updated: Timestamp,
    /// Deleted.
    pub gone: bool,
}

/// Something that was done, by whomever: what "exactly once" is counted in.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Effect {
    /// Counts from 1.
    pub number: u64,
    /// When.
    pub at: String,
    /// `api`, `staff` or `fault`.
    pub by: &'static str,
    /// The operation or what stands for it.
    pub operation: String,
    /// Where.
    pub location_id: String,
    /// To what.
    pub entity: String,
}

/// A request that was answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen {
    /// Counts from 1.
    pub number: u64,
    /// When.
    pub at: String,
    /// The operation.
    pub operation: String,
    /// Where.
    pub location_id: Option<String>,
    /// The status; 0 when none was sent.
    pub status: u16,
    /// The class of fault that struck.
    pub fault: Option<u8>,
    /// Also in the body of a refusal.
    pub trace_id: String,
}

/// The whole world.
#[derive(Debug)]
pub(super) struct World {
    /// Now: set at the beginning of each request.
    pub now: Timestamp,
    /// Identifiers and dice.
    pub chance: Chance,
    /// The agency.
    pub company: Company,
    /// The app.
    pub app: App,
    /// Sub-accounts.
    pub locations: BTreeMap<String, Location>,
    /// Tokens and grants.
    pub credentials: Credentials,
    /// What each credential has used up.
    pub limits: Limits,
    /// What goes wrong.
    pub faults: Faults,
    /// What was done.
    pub effects: Vec<Effect>,
    /// Events that have not been handed to delivery.
    pub events: Vec<Event>,
    /// Every request to the API.
    pub requests: Vec<Seen>,
    /// Who acts at the moment.
    pub acting: &'static str,
}

impl World {
    /// Notes an effect.
    pub fn effect(&mut self, operation: &str, location: &str, entity: &str) {
        let number = u64::try_from(self.effects.len()).unwrap_or(u64::MAX) + 1;
        self.effects.push(Effect {
            number,
            at: written(self.now),
            by: self.acting,
            operation: operation.to_owned(),
            location_id: location.to_owned(),
            entity: entity.to_owned(),
        });
    }

    /// Tells the webhooks: `body` flat, as real deliveries are.
    pub fn emit(&mut self, kind: &str, location: &str, body: Value) {
        self.events.push(Event::new(kind, Some(location), body));
    }

    /// A location that exists.
    pub fn location(&mut self, id: &str) -> Option<&mut Location> {
        self.locations.get_mut(id)
    }
}

impl Contact {
    /// A plain text field.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    /// First and last name.
    pub fn name(&self) -> String {
        let parts = [self.text("firstName"), self.text("lastName")];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if name.is_empty() { self.text("name").unwrap_or_default().to_owned() } else { name }
    }

    /// Whether it can still be found.
    pub fn is_here(&self) -> bool {
        self.gone.is_none()
    }

    /// Values of custom fields as an answer shows them.
    pub fn custom_fields(&self) -> Value {
        custom_fields(&self.custom, "value")
    }
}

/// Values of custom fields, each under `name` beside its identifier.
pub(super) fn custom_fields(values: &BTreeMap<String, Value>, name: &str) -> Value {
    values
        .iter()
        .map(|(id, value)| {
            let mut member = Map::new();
            member.insert("id".to_owned(), Value::from(id.as_str()));
            member.insert(name.to_owned(), value.clone());
            Value::Object(member)
        })
        .collect()
}

impl Location {
    /// A contact that is there.
    pub fn contact(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(id).filter(|contact| contact.is_here())
    }

    /// Takes a contact out of the look-up tables, before it is changed.
    pub fn unindex(&mut self, id: &str) {
        let Some(contact) = self.contacts.get(id) else { return };
        let keys = [("email", &mut self.by_email), ("phone", &mut self.by_phone)];
        for (field, index) in keys {
            let key = contact.text(field).map(str::to_lowercase).unwrap_or_default();
            if let Some(ids) = index.get_mut(&key) {
                ids.retain(|other| other != id);
            }
        }
    }

    /// Puts a contact into the look-up tables, after it was changed.
    pub fn index(&mut self, id: &str) {
        let Some(contact) = self.contacts.get(id).filter(|contact| contact.is_here()) else { return };
        let keys = [("email", &mut self.by_email), ("phone", &mut self.by_phone)];
        for (field, index) in keys {
            if let Some(key) = contact.text(field).map(str::to_lowercase).filter(|key| !key.is_empty()) {
                index.entry(key).or_default().push(id.to_owned());
            }
        }
    }

    /// The oldest contact with this e-mail address or phone number.
    pub fn holder(&self, field: &str, value: &str) -> Option<&str> {
        let index = if field == "email" { &self.by_email } else { &self.by_phone };
        index.get(&value.to_lowercase())?.first().map(String::as_str)
    }

    /// The conversation with a contact.
    pub fn conversation_with(&self, contact: &str) -> Option<&Conversation> {
        self.conversations.values().find(|conversation| conversation.contact == contact && !conversation.gone)
    }
}
