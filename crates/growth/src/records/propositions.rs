use jiff::Timestamp;
use kernel::{Actor, Ulid};
use store::{Query, Row, Session, StoreError, Tx};

use crate::{
    metrics::ClientId,
    proposition::Proposition,
    proposition_record::{PropositionStatus, PropositionSummary, PropositionVersion},
};

const COLUMNS: &str = "SELECT p.id, p.client_id, p.snapshot_id, p.status, p.latest_version, p.created_at, \
                       p.created_by, p.sent_at, p.sent_by, p.sent_version, p.sent_to";

fn summary(row: &Row) -> Result<PropositionSummary, StoreError> {
    let status = row.str("status")?;
    let sent_version = row.int_or_null("sent_version")?;
    Ok(PropositionSummary {
        id: row.parse("id")?,
        client_id: ClientId::new(row.str("client_id")?),
        snapshot_id: row.parse("snapshot_id")?,
        status: PropositionStatus::from_id(status)
            .ok_or_else(|| StoreError::column("status", format!("no status `{status}`")))?,
        version: row.count("latest_version")?,
        created_at: row.timestamp("created_at")?,
        created_by: row.text("created_by")?,
        sent_at: row.timestamp_or_null("sent_at")?,
        sent_by: row.text_or_null("sent_by")?,
        sent_version: sent_version.map(|_| row.count("sent_version")).transpose()?,
        sent_to: row.text_or_null("sent_to")?,
    })
}

/// The propositions of a client or of all, the newest first.
pub(crate) async fn propositions(
    on: impl Into<Session<'_>>,
    client_id: Option<&ClientId>,
) -> Result<Vec<PropositionSummary>, StoreError> {
    let mut query = Query::new(COLUMNS).push(" FROM growth_proposition p");
    if let Some(client_id) = client_id {
        query = query.push(" WHERE p.client_id = ?").bind(client_id.as_str());
    }
    on.into().list(query.push(" ORDER BY p.created_at DESC, p.id DESC"), summary).await
}

/// One version of a proposition; without a number the latest.
pub(crate) async fn proposition(
    on: impl Into<Session<'_>>,
    id: Ulid,
    version: Option<u32>,
) -> Result<Option<PropositionVersion>, StoreError> {
    let mut query = Query::new(COLUMNS)
        .push(", v.version, v.content, v.edited, v.written_at, v.written_by FROM growth_proposition p")
        .push(" JOIN growth_proposition_version v ON v.proposition_id = p.id WHERE p.id = ? AND v.version = ")
        .bind(id);
    query = match version {
        Some(version) => query.push("?").bind(version),
        None => query.push("p.latest_version"),
    };
    let row = on.into().optional(query).await?;
    row.map(|row| {
        Ok(PropositionVersion {
            summary: summary(&row)?,
            this_version: row.count("version")?,
            edited: row.bool("edited")?,
            written_at: row.timestamp("written_at")?,
            written_by: row.text("written_by")?,
            content: row.json("content")?,
        })
    })
    .transpose()
}

pub(crate) async fn add_proposition(
    tx: &mut Tx,
    id: Ulid,
    snapshot_id: Ulid,
    content: &Proposition,
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO growth_proposition \
         (id, client_id, snapshot_id, status, latest_version, created_at, created_by) \
         VALUES (?, ?, ?, ?, 0, ?, ?)",
    )
    .bind(id)
    .bind(content.client_id.as_str())
    .bind(snapshot_id)
    .bind(PropositionStatus::Draft.id())
    .bind(at)
    .bind(by);
    tx.execute(insert).await?;
    add_proposition_version(tx, id, content, false, at, by).await.map(|_| ())
}

/// Adds the next version to a draft; its number, or `None` when there is no such draft.
pub(crate) async fn add_proposition_version(
    tx: &mut Tx,
    id: Ulid,
    content: &Proposition,
    edited: bool,
    at: Timestamp,
    by: &Actor,
) -> Result<Option<u32>, StoreError> {
    let update = Query::new(
        "UPDATE growth_proposition SET latest_version = latest_version + 1 \
         WHERE id = ? AND status = ? RETURNING latest_version",
    )
    .bind(id)
    .bind(PropositionStatus::Draft.id());
    let Some(row) = tx.optional(update).await? else { return Ok(None) };
    let version: u32 = row.count("latest_version")?;
    let insert = Query::new(
        "INSERT INTO growth_proposition_version \
         (proposition_id, version, content, edited, written_at, written_by) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(version)
    .bind(super::json("content", content)?)
    .bind(edited)
    .bind(at)
    .bind(by);
    tx.execute(insert).await?;
    Ok(Some(version))
}

/// Marks a draft's latest version as sent; whether there was such a draft.
pub(crate) async fn mark_proposition_sent(
    tx: &mut Tx,
    id: Ulid,
    to: Option<&str>,
    at: Timestamp,
    by: &Actor,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE growth_proposition SET status = ?, sent_at = ?, sent_by = ?, sent_version = latest_version, \
         sent_to = ? WHERE id = ? AND status = ?",
    )
    .bind(PropositionStatus::Sent.id())
    .bind(at)
    .bind(by)
    .bind(to)
    .bind(id)
    .bind(PropositionStatus::Draft.id());
    Ok(tx.execute(update).await? > 0)
}
