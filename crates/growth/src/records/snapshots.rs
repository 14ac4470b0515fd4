use kernel::{Currency, Notice, Rejection, Ulid};
use store::{Db, Query, Row, Session, StoreError, Tx, Value};

use crate::{
    metrics::{ClientId, ClientMetrics},
    records::client,
    snapshot::SnapshotSummary,
};

const SNAPSHOT: &str = "SELECT id, source, content_sha256, profile, simulated, as_of, currency, imported_at, \
                        imported_by, row_count, client_count, rejected_row_count, notice_count, columns \
                        FROM growth_snapshot";

/// The latest first: by the day it speaks of, then by arrival.
const LATEST_FIRST: &str = " ORDER BY as_of DESC, sequence DESC";

fn snapshot(row: &Row) -> Result<SnapshotSummary, StoreError> {
    Ok(SnapshotSummary {
        id: row.parse("id")?,
        source: row.text("source")?,
        content_sha256: row.text("content_sha256")?,
        profile: row.text_or_null("profile")?,
        simulated: row.bool("simulated")?,
        as_of: row.parse("as_of")?,
        currency: row.parse("currency")?,
        imported_at: row.timestamp("imported_at")?,
        imported_by: row.text("imported_by")?,
        rows: row.count("row_count")?,
        clients: row.count("client_count")?,
        rejected_rows: row.count("rejected_row_count")?,
        notices: row.count("notice_count")?,
        columns: row.json("columns")?,
    })
}

pub(crate) async fn snapshots(on: impl Into<Session<'_>>) -> Result<Vec<SnapshotSummary>, StoreError> {
    on.into().list(Query::new(SNAPSHOT).push(LATEST_FIRST), snapshot).await
}

pub(crate) async fn snapshot_by_id(
    on: impl Into<Session<'_>>,
    id: Ulid,
) -> Result<Option<SnapshotSummary>, StoreError> {
    let row = on.into().optional(Query::new(SNAPSHOT).push(" WHERE id = ?").bind(id)).await?;
    row.as_ref().map(snapshot).transpose()
}

pub(crate) async fn snapshot_by_fingerprint(
    tx: &mut Tx,
    fingerprint: &str,
) -> Result<Option<SnapshotSummary>, StoreError> {
    let row = tx.optional(Query::new(SNAPSHOT).push(" WHERE fingerprint = ?").bind(fingerprint)).await?;
    row.as_ref().map(snapshot).transpose()
}

/// The latest snapshots, at most `limit`.
pub(crate) async fn latest_snapshots(
    on: impl Into<Session<'_>>,
    limit: usize,
) -> Result<Vec<SnapshotSummary>, StoreError> {
    on.into().list(Query::new(SNAPSHOT).push(LATEST_FIRST).push(" LIMIT ?").bind(limit), snapshot).await
}

pub(crate) async fn add_snapshot(
    tx: &mut Tx,
    new: &SnapshotSummary,
    fingerprint: &str,
) -> Result<(), StoreError> {
    let sequence = super::next(&mut *tx, "SELECT MAX(sequence) AS last FROM growth_snapshot").await?;
    let insert = Query::new(
        "INSERT INTO growth_snapshot (id, sequence, fingerprint, content_sha256, source, profile, simulated, \
         as_of, currency, imported_at, imported_by, row_count, client_count, rejected_row_count, \
         notice_count, columns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.id)
    .bind(sequence)
    .bind(fingerprint)
    .bind(new.content_sha256.as_str())
    .bind(new.source.as_str())
    .bind(new.profile.as_deref())
    .bind(new.simulated)
    .bind(new.as_of)
    .bind(Value::shown(new.currency))
    .bind(new.imported_at)
    .bind(new.imported_by.as_str())
    .bind(count(new.rows))
    .bind(count(new.clients))
    .bind(count(new.rejected_rows))
    .bind(count(new.notices))
    .bind(super::json("columns", &new.columns)?);
    tx.execute(insert).await.map(|_| ())
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) async fn add_clients(
    tx: &mut Tx,
    snapshot_id: Ulid,
    clients: &[ClientMetrics],
) -> Result<(), StoreError> {
    let rows: Vec<[Value; 4]> = clients
        .iter()
        .enumerate()
        .map(|(place, metrics)| {
            let kept = client::write(metrics)?;
            Ok([snapshot_id.into(), place.into(), metrics.client_id.as_str().into(), kept.into()])
        })
        .collect::<Result<_, StoreError>>()?;
    let insert = "INSERT INTO growth_snapshot_client (snapshot_id, place, client_id, metrics) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// All clients of a snapshot, in the file's order.
pub(crate) async fn clients(
    on: impl Into<Session<'_>>,
    snapshot_id: Ulid,
    currency: Currency,
) -> Result<Vec<ClientMetrics>, StoreError> {
    let query = Query::new("SELECT metrics FROM growth_snapshot_client WHERE snapshot_id = ? ORDER BY place")
        .bind(snapshot_id);
    on.into().list(query, |row| client::read(row.str("metrics")?, currency)).await
}

/// Whether any snapshot has this client.
pub(crate) async fn knows_client(
    on: impl Into<Session<'_>>,
    client_id: &ClientId,
) -> Result<bool, StoreError> {
    let query = Query::new("SELECT client_id FROM growth_snapshot_client WHERE client_id = ? LIMIT 1")
        .bind(client_id.as_str());
    Ok(on.into().optional(query).await?.is_some())
}

/// Keeps what was refused and remarked.
pub(crate) async fn add_remarks(
    tx: &mut Tx,
    snapshot_id: Ulid,
    rejected: &[Rejection],
    notices: &[Notice],
) -> Result<(), StoreError> {
    let refused = rejected.iter().map(|one| (true, one.row, &one.field, &one.value, &one.message));
    let remarked = notices.iter().map(|one| (false, one.row, &one.field, &one.value, &one.message));
    let rows = refused.chain(remarked).enumerate().map(
        |(place, (rejected, row, field, value, message))| -> [Value; 7] {
            [
                snapshot_id.into(),
                place.into(),
                rejected.into(),
                count(row).into(),
                without_nul(field).into(),
                without_nul(value).into(),
                without_nul(message).into(),
            ]
        },
    );
    let rows = rows.collect();
    let insert = "INSERT INTO growth_import_remark \
                  (snapshot_id, place, rejected, row_no, field, value, message) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// PostgreSQL's text cannot hold the character NUL; a refused cell may. It is shown as U+2400.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{2400}")
}

/// What was refused of an import.
pub(crate) async fn rejections(db: &Db, snapshot_id: Ulid) -> Result<Vec<Rejection>, StoreError> {
    db.list(remarks(snapshot_id, true), |row| {
        let (field, value, message) = (row.text("field")?, row.text("value")?, row.text("message")?);
        Ok(Rejection { row: row.count("row_no")?, field, value, message })
    })
    .await
}

/// What was remarked of an import.
pub(crate) async fn notices(db: &Db, snapshot_id: Ulid) -> Result<Vec<Notice>, StoreError> {
    db.list(remarks(snapshot_id, false), |row| {
        let (field, value, message) = (row.text("field")?, row.text("value")?, row.text("message")?);
        Ok(Notice { row: row.count("row_no")?, field, value, message })
    })
    .await
}

fn remarks(snapshot_id: Ulid, rejected: bool) -> Query {
    Query::new(
        "SELECT row_no, field, value, message FROM growth_import_remark \
         WHERE snapshot_id = ? AND rejected = ? ORDER BY place",
    )
    .bind(snapshot_id)
    .bind(rejected)
}
