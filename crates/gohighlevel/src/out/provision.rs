//! What must be there before anything can be written: custom fields, and the map of names.

use boxed::boxed;
use connect::ghl::{
    Created, How,
    budget::Lane,
    locations::{self, FieldDefinition, Model},
};
use kernel::Moment;
use markets::Market;
use serde::Serialize;
use store::trail;

use crate::{
    Connection, GoHighLevel, GoHighLevelError,
    backup_map::{FieldSpec, Map, Names, plain},
};

/// What is there for us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provisioned {
    /// Custom fields that we write: our key, and whether the field is there.
    pub fields: Vec<(String, bool)>,
    /// Stages of the market's pipelines, `pipeline/stage`, and whether one there is known for each.
    pub stages: Vec<(String, bool)>,
}

impl Provisioned {
    /// Whether scores can be written.
    pub fn has_fields(&self) -> bool {
        self.fields.iter().all(|(_, is_there)| *is_there)
    }

    /// Stages without one there.
    pub fn unmapped(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().filter(|(_, is_there)| !is_there).map(|(stage, _)| stage.as_str())
    }
}

#[boxed]
impl GoHighLevel {
    /// Makes the custom fields that are missing there, reads all lists, and brings the map up to date. Done again, it
    /// makes nothing twice.
    ///
    /// # Errors
    /// When GoHighLevel does not take it, or the market's database fails.
    pub async fn provision(&self, market: &Market, at: &Moment) -> Result<Map, GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        let list = locations::custom_fields(&connection.location, Model::Contact);
        let how = How::lane(Lane::Routing);
        let present = self.0.ghl.perform(&connection.account(), &list, how).await?.value;
        let mut made = Vec::new();
        for spec in &Names::shipped().fields {
            let known = self.map(market).await?;
            let is_chosen =
                known.field(&spec.key).is_some_and(|id| present.iter().any(|field| field.id == id));
            if is_chosen || find(&present, spec).is_some() {
                continue;
            }
            self.make(&connection, spec).await?;
            made.push(spec.key.as_str());
        }
        if !made.is_empty() {
            let mut tx = market.db().begin().await?;
            let subject = format!("location:{}", connection.location);
            let entry = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.fields-made", &subject);
            trail::append(&mut tx, entry.with("fields", made.join(",")));
            tx.commit().await?;
        }
        self.refresh_map(market, at).await
    }

    async fn make(&self, connection: &Connection, spec: &FieldSpec) -> Result<(), GoHighLevelError> {
        let location = connection.location.as_str();
        let call = locations::create_custom_field(location, Model::Contact, &spec.name, &spec.data_type);
        let list = locations::custom_fields(location, Model::Contact);
        let (account, how) = (connection.account(), How::lane(Lane::Routing));
        let look = || async {
            let present = self.0.ghl.perform(&account, &list, how).await?.value;
            Ok(find(&present, spec).cloned())
        };
        match self.0.ghl.create(&account, &call, how, look).await? {
            Created::New(_) | Created::Found(_) | Created::Exists(_) => Ok(()),
        }
    }

    /// What of what is needed there is there, as the map knows it.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn provisioned(&self, market: &Market) -> Result<Provisioned, GoHighLevelError> {
        let map = self.map(market).await?;
        let fields = &Names::shipped().fields;
        let pipelines = market.pipelines().await?;
        let stages = pipelines.iter().flat_map(|pipeline| {
            pipeline.stages.iter().map(|stage| {
                let is_there = map.remote_stage(&pipeline.id, &stage.id).is_some();
                (format!("{}/{}", pipeline.id, stage.id), is_there)
            })
        });
        Ok(Provisioned {
            fields: fields.iter().map(|spec| (spec.key.clone(), map.field(&spec.key).is_some())).collect(),
            stages: stages.collect(),
        })
    }
}

fn find<'a>(present: &'a [FieldDefinition], spec: &FieldSpec) -> Option<&'a FieldDefinition> {
    present.iter().find(|field| field.name.as_deref().is_some_and(|name| plain(name) == plain(&spec.name)))
}
