//! What a person has to see to.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Query, Row, Session, StoreError, Tx};

/// An incident as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub id: Ulid,
    pub class: u8,
    pub operation: String,
    pub version: String,
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub message: String,
    pub traces: Vec<String>,
    pub request: String,
    pub tried: Vec<String>,
    pub reference: String,
    pub closed_at: Option<Timestamp>,
    pub note: Option<String>,
}

const INCIDENT: &str = "SELECT id, class, operation, version, count, first_at, last_at, message, traces, \
                        request, tried, reference, closed_at, note FROM ghl_incident";

fn incident(row: &Row) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: row.parse("id")?,
        class: row.count("class")?,
        operation: row.text("operation")?,
        version: row.text("version")?,
        count: row.count("count")?,
        first_at: row.timestamp("first_at")?,
        last_at: row.timestamp("last_at")?,
        message: row.text("message")?,
        traces: row.json("traces")?,
        request: row.text("request")?,
        tried: row.json("tried")?,
        reference: row.text("reference")?,
        closed_at: row.timestamp_or_null("closed_at")?,
        note: row.text_or_null("note")?,
    })
}

/// The open one of this class at this operation.
pub(crate) async fn open_of(
    on: impl Into<Session<'_>>,
    class: u8,
    operation: &str,
) -> Result<Option<Stored>, StoreError> {
    let query = Query::new(INCIDENT).push(" WHERE open_key = ?").bind(open_key(class, operation));
    let row = on.into().optional(query).await?;
    row.as_ref().map(incident).transpose()
}

/// One of them.
pub(crate) async fn by_id(on: impl Into<Session<'_>>, id: Ulid) -> Result<Option<Stored>, StoreError> {
    let row = on.into().optional(Query::new(INCIDENT).push(" WHERE id = ?").bind(id)).await?;
    row.as_ref().map(incident).transpose()
}

/// The latest first, those after one: the open ones, or all.
pub(crate) async fn list(
    on: impl Into<Session<'_>>,
    open_only: bool,
    after: Option<(Timestamp, Ulid)>,
    limit: u32,
) -> Result<Vec<Stored>, StoreError> {
    let mut query = Query::new(INCIDENT).push(" WHERE 1 = 1");
    if open_only {
        query = query.push(" AND closed_at IS NULL");
    }
    if let Some((last_at, id)) = after {
        query =
            query.push(" AND (last_at < ? OR (last_at = ? AND id < ?))").bind(last_at).bind(last_at).bind(id);
    }
    on.into().list(query.push(" ORDER BY last_at DESC, id DESC LIMIT ?").bind(limit), incident).await
}

/// How many are open.
pub(crate) async fn open_count(on: impl Into<Session<'_>>) -> Result<u64, StoreError> {
    let query = Query::new("SELECT COUNT(*) AS n FROM ghl_incident WHERE closed_at IS NULL");
    on.into().one(query).await?.count("n")
}

/// Opens one; whether none of its kind was open.
pub(crate) async fn add(tx: &mut Tx, new: &Stored) -> Result<bool, StoreError> {
    let insert = Query::new(
        "INSERT INTO ghl_incident (id, class, operation, open_key, version, count, first_at, last_at, message, \
         traces, request, tried, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (open_key) DO NOTHING",
    );
    let insert = insert.bind(new.id).bind(u32::from(new.class)).bind(&new.operation);
    let insert = insert.bind(open_key(new.class, &new.operation)).bind(&new.version);
    let insert =
        insert.bind(i64::try_from(new.count).unwrap_or(i64::MAX)).bind(new.first_at).bind(new.last_at);
    let insert = insert.bind(&new.message).bind(texts(&new.traces)).bind(&new.request);
    Ok(tx.execute(insert.bind(texts(&new.tried)).bind(&new.reference)).await? > 0)
}

/// Notes that it happened again.
pub(crate) async fn again(tx: &mut Tx, incident: &Stored) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE ghl_incident SET count = count + 1, last_at = ?, message = ?, traces = ?, request = ?, tried = ? \
         WHERE id = ?",
    );
    let update = update.bind(incident.last_at).bind(&incident.message).bind(texts(&incident.traces));
    let update = update.bind(&incident.request).bind(texts(&incident.tried)).bind(incident.id);
    tx.execute(update).await.map(|_| ())
}

/// Closes it; whether it was open.
pub(crate) async fn close(tx: &mut Tx, id: Ulid, note: &str, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE ghl_incident SET closed_at = ?, note = ?, open_key = NULL WHERE id = ? AND closed_at IS NULL",
    );
    Ok(tx.execute(update.bind(at).bind(note).bind(id)).await? > 0)
}

fn open_key(class: u8, operation: &str) -> String {
    format!("{class} {operation}")
}

fn texts(texts: &[String]) -> String {
    serde_json::Value::from(texts.to_vec()).to_string()
}
