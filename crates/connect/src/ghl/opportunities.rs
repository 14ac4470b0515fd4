//! Opportunities and the pipelines they move through.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    contacts::{CustomField, FieldValue},
    wire::{Call, Fields, FromWire, Nothing, Op, PAGE_MAX},
};

/// Whether an opportunity is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It may still be won.
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
    /// Given up.
    Abandoned,
}

impl Status {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Abandoned => "abandoned",
        }
    }

    /// Reads it; what is new there is unknown here.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Open, Self::Won, Self::Lost, Self::Abandoned]
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
    }
}

/// An opportunity.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its location.
    pub location: Option<String>,
    /// The contact.
    pub contact: Option<String>,
    /// The pipeline.
    pub pipeline: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// Whether it is open, where that is one of the known words.
    pub status: Option<Status>,
    /// What it is worth, in the location's currency.
    pub value: Option<f64>,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// Custom fields.
    pub custom_fields: Vec<CustomField>,
    /// When it was added.
    pub created_at: Option<Timestamp>,
    /// When it was changed.
    pub updated_at: Option<Timestamp>,
    /// When it came to its stage.
    pub stage_since: Option<Timestamp>,
}

impl FromWire for Opportunity {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.object("opportunity");
        let it = if inner.members().is_some() { &inner } else { fields };
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            name: it.text("name"),
            location: it.text("locationId"),
            contact: it.text("contactId").or_else(|| it.object("contact").text("id")),
            pipeline: it.text("pipelineId"),
            stage: it.text("pipelineStageId"),
            status: it.text("status").and_then(|status| Status::read(&status)),
            value: it.number("monetaryValue"),
            assigned_to: it.text("assignedTo"),
            source: it.text("source"),
            custom_fields: it.list("customFields"),
            created_at: it.instant("createdAt").or_else(|| it.instant("dateAdded")),
            updated_at: it.instant("updatedAt"),
            stage_since: it.instant("lastStageChangeAt"),
        })
    }
}

/// What of an opportunity is to be written. What is not set stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpportunityWrite {
    /// The pipeline.
    pub pipeline: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is open.
    pub status: Option<Status>,
    /// What it is worth, in the location's currency.
    pub value: Option<f64>,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
    /// Custom fields.
    pub custom_fields: Vec<FieldValue>,
}

impl OpportunityWrite {
    fn wire(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let texts = [
            ("pipelineId", self.pipeline.as_deref()),
            ("pipelineStageId", self.stage.as_deref()),
            ("name", self.name.as_deref()),
            ("status", self.status.map(Status::as_str)),
            ("assignedTo", self.assigned_to.as_deref()),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                body.insert(name.to_owned(), json!(value));
            }
        }
        if let Some(value) = self.value {
            body.insert("monetaryValue".to_owned(), json!(value));
        }
        if !self.custom_fields.is_empty() {
            let fields: Vec<Value> = self.custom_fields.iter().map(FieldValue::wire).collect();
            body.insert("customFields".to_owned(), Value::Array(fields));
        }
        body
    }
}

/// One opportunity.
pub fn get(id: &str) -> Call<Opportunity> {
    Call::new(Op::OpportunityGet, &[id])
}

/// Creates an opportunity; pipeline, name and status are needed, open unless said otherwise.
pub fn create(location: &str, contact: &str, write: &OpportunityWrite) -> Call<Opportunity> {
    Call::new(Op::OpportunityCreate, &[]).json(Value::Object(in_location(location, contact, write)))
}

/// Creates the contact's opportunity in a pipeline, or updates it. The published contract wants members that no caller
/// has and leaves out the contact; what is sent is what is answered.
pub fn upsert(location: &str, contact: &str, write: &OpportunityWrite) -> Call<Opportunity> {
    Call::new(Op::OpportunityUpsert, &[]).json(Value::Object(in_location(location, contact, write)))
}

/// Changes an opportunity.
pub fn update(id: &str, write: &OpportunityWrite) -> Call<Opportunity> {
    Call::new(Op::OpportunityUpdate, &[id]).json(Value::Object(write.wire()))
}

/// Changes whether it is open.
pub fn set_status(id: &str, status: Status) -> Call<Nothing> {
    Call::new(Op::OpportunityStatus, &[id]).json(json!({ "status": status.as_str() }))
}

/// Deletes an opportunity.
pub fn delete(id: &str) -> Call<Nothing> {
    Call::new(Op::OpportunityDelete, &[id])
}

fn in_location(location: &str, contact: &str, write: &OpportunityWrite) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("locationId".to_owned(), json!(location));
    body.insert("contactId".to_owned(), json!(contact));
    body.extend(write.wire());
    body.entry("status").or_insert_with(|| json!(Status::Open.as_str()));
    body
}

/// A search among the opportunities of a location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Of this contact.
    pub contact: Option<String>,
    /// In this pipeline.
    pub pipeline: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// Open, won, lost, abandoned; all of them otherwise.
    pub status: Option<Status>,
    /// Where to go on: [`OpportunityPage::next`].
    pub after: Option<Cursor>,
    /// With notes, which saves a request per contact.
    pub with_notes: bool,
}

/// Where a search goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last one's time, as it came.
    pub after: String,
    /// The last one.
    pub id: String,
}

/// A page of opportunities.
#[derive(Clone, Debug, PartialEq)]
pub struct OpportunityPage {
    /// The opportunities.
    pub opportunities: Vec<Opportunity>,
    /// How many there are in all.
    pub total: Option<u64>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Cursor>,
}

impl FromWire for OpportunityPage {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("opportunities")?;
        let opportunities: Vec<Opportunity> = fields.list("opportunities");
        let meta = fields.object("meta");
        let cursor = || Some(Cursor { after: meta.text("startAfter")?, id: meta.text("startAfterId")? });
        let next = cursor().filter(|_| opportunities.len() >= PAGE_MAX as usize);
        Some(Self { opportunities, total: meta.count("total"), next })
    }
}

/// Opportunities of a location, a hundred per page.
pub fn search(location: &str, search: &Search) -> Call<OpportunityPage> {
    let call = Call::new(Op::OpportunitySearch, &[])
        .with("location_id", location)
        .with_some("contact_id", search.contact.as_deref())
        .with_some("pipeline_id", search.pipeline.as_deref())
        .with_some("pipeline_stage_id", search.stage.as_deref())
        .with("status", search.status.map_or("all", Status::as_str))
        .with("limit", PAGE_MAX.to_string());
    let call = if search.with_notes { call.with("getNotes", "true") } else { call };
    match &search.after {
        Some(cursor) => call.with("startAfter", &cursor.after).with("startAfterId", &cursor.id),
        None => call,
    }
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its identifier.
    pub id: String,
    /// Its name: what stages are mapped by.
    pub name: String,
    /// Its place, from 0.
    pub position: Option<u64>,
}

impl FromWire for Stage {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self { id: fields.text("id")?, name: fields.text("name")?, position: fields.count("position") })
    }
}

/// A pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Its identifier.
    pub id: String,
    /// Its name: what pipelines are mapped by.
    pub name: String,
    /// Its stages in order.
    pub stages: Vec<Stage>,
}

impl FromWire for Pipeline {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let mut stages: Vec<Stage> = fields.list("stages");
        stages.sort_by_key(|stage| stage.position);
        Some(Self { id: fields.text("id")?, name: fields.text("name")?, stages })
    }
}

impl FromWire for Vec<Pipeline> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("pipelines")?;
        Some(fields.list("pipelines"))
    }
}

/// Pipelines of a location.
pub fn pipelines(location: &str) -> Call<Vec<Pipeline>> {
    Call::new(Op::PipelineList, &[]).with("locationId", location)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ghl::wire::{Body, decode};

    #[test]
    fn an_opportunity_is_written_open_unless_said_otherwise() {
        let write = OpportunityWrite {
            pipeline: Some("P".into()),
            name: Some("Ada".into()),
            value: Some(12.5),
            ..OpportunityWrite::default()
        };
        assert_eq!(
            create("L", "C", &write).ask.body,
            Body::Json(json!({
                "locationId": "L", "contactId": "C", "pipelineId": "P", "name": "Ada", "monetaryValue": 12.5,
                "status": "open"
            }))
        );
        let won = OpportunityWrite { status: Some(Status::Won), ..write };
        assert_eq!(create("L", "C", &won).ask.body, {
            Body::Json(json!({
                "locationId": "L", "contactId": "C", "pipelineId": "P", "name": "Ada", "status": "won",
                "monetaryValue": 12.5
            }))
        });
    }

    #[test]
    fn stages_come_in_their_order_even_nested_as_in_the_published_example() {
        let body = br#"{"pipelines":[{"id":"p","name":"Buyers","stages":[[{"id":"2","name":"B","position":1}],{"id":"1","name":"A","position":"0"}]}]}"#;
        let pipelines = decode::<Vec<Pipeline>>(body).unwrap();
        let names: Vec<_> = pipelines.value[0].stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["A", "B"]);
        assert!(pipelines.drifts.is_empty());
    }

    #[test]
    fn the_last_page_is_the_short_one_whatever_its_cursor_says() {
        let page = |count: usize| {
            let all: Vec<_> =
                (0..count).map(|id| json!({"id": id, "status": "open", "monetaryValue": "7"})).collect();
            let body = json!({"opportunities": all, "meta": {"total": 300, "startAfter": 1_700_000_000_000_i64, "startAfterId": "x"}});
            decode::<OpportunityPage>(body.to_string().as_bytes()).unwrap().value
        };
        assert_eq!(page(3).next, None);
        let next = page(100).next.unwrap();
        assert_eq!((next.after.as_str(), next.id.as_str()), ("1700000000000", "x"));
        assert_eq!((page(3).opportunities[0].value, page(3).total), (Some(7.0), Some(300)));
    }
}
