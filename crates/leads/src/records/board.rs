//! Leads as lists show them. Which stage a lead is in and who looks after it stands in the contact's row: conditions read
//! it there.

use std::cmp::Ordering;

use contacts::Sight;
use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Db, Query, Row, StoreError, Value};

use super::ranking;
use crate::{
    band::Band,
    service::board::BoardSort,
    timeline::{LeadSource, LeadSourceError},
};

/// Which leads: every condition that is there must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub band: Option<Band>,
    /// `Some(None)`: nobody's.
    pub assignee: Option<Option<Ulid>>,
    pub source: Option<LeadSource>,
    pub effective_min: Option<f64>,
    pub pipeline: Option<String>,
    pub stage: Option<String>,
    pub closed: bool,
    /// Only these.
    pub among: Option<Vec<PersonId>>,
}

/// A place in an order of leads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spot {
    /// What the order goes by: a number of the kind that the order has.
    pub key: Value,
    pub contact: PersonId,
}

impl Spot {
    /// Which of two of one order comes first, as the database orders them.
    pub(crate) fn before(&self, other: &Self) -> Ordering {
        let keys = match (&self.key, &other.key) {
            (Value::Int(one), Value::Int(other)) => other.cmp(one),
            (Value::Real(one), Value::Real(other)) => other.partial_cmp(one).unwrap_or(Ordering::Equal),
            _ => Ordering::Equal,
        };
        keys.then_with(|| other.contact.cmp(&self.contact))
    }
}

/// What an order goes by, the highest first. What is not known comes last.
fn key(sort: BoardSort) -> &'static str {
    match sort {
        BoardSort::Chance => "COALESCE(l.margin, -1000000.0)",
        BoardSort::Arrived => "l.arrived_at",
        BoardSort::Active => "COALESCE(l.last_activity_at, 0)",
        BoardSort::Cold => "COALESCE(l.cold_probability, -1.0)",
    }
}

/// Whether an order goes by an instant, else by a number.
pub(crate) fn by_instant(sort: BoardSort) -> bool {
    matches!(sort, BoardSort::Arrived | BoardSort::Active)
}

fn within(mut query: Query, sight: Sight, conditions: &Conditions) -> Query {
    query = query.push(" FROM lead l JOIN contact c ON c.id = l.contact WHERE 1 = 1");
    if let Sight::AssignedTo(user) = sight {
        query = query.push(" AND c.assignee = ?").bind(user);
    }
    if !conditions.closed {
        query = query.push(" AND l.closed_at IS NULL");
    }
    if let Some(band) = conditions.band {
        query = query.push(" AND l.band = ?").bind(band.id());
    }
    match conditions.assignee {
        None => {}
        Some(None) => query = query.push(" AND c.assignee IS NULL"),
        Some(Some(user)) => query = query.push(" AND c.assignee = ?").bind(user),
    }
    if let Some(source) = conditions.source {
        query = query.push(" AND l.source = ?").bind(source.id());
    }
    if let Some(least) = conditions.effective_min {
        query = query.push(" AND l.effective >= ?").bind(least);
    }
    if let Some(pipeline) = &conditions.pipeline {
        query = query.push(" AND c.pipeline = ?").bind(pipeline);
    }
    if let Some(stage) = &conditions.stage {
        query = query.push(" AND c.stage = ?").bind(stage);
    }
    if let Some(among) = &conditions.among {
        query = query.push(" AND l.contact IN (").bind_all(among.iter().copied()).push(")");
    }
    query
}

/// How many meet the conditions.
pub(crate) async fn count(db: &Db, sight: Sight, conditions: &Conditions) -> Result<u64, StoreError> {
    let query = within(Query::new("SELECT COUNT(*) AS leads"), sight, conditions);
    db.one(query).await?.count("leads")
}

/// Those that meet the conditions, in their order, after a place in it, all of them without a limit. Only where they stand:
/// rows are wide.
pub(crate) async fn spots(
    db: &Db,
    sight: Sight,
    conditions: &Conditions,
    sort: BoardSort,
    after: Option<Spot>,
    limit: Option<usize>,
) -> Result<Vec<Spot>, StoreError> {
    let query = Query::new("SELECT l.contact, ").push(key(sort)).push(" AS spot");
    let mut query = within(query, sight, conditions);
    if let Some(after) = after {
        query = query.push(" AND (").push(key(sort)).push(" < ?").bind(after.key.clone());
        query = query.push(" OR (").push(key(sort)).push(" = ?").bind(after.key);
        query = query.push(" AND l.contact < ?))").bind(after.contact);
    }
    let query = query.push(" ORDER BY ").push(key(sort)).push(" DESC, l.contact DESC");
    let query = match limit {
        Some(limit) => query.push(" LIMIT ?").bind(limit),
        None => query,
    };
    db.list(query, |row| {
        let key = if by_instant(sort) { row.int("spot")?.into() } else { row.real("spot")?.into() };
        Ok(Spot { key, contact: row.parse("contact")? })
    })
    .await
}

/// A lead's row.
pub(crate) struct StoredLead {
    pub contact: PersonId,
    pub arrived_at: Timestamp,
    pub source: Option<LeadSource>,
    pub closed_at: Option<Timestamp>,
    pub stale: bool,
    pub first_action_at: Option<Timestamp>,
    pub last_activity_at: Option<Timestamp>,
    pub scored_at: Option<Timestamp>,
    pub effective: Option<f64>,
    pub margin: Option<f64>,
    pub band: Option<Band>,
    pub cold_probability: Option<f64>,
    pub detail: Option<Vec<u8>>,
}

fn stored(row: &Row) -> Result<StoredLead, StoreError> {
    let source = row.text_or_null("source")?.map(|word| word.parse()).transpose();
    Ok(StoredLead {
        contact: row.parse("contact")?,
        arrived_at: row.timestamp("arrived_at")?,
        source: source.map_err(|error: LeadSourceError| StoreError::column("source", error))?,
        closed_at: row.timestamp_or_null("closed_at")?,
        stale: row.timestamp_or_null("stale_at")?.is_some(),
        first_action_at: row.timestamp_or_null("first_action_at")?,
        last_activity_at: row.timestamp_or_null("last_activity_at")?,
        scored_at: row.timestamp_or_null("scored_at")?,
        effective: row.real_or_null("effective")?,
        margin: row.real_or_null("margin")?,
        band: ranking::band(row)?,
        cold_probability: row.real_or_null("cold_probability")?,
        detail: row.bytes_or_null("detail_sealed")?,
    })
}

/// These leads, in no order.
pub(crate) async fn leads(db: &Db, contacts: &[PersonId]) -> Result<Vec<StoredLead>, StoreError> {
    let query = Query::new(
        "SELECT contact, arrived_at, source, closed_at, stale_at, first_action_at, last_activity_at, scored_at, \
         effective, margin, band, cold_probability, detail_sealed FROM lead WHERE contact IN (",
    );
    db.list(query.bind_all(contacts.iter().copied()).push(")"), stored).await
}
