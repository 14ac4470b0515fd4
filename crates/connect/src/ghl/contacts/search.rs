use serde_json::{Value, json};

use super::{Call, Contact, Fields, FromWire, Op};
use crate::ghl::wire::PAGE_MAX;

/// How a filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    NotEq,
    /// Contains.
    Contains,
    /// Has any value.
    Exists,
    /// Has none.
    NotExists,
    /// Between: the value is `{"gte": .., "lte": ..}`.
    Range,
}

impl Operator {
    fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::NotEq => "not_eq",
            Self::Contains => "contains",
            Self::Exists => "exists",
            Self::NotExists => "not_exists",
            Self::Range => "range",
        }
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The field: `email`, `tags`, `dateUpdated`, `customFields.<id>`, `dndSettings.SMS.status`.
    pub field: String,
    /// The comparison.
    pub operator: Operator,
    /// The value, where the comparison has one.
    pub value: Option<Value>,
}

/// The order of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The field.
    pub field: String,
    /// From high to low.
    pub is_descending: bool,
}

/// A search among the contacts of a location.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// All of them hold.
    pub filters: Vec<Filter>,
    /// Free text.
    pub query: Option<String>,
    /// The order.
    pub sort: Vec<Sort>,
    /// Contacts per page, at most [`PAGE_MAX`]; 0 is that.
    pub limit: u32,
    /// Where to go on: [`ContactPage::next`].
    pub after: Vec<Value>,
}

/// A page of contacts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactPage {
    /// The contacts.
    pub contacts: Vec<Contact>,
    /// How many there are in all.
    pub total: Option<u64>,
}

impl ContactPage {
    /// Where the next page begins, if there may be one. The last page has a cursor, too, so a short page ends it.
    pub fn next(&self, limit: u32) -> Option<Vec<Value>> {
        let limit = if limit == 0 { PAGE_MAX } else { limit };
        let last = self.contacts.last().filter(|_| self.contacts.len() >= limit as usize)?;
        Some(last.search_after.clone()).filter(|cursor| !cursor.is_empty())
    }
}

impl FromWire for ContactPage {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("contacts")?;
        let total = fields.count("total").or_else(|| fields.object("meta").count("total"));
        Some(Self { contacts: fields.list("contacts"), total })
    }
}

/// Contacts of a location. The index runs behind: who has just been created may be missing, so identity is asked by
/// [`duplicate`].
pub fn search(location: &str, search: &Search) -> Call<ContactPage> {
    let limit = if search.limit == 0 { PAGE_MAX } else { search.limit.min(PAGE_MAX) };
    let mut body = json!({ "locationId": location, "pageLimit": limit });
    if !search.filters.is_empty() {
        let filters = search.filters.iter().map(|filter| {
            let mut wire = json!({ "field": filter.field, "operator": filter.operator.as_str() });
            if let Some(value) = &filter.value {
                wire["value"] = value.clone();
            }
            wire
        });
        body["filters"] = filters.collect();
    }
    if let Some(query) = &search.query {
        body["query"] = json!(query);
    }
    if !search.sort.is_empty() {
        let sort = search.sort.iter().map(|sort| {
            json!({ "field": sort.field, "direction": if sort.is_descending { "desc" } else { "asc" } })
        });
        body["sort"] = sort.collect();
    }
    if search.after.is_empty() {
        body["page"] = json!(1);
    } else {
        body["searchAfter"] = json!(search.after);
    }
    Call::new(Op::ContactSearch, &[]).json(body)
}

/// The contact that another one would be a duplicate of, if there is one.
impl FromWire for Option<Contact> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let found =
            ["contact", "contacts"].iter().find_map(|name| fields.each(name).first().and_then(Contact::read));
        Some(found.or_else(|| Contact::read(fields)))
    }
}

/// The contact with this e-mail address or phone number: at least one of them.
pub fn duplicate(location: &str, email: Option<&str>, phone: Option<&str>) -> Call<Option<Contact>> {
    Call::new(Op::ContactDuplicate, &[])
        .with("locationId", location)
        .with_some("email", email)
        .with_some("number", phone)
}
