use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Db, Kind, Query, Row, Session, StoreError, Tx, Value,
    schema::{ColumnRule, TableRule},
};

use super::ranking;
use crate::band::Band;

/// Scores of the past.
pub(super) const SCORE: TableRule = TableRule {
    name: "lead_score",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("at", Kind::Int),
        ColumnRule::plain("probability", Kind::Real),
        ColumnRule::plain("lower", Kind::Real),
        ColumnRule::plain("upper", Kind::Real),
        ColumnRule::plain("band", Kind::Text),
        ColumnRule::plain("basis", Kind::Text),
        ColumnRule::plain("model", Kind::Text),
        ColumnRule::plain("features", Kind::Text),
        ColumnRule::sealed("detail_sealed", Some("contact"), "id"),
    ],
};

/// What persons say.
pub(super) const OVERRIDE: TableRule = TableRule {
    name: "lead_override",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("since", Kind::Int),
        ColumnRule::plain("until", Kind::Int),
        ColumnRule::plain("withdrawn_at", Kind::Int),
        ColumnRule::plain("probability", Kind::Real),
        ColumnRule::plain("who", Kind::Text),
        ColumnRule::sealed("reason_sealed", Some("contact"), "id"),
    ],
};

/// A row of `lead_score`.
pub(crate) struct StoredScore {
    pub id: Ulid,
    pub contact: PersonId,
    pub at: Timestamp,
    pub probability: f64,
    pub lower: f64,
    pub upper: f64,
    pub band: Band,
    pub basis: String,
    pub model: String,
    pub features: String,
    pub detail: Vec<u8>,
}

pub(crate) async fn add(tx: &mut Tx, scores: Vec<StoredScore>) -> Result<(), StoreError> {
    let rows: Vec<[Value; 11]> = scores
        .into_iter()
        .map(|score| {
            [
                score.id.into(),
                score.contact.into(),
                score.at.into(),
                score.probability.into(),
                score.lower.into(),
                score.upper.into(),
                score.band.id().into(),
                score.basis.into(),
                score.model.into(),
                score.features.into(),
                score.detail.into(),
            ]
        })
        .collect();
    let insert = "INSERT INTO lead_score (id, contact, at, probability, lower, upper, band, basis, model, features, \
                  detail_sealed) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// The latest first.
pub(crate) async fn of(db: &Db, contact: PersonId, limit: usize) -> Result<Vec<StoredScore>, StoreError> {
    let query = Query::new(
        "SELECT id, contact, at, probability, lower, upper, band, basis, model, features, detail_sealed \
         FROM lead_score WHERE contact = ? ORDER BY at DESC, id DESC LIMIT ?",
    );
    db.list(query.bind(contact).bind(limit), |row| {
        Ok(StoredScore {
            id: row.parse("id")?,
            contact: row.parse("contact")?,
            at: row.timestamp("at")?,
            probability: row.real("probability")?,
            lower: row.real("lower")?,
            upper: row.real("upper")?,
            band: ranking::band(row)?.unwrap_or(Band::Cold),
            basis: row.text("basis")?,
            model: row.text("model")?,
            features: row.text("features")?,
            detail: row.bytes("detail_sealed")?,
        })
    })
    .await
}

/// A row of `lead_override`.
pub(crate) struct StoredOverride {
    pub id: Ulid,
    pub contact: PersonId,
    pub since: Timestamp,
    pub until: Timestamp,
    pub withdrawn_at: Option<Timestamp>,
    pub probability: f64,
    pub who: String,
    pub reason: Vec<u8>,
}

const SAID: &str =
    "SELECT id, contact, since, until, withdrawn_at, probability, who, reason_sealed FROM lead_override";

fn said(row: &Row) -> Result<StoredOverride, StoreError> {
    Ok(StoredOverride {
        id: row.parse("id")?,
        contact: row.parse("contact")?,
        since: row.timestamp("since")?,
        until: row.timestamp("until")?,
        withdrawn_at: row.timestamp_or_null("withdrawn_at")?,
        probability: row.real("probability")?,
        who: row.text("who")?,
        reason: row.bytes("reason_sealed")?,
    })
}

pub(crate) async fn add_override(tx: &mut Tx, said: StoredOverride) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_override (id, contact, since, until, withdrawn_at, probability, who, reason_sealed) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(said.id)
    .bind(said.contact)
    .bind(said.since)
    .bind(said.until)
    .bind(said.withdrawn_at)
    .bind(said.probability)
    .bind(said.who)
    .bind(said.reason);
    tx.execute(insert).await.map(|_| ())
}

/// Takes back what is in force of a lead; how many there were.
pub(crate) async fn withdraw(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<u64, StoreError> {
    let update = Query::new(
        "UPDATE lead_override SET withdrawn_at = ? WHERE contact = ? AND until > ? AND withdrawn_at IS NULL",
    );
    tx.execute(update.bind(at).bind(contact).bind(at)).await
}

/// What is said of these leads and neither taken back nor over at `now`.
pub(crate) async fn in_force(
    on: impl Into<Session<'_>>,
    contacts: &[PersonId],
    now: Timestamp,
) -> Result<Vec<StoredOverride>, StoreError> {
    let query = Query::new(SAID)
        .push(" WHERE until > ? AND withdrawn_at IS NULL AND contact IN (")
        .bind(now)
        .bind_all(contacts.iter().copied())
        .push(") ORDER BY id");
    on.into().list(query, said).await
}

/// Everything that was said of a lead, the latest first.
pub(crate) async fn overrides(db: &Db, contact: PersonId) -> Result<Vec<StoredOverride>, StoreError> {
    let query = Query::new(SAID).push(" WHERE contact = ? ORDER BY since DESC, id DESC").bind(contact);
    db.list(query, said).await
}
