//! The ledger of predictions: one row per rule or model that said something of a lead.

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Query, Row, Session, StoreError, Tx, Value};

use crate::{
    learning::{BookRow, ContestRow, Kind},
    timeline::LeadSource,
};

/// What became of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It came about, then.
    Reached(Timestamp),
    /// It did not.
    Missed,
    /// There was nothing to foresee: it counts for nothing.
    Unasked,
}

/// A prediction to be written.
pub(crate) struct NewPrediction {
    pub id: Ulid,
    pub contact: PersonId,
    pub kind: Kind,
    pub question: String,
    pub model: String,
    pub at: Timestamp,
    pub probability: f64,
    pub features: String,
    pub settle_at: Timestamp,
}

/// A prediction whose label is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub id: Ulid,
    pub contact: PersonId,
    pub at: Timestamp,
}

pub(crate) async fn add(tx: &mut Tx, new: Vec<NewPrediction>) -> Result<(), StoreError> {
    let row = |new: NewPrediction| -> [Value; 9] {
        [
            new.id.into(),
            new.contact.into(),
            new.kind.id().into(),
            new.question.into(),
            new.model.into(),
            new.at.into(),
            new.probability.into(),
            new.features.into(),
            new.settle_at.into(),
        ]
    };
    let rows: Vec<[Value; 9]> = new.into_iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let insert = "INSERT INTO lead_prediction (id, contact, kind, question, model, at, probability, features, \
                  settle_at) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// Predictions of a question whose time is over and whose label was not read, of at most `limit` rows, by time.
pub(crate) async fn due(
    on: impl Into<Session<'_>>,
    kind: Kind,
    question: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Due>, StoreError> {
    let query = Query::new(
        "SELECT id, contact, at FROM lead_prediction WHERE outcome IS NULL AND settle_at <= ? AND kind = ? \
         AND question = ? ORDER BY settle_at, id LIMIT ?",
    );
    let read = |row: &Row| {
        Ok(Due { id: row.parse("id")?, contact: row.parse("contact")?, at: row.timestamp("at")? })
    };
    on.into().list(query.bind(now).bind(kind.id()).bind(question).bind(limit), read).await
}

/// Writes labels down that are not there yet; how many were not.
pub(crate) async fn settle(tx: &mut Tx, settled: &[(Ulid, Settled)]) -> Result<u64, StoreError> {
    let mut new = 0;
    for (id, settled) in settled {
        let (word, at) = match settled {
            Settled::Reached(at) => ("reached", Some(*at)),
            Settled::Missed => ("missed", None),
            Settled::Unasked => ("unasked", None),
        };
        let update = Query::new(
            "UPDATE lead_prediction SET outcome = ?, happened_at = ? WHERE id = ? AND outcome IS NULL",
        );
        new += tx.execute(update.bind(word).bind(at).bind(*id)).await?;
    }
    Ok(new)
}

/// What one rule or model said and what became of it, of at most `limit` predictions, the latest, in no order.
pub(crate) async fn book(
    on: impl Into<Session<'_>>,
    kind: Kind,
    question: &str,
    model: &str,
    limit: usize,
) -> Result<Vec<BookRow>, StoreError> {
    let query = Query::new(
        "SELECT contact, at, features, probability, happened_at FROM lead_prediction WHERE kind = ? AND question = ? \
         AND model = ? AND (outcome = 'reached' OR outcome = 'missed') ORDER BY at DESC LIMIT ?",
    );
    let read = |row: &Row| {
        Ok(BookRow {
            contact: row.text("contact")?,
            at: row.timestamp("at")?,
            features: row.parse("features")?,
            probability: row.real("probability")?,
            happened_at: row.timestamp_or_null("happened_at")?,
        })
    };
    on.into().list(query.bind(kind.id()).bind(question).bind(model).bind(limit), read).await
}

/// What two said of the same leads at the same moments and what became of them, of at most `limit` moments, the latest.
pub(crate) async fn contest(
    on: impl Into<Session<'_>>,
    kind: Kind,
    question: &str,
    incumbent: &str,
    challenger: &str,
    limit: usize,
) -> Result<Vec<ContestRow>, StoreError> {
    let query = Query::new(
        "SELECT contender.contact AS contact, contender.at AS at, lead.source AS source, holder.probability AS incumbent, \
         contender.probability AS challenger, contender.outcome AS outcome FROM lead_prediction contender JOIN lead_prediction holder \
         ON holder.contact = contender.contact AND holder.at = contender.at AND holder.kind = contender.kind AND holder.question = contender.question \
         AND holder.outcome = contender.outcome LEFT JOIN lead ON lead.contact = contender.contact \
         WHERE contender.kind = ? AND contender.question = ? AND contender.model = ? AND holder.model = ? \
         AND (contender.outcome = 'reached' OR contender.outcome = 'missed') ORDER BY contender.at DESC LIMIT ?",
    );
    let read = |row: &Row| {
        Ok(ContestRow {
            contact: row.text("contact")?,
            at: row.timestamp("at")?,
            source: row.parse_or_null::<LeadSource>("source")?,
            incumbent: row.real("incumbent")?,
            challenger: row.real("challenger")?,
            reached: row.str("outcome")? == "reached",
        })
    };
    let query = query.bind(kind.id()).bind(question).bind(challenger).bind(incumbent).bind(limit);
    on.into().list(query, read).await
}

/// How many predictions of a question are on record, and how many of them wait for their end.
pub(crate) async fn counts(
    on: impl Into<Session<'_>>,
    kind: Kind,
    question: &str,
) -> Result<(u64, u64), StoreError> {
    let query = Query::new(
        "SELECT COUNT(*) AS total, COUNT(*) - COUNT(outcome) AS waiting FROM lead_prediction \
         WHERE kind = ? AND question = ?",
    );
    let row = on.into().one(query.bind(kind.id()).bind(question)).await?;
    Ok((row.count("total")?, row.count("waiting")?))
}

/// Open leads by how they came, and how many of those are in each band: source, band, leads.
pub(crate) async fn bands_by_source(
    on: impl Into<Session<'_>>,
) -> Result<Vec<(Option<LeadSource>, Option<String>, u64)>, StoreError> {
    let query = Query::new(
        "SELECT source, band, COUNT(*) AS leads FROM lead WHERE closed_at IS NULL GROUP BY source, band \
         ORDER BY source, band",
    );
    let read = |row: &Row| {
        Ok((row.parse_or_null::<LeadSource>("source")?, row.text_or_null("band")?, row.count("leads")?))
    };
    on.into().list(query, read).await
}

/// The contacts of the latest leads, at most `limit`, the latest arrival first.
pub(crate) async fn latest_contacts(
    on: impl Into<Session<'_>>,
    limit: usize,
) -> Result<Vec<PersonId>, StoreError> {
    let query = Query::new("SELECT contact FROM lead ORDER BY arrived_at DESC, contact LIMIT ?").bind(limit);
    on.into().list(query, |row| row.parse("contact")).await
}
