use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Call, Contact, Op};

/// A custom field to be written: by its identifier, or by its key where that is all that is known.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// By identifier.
    Id(String, Value),
    /// By key: `contact.lead_score` or `lead_score`.
    Key(String, Value),
}

impl FieldValue {
    /// `{"id", "field_value"}`: the one form that is accepted; others are taken and dropped.
    pub(in crate::ghl) fn wire(&self) -> Value {
        match self {
            Self::Id(id, value) => json!({ "id": id, "field_value": value }),
            Self::Key(key, value) => json!({ "key": key, "field_value": value }),
        }
    }
}

/// What of a contact is to be written. What is not set stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactWrite {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address. An upsert by a secondary address makes it the primary one (issue #337).
    pub email: Option<String>,
    /// Phone number, E.164.
    pub phone: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
    /// Its time zone.
    pub timezone: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// All tags: what is not among them is removed. To add, [`add_tags`](super::add_tags).
    pub tags: Option<Vec<String>>,
    /// Custom fields.
    pub custom_fields: Vec<FieldValue>,
    /// Nothing is to be sent, by any channel.
    pub dnd: Option<bool>,
    /// Do-not-disturb by channel (`SMS`, `Email`, ...): `active`, `inactive`, `permanent`.
    pub dnd_settings: BTreeMap<String, String>,
}

impl ContactWrite {
    fn wire(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let texts = [
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("source", &self.source),
            ("assignedTo", &self.assigned_to),
            ("timezone", &self.timezone),
            ("country", &self.country),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                body.insert(name.to_owned(), json!(value));
            }
        }
        if let Some(tags) = &self.tags {
            body.insert("tags".to_owned(), json!(tags));
        }
        if !self.custom_fields.is_empty() {
            let fields: Vec<Value> = self.custom_fields.iter().map(FieldValue::wire).collect();
            body.insert("customFields".to_owned(), Value::Array(fields));
        }
        if let Some(dnd) = self.dnd {
            body.insert("dnd".to_owned(), json!(dnd));
        }
        if !self.dnd_settings.is_empty() {
            let settings: Map<String, Value> = self
                .dnd_settings
                .iter()
                .map(|(channel, status)| {
                    (channel.clone(), json!({ "status": status, "message": "", "code": "" }))
                })
                .collect();
            body.insert("dndSettings".to_owned(), Value::Object(settings));
        }
        body
    }

    fn in_location(&self, location: &str) -> Value {
        let mut body = Map::new();
        body.insert("locationId".to_owned(), json!(location));
        body.extend(self.wire());
        Value::Object(body)
    }
}

/// Creates a contact, or updates the one with its e-mail address or phone number: which of them counts is the location's
/// setting.
pub fn upsert(location: &str, write: &ContactWrite) -> Call<Contact> {
    Call::new(Op::ContactUpsert, &[]).json(write.in_location(location))
}

/// Creates a contact. Where the location allows no duplicates, one that exists is adopted.
pub fn create(location: &str, write: &ContactWrite) -> Call<Contact> {
    Call::new(Op::ContactCreate, &[]).json(write.in_location(location))
}

/// Changes a contact.
pub fn update(id: &str, write: &ContactWrite) -> Call<Contact> {
    Call::new(Op::ContactUpdate, &[id]).json(Value::Object(write.wire()))
}
