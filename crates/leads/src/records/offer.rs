//! Offers: which lead went to whom, when, why, and what came of it.

use std::collections::HashMap;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Kind, Query, Row, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

/// Offers.
pub(super) const OFFER: TableRule = TableRule {
    name: "lead_offer",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("agent", Kind::Text),
        ColumnRule::plain("rule", Kind::Text),
        ColumnRule::plain("arrived_at", Kind::Int),
        ColumnRule::plain("decided_at", Kind::Int),
        ColumnRule::plain("begins_at", Kind::Int),
        ColumnRule::plain("due_at", Kind::Int),
        ColumnRule::plain("next_at", Kind::Int),
        ColumnRule::plain("steps", Kind::Int),
        ColumnRule::plain("acted_at", Kind::Int),
        ColumnRule::plain("ended_at", Kind::Int),
        ColumnRule::plain("ended", Kind::Text),
        ColumnRule::plain("shares", Kind::Text),
        ColumnRule::sealed("document_sealed", Some("contact"), "id"),
    ],
};

/// A row of `lead_offer`.
#[derive(Clone, Debug)]
pub(crate) struct StoredOffer {
    pub id: Ulid,
    pub contact: PersonId,
    pub agent: Option<Ulid>,
    pub rule: Option<String>,
    pub arrived_at: Option<Timestamp>,
    pub decided_at: Timestamp,
    pub begins_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
    pub steps: u32,
    pub acted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub ended: Option<String>,
    pub shares: String,
    pub document: Vec<u8>,
}

const COLUMNS: &str = "SELECT id, contact, agent, rule, arrived_at, decided_at, begins_at, due_at, next_at, steps, \
                       acted_at, ended_at, ended, shares, document_sealed FROM lead_offer";

fn read(row: &Row) -> Result<StoredOffer, StoreError> {
    Ok(StoredOffer {
        id: row.parse("id")?,
        contact: row.parse("contact")?,
        agent: row.parse_or_null("agent")?,
        rule: row.text_or_null("rule")?,
        arrived_at: row.timestamp_or_null("arrived_at")?,
        decided_at: row.timestamp("decided_at")?,
        begins_at: row.timestamp_or_null("begins_at")?,
        due_at: row.timestamp_or_null("due_at")?,
        next_at: row.timestamp_or_null("next_at")?,
        steps: row.count("steps")?,
        acted_at: row.timestamp_or_null("acted_at")?,
        ended_at: row.timestamp_or_null("ended_at")?,
        ended: row.text_or_null("ended")?,
        shares: row.text("shares")?,
        document: row.bytes("document_sealed")?,
    })
}

/// An open lead, as far as an offer needs it.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub arrived_at: Timestamp,
    pub source: Option<String>,
    pub assignee: Option<Ulid>,
}

/// Open leads that were scored, have nobody and were not offered; the best first.
pub(crate) async fn unoffered(on: impl Into<Session<'_>>, limit: usize) -> Result<Vec<PersonId>, StoreError> {
    let query = Query::new(
        "SELECT l.contact AS contact FROM lead l JOIN contact c ON c.id = l.contact \
         WHERE l.closed_at IS NULL AND c.assignee IS NULL AND l.scored_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM lead_offer o WHERE o.contact = l.contact AND o.ended_at IS NULL) \
         ORDER BY COALESCE(l.effective, l.probability) DESC, l.contact LIMIT ?",
    );
    on.into().list(query.bind(limit), |row| row.parse("contact")).await
}

/// The lead, when it is open.
pub(crate) async fn open(tx: &mut Tx, contact: PersonId) -> Result<Option<Open>, StoreError> {
    let query = Query::new(
        "SELECT l.arrived_at AS arrived_at, l.source AS source, c.assignee AS assignee \
         FROM lead l JOIN contact c ON c.id = l.contact WHERE l.contact = ? AND l.closed_at IS NULL",
    );
    let row = tx.optional(query.bind(contact)).await?;
    row.map(|row| {
        Ok(Open {
            arrived_at: row.timestamp("arrived_at")?,
            source: row.text_or_null("source")?,
            assignee: row.parse_or_null("assignee")?,
        })
    })
    .transpose()
}

/// Offers that are to be looked at again, the earliest first.
pub(crate) async fn due(
    on: impl Into<Session<'_>>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<StoredOffer>, StoreError> {
    let query = Query::new(COLUMNS)
        .push(" WHERE next_at <= ? AND ended_at IS NULL AND acted_at IS NULL ORDER BY next_at, id LIMIT ?");
    on.into().list(query.bind(now).bind(limit), read).await
}

/// When the next one is to be looked at again.
pub(crate) async fn next_due(on: impl Into<Session<'_>>) -> Result<Option<Timestamp>, StoreError> {
    let query = Query::new(
        "SELECT MIN(next_at) AS next_at FROM lead_offer WHERE ended_at IS NULL AND acted_at IS NULL \
         AND next_at IS NOT NULL",
    );
    on.into().one(query).await?.timestamp_or_null("next_at")
}

/// The offer of a lead that has not ended.
pub(crate) async fn current(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Option<StoredOffer>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE contact = ? AND ended_at IS NULL").bind(contact);
    on.into().optional(query).await?.as_ref().map(read).transpose()
}

/// Open offers of an agent that nobody acted on, the earliest first.
pub(crate) async fn unacted_of(
    on: impl Into<Session<'_>>,
    agent: Ulid,
    limit: usize,
) -> Result<Vec<StoredOffer>, StoreError> {
    let query = Query::new(COLUMNS)
        .push(" WHERE agent = ? AND acted_at IS NULL AND ended_at IS NULL ORDER BY decided_at, id LIMIT ?");
    on.into().list(query.bind(agent).bind(limit), read).await
}

/// Every offer of a lead, the newest first.
pub(crate) async fn of(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    limit: usize,
) -> Result<Vec<StoredOffer>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE contact = ? ORDER BY id DESC LIMIT ?");
    on.into().list(query.bind(contact).bind(limit), read).await
}

/// Offers decided from `since` on, the earliest first.
pub(crate) async fn since(
    on: impl Into<Session<'_>>,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<StoredOffer>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE decided_at >= ? ORDER BY decided_at, id LIMIT ?");
    on.into().list(query.bind(since).bind(limit), read).await
}

/// How an offer stands: at most one of these is true of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// Somebody has it, and has not spoken to the person.
    Open,
    /// Nobody could take it, and it waits.
    Untaken,
    /// Somebody spoke to the person.
    Acted,
    /// It ended before anybody did.
    Lost,
}

/// Which offers are asked for; every condition that is there must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub agent: Option<Ulid>,
    pub stands: Option<Stands>,
    /// Of those that are open or were acted on: past their time at this instant.
    pub late_at: Option<Timestamp>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Ulid>,
}

fn conditioned(mut query: Query, conditions: &Conditions) -> Query {
    query = query.push(" WHERE 1 = 1");
    if let Some(agent) = conditions.agent {
        query = query.push(" AND agent = ?").bind(agent);
    }
    match conditions.stands {
        Some(Stands::Open) => {
            query = query.push(" AND agent IS NOT NULL AND acted_at IS NULL AND ended_at IS NULL");
        }
        Some(Stands::Untaken) => query = query.push(" AND agent IS NULL AND ended_at IS NULL"),
        Some(Stands::Acted) => query = query.push(" AND acted_at IS NOT NULL"),
        Some(Stands::Lost) => query = query.push(" AND acted_at IS NULL AND ended_at IS NOT NULL"),
        None => {}
    }
    if let Some(late_at) = conditions.late_at {
        query = query.push(" AND due_at < COALESCE(acted_at, ended_at, ?)").bind(late_at);
    }
    if let Some(from) = conditions.from {
        query = query.push(" AND decided_at >= ?").bind(from);
    }
    if let Some(to) = conditions.to {
        query = query.push(" AND decided_at < ?").bind(to);
    }
    query
}

/// Offers of all leads, the newest first.
pub(crate) async fn page(
    on: impl Into<Session<'_>>,
    conditions: &Conditions,
    limit: usize,
) -> Result<Vec<StoredOffer>, StoreError> {
    let mut query = conditioned(Query::new(COLUMNS), conditions);
    if let Some(after) = conditions.after {
        query = query.push(" AND id < ?").bind(after);
    }
    on.into().list(query.push(" ORDER BY id DESC LIMIT ?").bind(limit), read).await
}

/// How many offers meet the conditions; where a page begins plays no part.
pub(crate) async fn count(on: impl Into<Session<'_>>, conditions: &Conditions) -> Result<u64, StoreError> {
    let query = conditioned(Query::new("SELECT COUNT(*) AS offers FROM lead_offer"), conditions);
    on.into().one(query).await?.count("offers")
}

pub(crate) async fn add(tx: &mut Tx, offer: StoredOffer) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_offer (id, contact, agent, rule, arrived_at, decided_at, begins_at, due_at, next_at, \
         steps, acted_at, ended_at, ended, shares, document_sealed) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(offer.id).bind(offer.contact).bind(offer.agent).bind(offer.rule);
    let insert = insert.bind(offer.arrived_at).bind(offer.decided_at).bind(offer.begins_at);
    let insert = insert.bind(offer.due_at).bind(offer.next_at).bind(offer.steps).bind(offer.acted_at);
    let insert = insert.bind(offer.ended_at).bind(offer.ended).bind(offer.shares).bind(offer.document);
    tx.execute(insert).await.map(|_| ())
}

/// Ends an offer that has not ended; whether it did.
pub(crate) async fn end(tx: &mut Tx, id: Ulid, why: &'static str, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead_offer SET ended_at = ?, ended = ?, next_at = NULL WHERE id = ? AND ended_at IS NULL",
    );
    Ok(tx.execute(update.bind(at).bind(why).bind(id)).await? > 0)
}

/// Ends the offer of a lead, if there is one.
pub(crate) async fn end_of(
    tx: &mut Tx,
    contact: PersonId,
    why: &'static str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead_offer SET ended_at = ?, ended = ?, next_at = NULL WHERE contact = ? AND ended_at IS NULL",
    );
    Ok(tx.execute(update.bind(at).bind(why).bind(contact)).await? > 0)
}

/// Ends the offers of leads that were won or lost; how many.
pub(crate) async fn end_of_closed(tx: &mut Tx, at: Timestamp) -> Result<u64, StoreError> {
    let update = Query::new(
        "UPDATE lead_offer SET ended_at = ?, ended = 'closed', next_at = NULL WHERE ended_at IS NULL \
         AND contact IN (SELECT contact FROM lead WHERE closed_at IS NOT NULL)",
    );
    tx.execute(update.bind(at)).await
}

/// Stops the clock of a lead's offer: somebody spoke to the person after it was made.
pub(crate) async fn act(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead_offer SET acted_at = ?, next_at = NULL WHERE contact = ? AND agent IS NOT NULL \
         AND ended_at IS NULL AND decided_at <= ? AND (acted_at IS NULL OR acted_at > ?)",
    );
    Ok(tx.execute(update.bind(at).bind(contact).bind(at).bind(at)).await? > 0)
}

/// Steps that were taken, and when to look again.
pub(crate) async fn step(
    tx: &mut Tx,
    id: Ulid,
    steps: u32,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead_offer SET steps = ?, next_at = ? WHERE id = ? AND ended_at IS NULL");
    tx.execute(update.bind(steps).bind(next).bind(id)).await.map(|_| ())
}

/// Looks again at once for leads that nobody could take: somebody may be able to now.
pub(crate) async fn retry_untaken(tx: &mut Tx, at: Timestamp) -> Result<u64, StoreError> {
    let update = Query::new("UPDATE lead_offer SET next_at = ? WHERE agent IS NULL AND ended_at IS NULL");
    tx.execute(update.bind(at)).await
}

/// Who had this lead.
pub(crate) async fn had_it(on: impl Into<Session<'_>>, contact: PersonId) -> Result<Vec<String>, StoreError> {
    let query = Query::new(
        "SELECT DISTINCT agent FROM lead_offer WHERE contact = ? AND agent IS NOT NULL ORDER BY agent",
    );
    on.into().list(query.bind(contact), |row| row.text("agent")).await
}

/// Open leads of each agent.
pub(crate) async fn open_by_agent(on: impl Into<Session<'_>>) -> Result<HashMap<String, u32>, StoreError> {
    let query = Query::new(
        "SELECT c.assignee AS assignee, COUNT(*) AS leads FROM lead l JOIN contact c ON c.id = l.contact \
         WHERE l.closed_at IS NULL AND c.assignee IS NOT NULL GROUP BY c.assignee",
    );
    let rows = on.into().list(query, |row| Ok((row.text("assignee")?, row.count("leads")?))).await?;
    Ok(rows.into_iter().collect())
}

/// Leads that each agent was offered since the beginning of the day.
pub(crate) async fn offered_since(
    on: impl Into<Session<'_>>,
    since: Timestamp,
) -> Result<HashMap<String, u32>, StoreError> {
    let query = Query::new(
        "SELECT agent, COUNT(*) AS leads FROM lead_offer WHERE decided_at >= ? AND agent IS NOT NULL \
         GROUP BY agent",
    );
    let rows = on.into().list(query.bind(since), |row| Ok((row.text("agent")?, row.count("leads")?))).await?;
    Ok(rows.into_iter().collect())
}
