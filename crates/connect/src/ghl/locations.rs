//! Locations (sub-accounts), their custom fields and tags.

use serde_json::json;

use super::wire::{Call, Fields, FromWire, Op};

/// A location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its identifier.
    pub id: String,
    /// Its company.
    pub company: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its time zone, by name.
    pub timezone: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// Whether it allows two contacts with the same address or number.
    pub allows_duplicate_contacts: Option<bool>,
    /// Whether it allows two opportunities of a contact in a pipeline.
    pub allows_duplicate_opportunities: Option<bool>,
}

impl FromWire for Location {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.object("location");
        let it = if inner.members().is_some() { &inner } else { fields };
        let settings = it.object("settings");
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            company: it.text("companyId"),
            name: it.text("name"),
            timezone: it.text("timezone").or_else(|| it.object("business").text("timezone")),
            country: it.text("country"),
            allows_duplicate_contacts: settings.flag("allowDuplicateContact"),
            allows_duplicate_opportunities: settings.flag("allowDuplicateOpportunity"),
        })
    }
}

impl FromWire for Vec<Location> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("locations")?;
        Some(fields.list("locations"))
    }
}

/// One location.
pub fn get(location: &str) -> Call<Location> {
    Call::new(Op::LocationGet, &[location])
}

/// Locations of a company, from `skip` on.
pub fn search(company: &str, skip: u64, limit: u32) -> Call<Vec<Location>> {
    Call::new(Op::LocationSearch, &[])
        .with("companyId", company)
        .with("skip", skip.to_string())
        .with("limit", limit.to_string())
}

/// What a custom field is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Contacts.
    Contact,
    /// Opportunities.
    Opportunity,
}

impl Model {
    fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Opportunity => "opportunity",
        }
    }
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDefinition {
    /// Its identifier: what values are written by.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its key: `contact.lead_score`.
    pub key: Option<String>,
    /// `TEXT`, `NUMERICAL`, `DATE`, and so on.
    pub data_type: Option<String>,
    /// What may be picked.
    pub options: Vec<String>,
}

impl FromWire for FieldDefinition {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.object("customField");
        let it = if inner.members().is_some() { &inner } else { fields };
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            name: it.text("name"),
            key: it.text("fieldKey"),
            data_type: it.text("dataType"),
            options: it.texts("picklistOptions"),
        })
    }
}

impl FromWire for Vec<FieldDefinition> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("customFields")?;
        Some(fields.list("customFields"))
    }
}

/// Custom fields of a location.
pub fn custom_fields(location: &str, model: Model) -> Call<Vec<FieldDefinition>> {
    Call::new(Op::CustomFieldList, &[location]).with("model", model.as_str())
}

/// Creates a custom field of `data_type`: `TEXT`, `LARGE_TEXT`, `NUMERICAL`, `DATE`.
pub fn create_custom_field(
    location: &str,
    model: Model,
    name: &str,
    data_type: &str,
) -> Call<FieldDefinition> {
    let body = json!({ "name": name, "dataType": data_type, "model": model.as_str() });
    Call::new(Op::CustomFieldCreate, &[location]).json(body)
}

/// A tag of a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl FromWire for Tag {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self { id: fields.text("id")?, name: fields.text("name")? })
    }
}

impl FromWire for Vec<Tag> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("tags")?;
        Some(fields.list("tags"))
    }
}

/// Tags of a location.
pub fn tags(location: &str) -> Call<Vec<Tag>> {
    Call::new(Op::LocationTags, &[location])
}
