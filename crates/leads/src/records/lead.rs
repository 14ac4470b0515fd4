use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Db, Kind, Migration, Query, Row, StoreError, Tx, Value,
    schema::{ColumnRule, TableRule},
};

use super::{Part, score, timeline};

/// Leads with their timelines and scores.
pub(crate) const PART: Part = Part {
    migrations: &[Migration {
        version: 1,
        name: "leads",
        sql: include_str!("../../migrations/market/0001_leads.sql"),
    }],
    tables: &[LEAD, timeline::ENTRY, score::SCORE, score::OVERRIDE],
    erased: &[
        ("lead_override", "DELETE FROM lead_override WHERE contact = ?"),
        ("lead_score", "DELETE FROM lead_score WHERE contact = ?"),
        ("lead_entry", "DELETE FROM lead_entry WHERE contact = ?"),
        ("lead", "DELETE FROM lead WHERE contact = ?"),
    ],
};

const LEAD: TableRule = TableRule {
    name: "lead",
    key: &["contact"],
    columns: &[
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("revision", Kind::Int),
        ColumnRule::plain("is_whole", Kind::Bool),
        ColumnRule::plain("assignee", Kind::Text),
        ColumnRule::plain("arrived_at", Kind::Int),
        ColumnRule::plain("source", Kind::Text),
        ColumnRule::plain("closed_at", Kind::Int),
        ColumnRule::plain("gone_at", Kind::Int),
        ColumnRule::plain("stale_at", Kind::Int),
        ColumnRule::plain("rescore_at", Kind::Int),
        ColumnRule::plain("first_action_at", Kind::Int),
        ColumnRule::plain("last_activity_at", Kind::Int),
        ColumnRule::plain("scored_at", Kind::Int),
        ColumnRule::plain("probability", Kind::Real),
        ColumnRule::plain("lower", Kind::Real),
        ColumnRule::plain("upper", Kind::Real),
        ColumnRule::plain("effective", Kind::Real),
        ColumnRule::plain("margin", Kind::Real),
        ColumnRule::plain("band", Kind::Text),
        ColumnRule::plain("basis", Kind::Text),
        ColumnRule::plain("model", Kind::Text),
        ColumnRule::plain("features", Kind::Text),
        ColumnRule::plain("cold_probability", Kind::Real),
        ColumnRule::sealed("detail_sealed", Some("contact"), "contact"),
    ],
};

/// A lead before anything is known of it.
pub(crate) struct NewLead {
    pub contact: PersonId,
    /// Whether everything that was kept of the contact before is told of it.
    pub is_whole: bool,
    pub assignee: Option<Ulid>,
    pub arrived_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub stale_at: Option<Timestamp>,
}

impl NewLead {
    /// One that is open, and to be scored.
    pub(crate) fn open(contact: PersonId, at: Timestamp) -> Self {
        Self { contact, is_whole: true, assignee: None, arrived_at: at, closed_at: None, stale_at: Some(at) }
    }

    /// One that is won or lost since `closed_at`.
    pub(crate) fn closed(contact: PersonId, arrived_at: Timestamp, closed_at: Timestamp) -> Self {
        Self { arrived_at, closed_at: Some(closed_at), stale_at: None, ..Self::open(contact, arrived_at) }
    }
}

/// Adds leads that are not there yet.
pub(crate) async fn add(tx: &mut Tx, leads: Vec<NewLead>) -> Result<(), StoreError> {
    let rows: Vec<[Value; 7]> = leads
        .into_iter()
        .map(|lead| {
            [
                lead.contact.into(),
                Value::Int(1),
                lead.is_whole.into(),
                lead.assignee.into(),
                lead.arrived_at.into(),
                lead.closed_at.into(),
                lead.stale_at.into(),
            ]
        })
        .collect();
    let insert =
        "INSERT INTO lead (contact, revision, is_whole, assignee, arrived_at, closed_at, stale_at) VALUES";
    tx.insert_all_returning(insert, rows, "ON CONFLICT (contact) DO NOTHING RETURNING contact")
        .await
        .map(|_| ())
}

/// Notes that there are news of a lead; whether there is one.
pub(crate) async fn news(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead SET revision = revision + 1, \
         stale_at = CASE WHEN closed_at IS NULL THEN COALESCE(stale_at, ?) ELSE NULL END WHERE contact = ?",
    );
    Ok(tx.execute(update.bind(at).bind(contact)).await? > 0)
}

/// Notes who looks after a lead.
pub(crate) async fn assign(tx: &mut Tx, contact: PersonId, to: Option<Ulid>) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead SET assignee = ? WHERE contact = ?");
    tx.execute(update.bind(to).bind(contact)).await.map(|_| ())
}

/// Takes a lead that came to an end out of the ranking.
pub(crate) async fn close(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE lead SET revision = revision + 1, closed_at = ?, stale_at = NULL, rescore_at = NULL, band = NULL \
         WHERE contact = ? AND closed_at IS NULL",
    );
    tx.execute(update.bind(at).bind(contact)).await.map(|_| ())
}

/// Brings a lead back that had come to an end, also one whose contact was gone: somebody goes on with it.
pub(crate) async fn reopen(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE lead SET revision = revision + 1, closed_at = NULL, gone_at = NULL, stale_at = ? \
         WHERE contact = ? AND closed_at IS NOT NULL",
    );
    tx.execute(update.bind(at).bind(contact)).await.map(|_| ())
}

/// Takes a lead out of the ranking whose contact is gone; whether it was not gone before.
pub(crate) async fn leave(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead SET revision = revision + 1, gone_at = ?, closed_at = COALESCE(closed_at, ?), stale_at = NULL, \
         rescore_at = NULL, band = NULL WHERE contact = ? AND gone_at IS NULL",
    );
    Ok(tx.execute(update.bind(at).bind(at).bind(contact)).await? > 0)
}

/// Whether the contact of a lead is gone.
pub(crate) async fn is_gone(db: &Db, contact: PersonId) -> Result<bool, StoreError> {
    let query = Query::new("SELECT 1 AS gone FROM lead WHERE contact = ? AND gone_at IS NOT NULL");
    Ok(db.optional(query.bind(contact)).await?.is_some())
}

/// The contact of a lead is there again: it is open, unless its contact is in one of the stages `ended`. Whether it was gone.
pub(crate) async fn come_back(
    tx: &mut Tx,
    contact: PersonId,
    ended: &[(String, String)],
    at: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead SET revision = revision + 1, gone_at = NULL, stale_at = ?, closed_at = NULL \
         WHERE contact = ? AND gone_at IS NOT NULL AND NOT ",
    );
    if tx.execute(within(update.bind(at).bind(contact), ended)).await? > 0 {
        return Ok(true);
    }
    let update = Query::new("UPDATE lead SET gone_at = NULL WHERE contact = ? AND gone_at IS NOT NULL");
    Ok(tx.execute(update.bind(contact)).await? > 0)
}

/// Leads whose contacts are in one of the stages `ended`, given by pipeline and stage.
fn within(mut query: Query, ended: &[(String, String)]) -> Query {
    query = query.push("EXISTS (SELECT 1 FROM contact c WHERE c.id = lead.contact AND (1 = 0");
    for (pipeline, stage) in ended {
        query = query.push(" OR (c.pipeline = ? AND c.stage = ?)").bind(pipeline).bind(stage);
    }
    query.push("))")
}

/// Takes leads out of the ranking whose contacts are in one of the stages `ended`, given by pipeline and stage, and brings
/// those back that had come to an end, are in none of them and not gone; how many of either.
pub(crate) async fn follow_stages(
    tx: &mut Tx,
    ended: &[(String, String)],
    at: Timestamp,
) -> Result<(u64, u64), StoreError> {
    let close = Query::new(
        "UPDATE lead SET revision = revision + 1, closed_at = ?, stale_at = NULL, rescore_at = NULL, band = NULL \
         WHERE closed_at IS NULL AND ",
    );
    let closed = tx.execute(within(close.bind(at), ended)).await?;
    let reopen = Query::new(
        "UPDATE lead SET revision = revision + 1, closed_at = NULL, stale_at = ? \
         WHERE closed_at IS NOT NULL AND gone_at IS NULL AND NOT ",
    );
    Ok((closed, tx.execute(within(reopen.bind(at), ended)).await?))
}

/// A lead that is to be scored, with what was said of it last.
pub(crate) struct Due {
    pub contact: PersonId,
    pub revision: i64,
    pub news: bool,
    pub scored_at: Option<Timestamp>,
    pub probability: Option<f64>,
    pub basis: Option<String>,
    pub model: Option<String>,
}

const DUE: &str = "SELECT contact, revision, stale_at, scored_at, probability, basis, model FROM lead";

/// Those of which there are news, the oldest news first, then those whose score has grown old.
pub(crate) async fn due(db: &Db, now: Timestamp, limit: usize) -> Result<Vec<Due>, StoreError> {
    let due = |row: &Row| {
        Ok(Due {
            contact: row.parse("contact")?,
            revision: row.int("revision")?,
            news: row.timestamp_or_null("stale_at")?.is_some(),
            scored_at: row.timestamp_or_null("scored_at")?,
            probability: row.real_or_null("probability")?,
            basis: row.text_or_null("basis")?,
            model: row.text_or_null("model")?,
        })
    };
    let stale = Query::new(DUE).push(" WHERE stale_at IS NOT NULL ORDER BY stale_at, contact LIMIT ?");
    let mut found = db.list(stale.bind(limit), due).await?;
    if found.len() < limit {
        let old = Query::new(DUE)
            .push(" WHERE rescore_at <= ? AND stale_at IS NULL ORDER BY rescore_at, contact LIMIT ?");
        found.extend(db.list(old.bind(now).bind(limit - found.len()), due).await?);
    }
    Ok(found)
}

/// When the next score grows old.
pub(crate) async fn next_rescore(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    let query = Query::new("SELECT MIN(rescore_at) AS next FROM lead WHERE rescore_at IS NOT NULL");
    db.one(query).await?.timestamp_or_null("next")
}

/// Lets a lead rest that cannot be scored: its person's key is gone.
pub(crate) async fn rest(tx: &mut Tx, contact: PersonId) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead SET stale_at = NULL, rescore_at = NULL WHERE contact = ?");
    tx.execute(update.bind(contact)).await.map(|_| ())
}

/// What a score leaves in a lead's row.
pub(crate) struct Scored {
    pub contact: PersonId,
    /// What was read: news that came since keep the lead due.
    pub revision: i64,
    /// When it had been scored last: who was scored by another meanwhile is left to that.
    pub scored_before: Option<Timestamp>,
    pub at: Timestamp,
    pub rescore_at: Timestamp,
    pub arrived_at: Option<Timestamp>,
    pub source: Option<&'static str>,
    pub first_action_at: Option<Timestamp>,
    pub last_activity_at: Option<Timestamp>,
    pub probability: f64,
    pub lower: f64,
    pub upper: f64,
    pub effective: f64,
    pub margin: f64,
    pub basis: &'static str,
    pub model: String,
    pub features: String,
    pub cold_probability: Option<f64>,
    pub detail: Vec<u8>,
}

/// Writes a score over the one before; whether the lead is there, open, and was not scored by another since it was read:
/// two at once would leave two rows in the ledger, and the slower one, which knows less, would have the last word.
pub(crate) async fn scored(tx: &mut Tx, scored: Scored) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead SET stale_at = CASE WHEN revision = ? THEN NULL ELSE stale_at END, rescore_at = ?, \
         arrived_at = COALESCE(?, arrived_at), source = ?, first_action_at = ?, last_activity_at = ?, \
         scored_at = ?, probability = ?, lower = ?, upper = ?, effective = ?, margin = ?, basis = ?, model = ?, \
         features = ?, cold_probability = ?, detail_sealed = ? WHERE contact = ? AND closed_at IS NULL \
         AND (revision = ? OR stale_at IS NOT NULL)",
    )
    .bind(scored.revision)
    .bind(scored.rescore_at)
    .bind(scored.arrived_at)
    .bind(scored.source.map(str::to_owned))
    .bind(scored.first_action_at)
    .bind(scored.last_activity_at)
    .bind(scored.at)
    .bind(scored.probability)
    .bind(scored.lower)
    .bind(scored.upper)
    .bind(scored.effective)
    .bind(scored.margin)
    .bind(scored.basis)
    .bind(scored.model)
    .bind(scored.features)
    .bind(scored.cold_probability)
    .bind(scored.detail)
    .bind(scored.contact)
    .bind(scored.revision);
    let update = match scored.scored_before {
        Some(before) => update.push(" AND scored_at = ?").bind(before),
        None => update.push(" AND scored_at IS NULL"),
    };
    Ok(tx.execute(update).await? > 0)
}

/// Holds a lead's row until the end of the transaction: a score that is being kept ends first, and none begins.
pub(crate) async fn lock(tx: &mut Tx, contact: PersonId) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead SET revision = revision + 1 WHERE contact = ?").bind(contact);
    tx.execute(update).await.map(|_| ())
}

/// Lets another chance count than before, until the next score.
pub(crate) async fn count_as(
    tx: &mut Tx,
    contact: PersonId,
    effective: f64,
    margin: f64,
) -> Result<(), StoreError> {
    let update =
        Query::new("UPDATE lead SET effective = ?, margin = ? WHERE contact = ? AND scored_at IS NOT NULL");
    tx.execute(update.bind(effective).bind(margin).bind(contact)).await.map(|_| ())
}

/// Contacts that have no lead, or one that is not whole, ascending.
pub(crate) async fn without(db: &Db, limit: usize) -> Result<Vec<PersonId>, StoreError> {
    let query = Query::new(
        "SELECT c.id FROM contact c WHERE NOT EXISTS \
         (SELECT 1 FROM lead l WHERE l.contact = c.id AND l.is_whole = ?) ORDER BY c.id LIMIT ?",
    );
    db.list(query.bind(true).bind(limit), |row| row.parse("id")).await
}

/// Notes that everything that was kept of these contacts is told.
pub(crate) async fn whole(tx: &mut Tx, contacts: &[PersonId]) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead SET is_whole = ? WHERE contact IN (").bind(true);
    tx.execute(update.bind_all(contacts.iter().copied()).push(")")).await.map(|_| ())
}

/// The computed chance of a lead.
pub(crate) async fn probability(db: &Db, contact: PersonId) -> Result<Option<f64>, StoreError> {
    let query = Query::new("SELECT probability FROM lead WHERE contact = ?").bind(contact);
    let row = db.optional(query).await?;
    row.map_or(Ok(None), |row| row.real_or_null("probability"))
}

/// The sealed score of a lead.
pub(crate) struct Detail {
    pub contact: PersonId,
    pub margin: f64,
    pub detail: Vec<u8>,
}

/// The sealed scores of those of these leads that have one.
pub(crate) async fn details(tx: &mut Tx, contacts: &[PersonId]) -> Result<Vec<Detail>, StoreError> {
    let query = Query::new(
        "SELECT contact, margin, detail_sealed FROM lead WHERE margin IS NOT NULL AND detail_sealed IS NOT NULL \
         AND contact IN (",
    );
    tx.list(query.bind_all(contacts.iter().copied()).push(")"), |row| {
        Ok(Detail {
            contact: row.parse("contact")?,
            margin: row.real("margin")?,
            detail: row.bytes("detail_sealed")?,
        })
    })
    .await
}
