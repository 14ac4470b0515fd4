//! Decisions of the gate, each kept as it was made.

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Kind, Query, Row, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

/// Decisions.
pub(super) const GATE: TableRule = TableRule {
    name: "lead_gate",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("at", Kind::Int),
        ColumnRule::plain("channel", Kind::Text),
        ColumnRule::plain("purpose", Kind::Text),
        ColumnRule::plain("outcome", Kind::Text),
        ColumnRule::plain("until", Kind::Int),
        ColumnRule::plain("step", Kind::Text),
        ColumnRule::plain("rule", Kind::Text),
        ColumnRule::plain("released_at", Kind::Int),
        ColumnRule::sealed("document_sealed", Some("contact"), "id"),
    ],
};

/// A row of `lead_gate`; the document is read where it is needed.
#[derive(Clone, Debug)]
pub(crate) struct StoredDecision {
    pub id: Ulid,
    pub contact: PersonId,
    pub at: Timestamp,
    pub channel: String,
    pub purpose: String,
    pub outcome: String,
    pub until: Option<Timestamp>,
    pub step: Option<String>,
    pub rule: Option<String>,
}

const COLUMNS: &str = "SELECT id, contact, at, channel, purpose, outcome, until, step, rule FROM lead_gate";

fn read(row: &Row) -> Result<StoredDecision, StoreError> {
    Ok(StoredDecision {
        id: row.parse("id")?,
        contact: row.parse("contact")?,
        at: row.timestamp("at")?,
        channel: row.text("channel")?,
        purpose: row.text("purpose")?,
        outcome: row.text("outcome")?,
        until: row.timestamp_or_null("until")?,
        step: row.text_or_null("step")?,
        rule: row.text_or_null("rule")?,
    })
}

pub(crate) async fn add(tx: &mut Tx, made: StoredDecision, document: Vec<u8>) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_gate (id, contact, at, channel, purpose, outcome, until, step, rule, document_sealed) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(made.id).bind(made.contact).bind(made.at).bind(made.channel).bind(made.purpose);
    let insert = insert.bind(made.outcome).bind(made.until).bind(made.step).bind(made.rule).bind(document);
    tx.execute(insert).await.map(|_| ())
}

/// One decision with its document.
pub(crate) async fn by_id(
    on: impl Into<Session<'_>>,
    id: Ulid,
) -> Result<Option<(StoredDecision, Vec<u8>)>, StoreError> {
    let query = Query::new(
        "SELECT id, contact, at, channel, purpose, outcome, until, step, rule, document_sealed FROM lead_gate \
         WHERE id = ?",
    );
    let row = on.into().optional(query.bind(id)).await?;
    row.map(|row| Ok((read(&row)?, row.bytes("document_sealed")?))).transpose()
}

/// When messages by a channel to somebody were let out since an instant.
pub(crate) async fn let_out(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    channel: &'static str,
    since: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    let query = Query::new(
        "SELECT at FROM lead_gate WHERE contact = ? AND channel = ? AND outcome = 'send' AND at >= ? \
         AND released_at IS NULL ORDER BY at",
    );
    on.into().list(query.bind(contact).bind(channel).bind(since), |row| row.timestamp("at")).await
}

/// Gives the place of a message in the caps back; whether it held one.
pub(crate) async fn release(
    tx: &mut Tx,
    contact: PersonId,
    id: Ulid,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead_gate SET released_at = ? WHERE id = ? AND contact = ? AND outcome = 'send' \
         AND released_at IS NULL",
    );
    Ok(tx.execute(update.bind(at).bind(id).bind(contact)).await? > 0)
}

/// Which decisions are asked for; every condition that is there must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub contact: Option<PersonId>,
    pub channel: Option<&'static str>,
    pub outcome: Option<&'static str>,
    pub step: Option<String>,
    pub rule: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Ulid>,
}

fn conditioned(mut query: Query, conditions: &Conditions) -> Query {
    query = query.push(" WHERE 1 = 1");
    if let Some(contact) = conditions.contact {
        query = query.push(" AND contact = ?").bind(contact);
    }
    if let Some(channel) = conditions.channel {
        query = query.push(" AND channel = ?").bind(channel);
    }
    if let Some(outcome) = conditions.outcome {
        query = query.push(" AND outcome = ?").bind(outcome);
    }
    if let Some(step) = &conditions.step {
        query = query.push(" AND step = ?").bind(step);
    }
    if let Some(rule) = &conditions.rule {
        query = query.push(" AND rule = ?").bind(rule);
    }
    if let Some(from) = conditions.from {
        query = query.push(" AND at >= ?").bind(from);
    }
    if let Some(to) = conditions.to {
        query = query.push(" AND at < ?").bind(to);
    }
    query
}

/// The newest first.
pub(crate) async fn page(
    on: impl Into<Session<'_>>,
    conditions: &Conditions,
    limit: usize,
) -> Result<Vec<StoredDecision>, StoreError> {
    let mut query = conditioned(Query::new(COLUMNS), conditions);
    if let Some(after) = conditions.after {
        query = query.push(" AND id < ?").bind(after);
    }
    on.into().list(query.push(" ORDER BY id DESC LIMIT ?").bind(limit), read).await
}

/// How many there are of each channel, outcome and rule.
pub(crate) async fn counts(
    on: impl Into<Session<'_>>,
    conditions: &Conditions,
) -> Result<Vec<(String, String, Option<String>, u64)>, StoreError> {
    let query = Query::new("SELECT channel, outcome, rule, COUNT(*) AS decisions FROM lead_gate");
    let query = conditioned(query, conditions)
        .push(" GROUP BY channel, outcome, rule ORDER BY decisions DESC, channel, outcome, rule");
    let read = |row: &Row| {
        Ok((row.text("channel")?, row.text("outcome")?, row.text_or_null("rule")?, row.count("decisions")?))
    };
    on.into().list(query, read).await
}

/// The newest decision about somebody on each channel.
pub(crate) async fn newest_by_channel(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Vec<StoredDecision>, StoreError> {
    let query = Query::new(COLUMNS).push(
        " WHERE id IN (SELECT MAX(id) FROM lead_gate WHERE contact = ? GROUP BY channel) ORDER BY id DESC",
    );
    on.into().list(query.bind(contact), read).await
}
