//! Contacts, their tags, tasks, notes and workflows.

mod notes;
mod search;
mod tasks;
mod write;

pub use notes::{Note, create_note, delete_note, list_notes, update_note};
pub use search::{ContactPage, Filter, Operator, Search, Sort, duplicate, search};
pub use tasks::{
    NewTask, Task, complete_task, create_task, delete_task, list_tasks, search_tasks, update_task,
};
pub use write::{ContactWrite, FieldValue, create, update, upsert};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::wire::{Call, Fields, FromWire, Nothing, Op};

/// Do-not-disturb of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dnd {
    /// `active` (nothing is sent), `inactive`, or `permanent`.
    pub status: String,
    /// Why.
    pub message: Option<String>,
    /// The carrier's code, if it was one.
    pub code: Option<String>,
}

/// The value of a custom field.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomField {
    /// The field.
    pub id: String,
    /// Its value: a text, a number, a list or an object.
    pub value: Value,
}

impl FromWire for CustomField {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        const VALUES: [&str; 5] =
            ["value", "field_value", "fieldValue", "fieldValueString", "fieldValueArray"];
        let value = VALUES.iter().find_map(|name| fields.get(name));
        Some(Self { id: fields.first_text(&["id", "key"])?, value: value.cloned().unwrap_or(Value::Null) })
    }
}

/// A contact. What is missing is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contact {
    /// Its identifier.
    pub id: String,
    /// Its location.
    pub location: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Name as one.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
    /// Its time zone.
    pub timezone: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// State.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Tags, in lower case as GoHighLevel keeps them.
    pub tags: Vec<String>,
    /// Custom fields.
    pub custom_fields: Vec<CustomField>,
    /// Nothing is sent, by any channel.
    pub dnd: Option<bool>,
    /// Do-not-disturb by channel: `SMS`, `Email`, `Call`, `WhatsApp`, `GMB`, `FB`.
    pub dnd_settings: BTreeMap<String, Dnd>,
    /// When it was added.
    pub added_at: Option<Timestamp>,
    /// When it was changed.
    pub updated_at: Option<Timestamp>,
    /// Where a search goes on after it.
    pub search_after: Vec<Value>,
}

impl FromWire for Contact {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        // Some answers wrap it, others do not.
        let inner = fields.object("contact");
        let it = if inner.members().is_some() { &inner } else { fields };
        let settings = it.object("dndSettings");
        let channels = settings.members().into_iter().flatten().map(|(channel, _)| channel.clone());
        let dnd_settings = channels
            .filter_map(|channel| {
                let of = settings.object(&channel);
                let status = of.text("status")?;
                Some((channel, Dnd { status, message: of.text("message"), code: of.text("code") }))
            })
            .collect();
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            location: it.text("locationId"),
            first_name: it.text("firstName"),
            last_name: it.text("lastName"),
            name: it.first_text(&["name", "contactName", "fullName"]),
            email: it.text("email"),
            phone: it.text("phone"),
            source: it.text("source"),
            assigned_to: it.text("assignedTo"),
            timezone: it.text("timezone"),
            address: it.text("address1"),
            city: it.text("city"),
            country: it.text("country"),
            state: it.text("state"),
            postal_code: it.text("postalCode"),
            tags: it.texts("tags"),
            custom_fields: it.list("customFields"),
            dnd: it.flag("dnd"),
            dnd_settings,
            added_at: it.instant("dateAdded").or_else(|| it.instant("createdAt")),
            updated_at: it.instant("dateUpdated").or_else(|| it.instant("updatedAt")),
            search_after: it.get("searchAfter").and_then(Value::as_array).cloned().unwrap_or_default(),
        })
    }
}

impl Contact {
    /// The value of a custom field.
    pub fn custom(&self, id: &str) -> Option<&Value> {
        self.custom_fields.iter().find(|field| field.id == id).map(|field| &field.value)
    }
}

/// One contact.
pub fn get(id: &str) -> Call<Contact> {
    Call::new(Op::ContactGet, &[id])
}

/// Deletes a contact.
pub fn delete(id: &str) -> Call<Nothing> {
    Call::new(Op::ContactDelete, &[id])
}

/// The tags after a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// All tags of the contact, or the added ones: GoHighLevel answers either.
    pub tags: Vec<String>,
}

impl FromWire for Tags {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self { tags: fields.texts("tags") })
    }
}

/// Adds tags; the others stay. A new name becomes a tag of the location.
pub fn add_tags(id: &str, tags: &[String]) -> Call<Tags> {
    Call::new(Op::ContactTagsAdd, &[id]).json(json!({ "tags": tags }))
}

/// Removes tags.
pub fn remove_tags(id: &str, tags: &[String]) -> Call<Tags> {
    Call::new(Op::ContactTagsRemove, &[id]).json(json!({ "tags": tags }))
}

/// Adds or removes tags of many contacts. Some may fail although the answer is 2xx: that is
/// [`PartlyDropped`](super::fault::Class::PartlyDropped).
pub fn bulk_tags(location: &str, contacts: &[String], tags: &[String], is_adding: bool) -> Call<Nothing> {
    let body = json!({ "contacts": contacts, "tags": tags, "locationId": location });
    Call::new(Op::ContactTagsBulk, &[if is_adding { "add" } else { "remove" }]).json(body)
}

/// Enrols a contact in a workflow: queued, not at once, and not repeated by itself.
pub fn add_to_workflow(id: &str, workflow: &str, starts_at: Option<Timestamp>) -> Call<Nothing> {
    let body = match starts_at {
        Some(at) => json!({ "eventStartTime": at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string() }),
        None => json!({}),
    };
    Call::new(Op::WorkflowAdd, &[id, workflow]).json(body)
}

/// Takes a contact out of a workflow.
pub fn remove_from_workflow(id: &str, workflow: &str) -> Call<Nothing> {
    Call::new(Op::WorkflowRemove, &[id, workflow]).json(json!({}))
}

#[cfg(test)]
mod tests;
