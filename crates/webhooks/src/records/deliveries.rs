//! Messages on their way.

use std::collections::HashMap;

use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, Query, Row, StoreError, Tx, Value};

use crate::{Attempt, Cause, Delivery, DeliveryCounts, DeliveryState};

/// A delivery that a worker may try now.
pub(crate) struct Leased {
    pub id: Ulid,
    pub message_id: Ulid,
    /// Attempts made before.
    pub attempts: u32,
}

/// Adds deliveries of one message.
pub(crate) async fn add(
    tx: &mut Tx,
    ids: Vec<(Ulid, Ulid)>,
    message_id: Ulid,
    ordering_key: &str,
    cause: Cause,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.one_at_a_time("webhook_delivery.seq").await?;
    let last =
        tx.one(Query::new("SELECT COALESCE(MAX(seq), 0) AS seq FROM webhook_delivery")).await?.int("seq")?;
    let rows: Vec<[Value; 10]> = ids
        .into_iter()
        .zip(last + 1..)
        .map(|((id, endpoint_id), seq)| {
            [
                id.into(),
                seq.into(),
                message_id.into(),
                endpoint_id.into(),
                ordering_key.into(),
                cause.id().into(),
                DeliveryState::Waiting.id().into(),
                0_i64.into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    tx.insert_all(
        "INSERT INTO webhook_delivery (id, seq, message_id, endpoint_id, ordering_key, cause, state, attempts, run_at, \
         created_at) VALUES",
        rows,
    )
    .await
    .map(|_| ())
}

/// Enabled endpoints for which something is due.
pub(crate) async fn due_endpoints(db: &Db, now: Timestamp) -> Result<Vec<Ulid>, StoreError> {
    let query = Query::new(
        "SELECT e.id FROM webhook_endpoint e WHERE e.disabled_at IS NULL AND e.secret_sealed IS NOT NULL AND EXISTS \
         (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'waiting' AND d.run_at <= ? \
         AND (d.lease_until IS NULL OR d.lease_until <= ?)) ORDER BY e.id",
    );
    db.list(query.bind(now).bind(now), |row| row.parse("id")).await
}

/// When the next delivery to an enabled endpoint may be tried.
pub(crate) async fn next_run(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    let query = Query::new(
        "SELECT MIN(CASE WHEN d.lease_until > d.run_at THEN d.lease_until ELSE d.run_at END) AS next \
         FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id \
         WHERE d.state = 'waiting' AND e.disabled_at IS NULL AND e.secret_sealed IS NOT NULL",
    );
    db.one(query).await?.timestamp_or_null("next")
}

/// Leases what is due for an endpoint: of the messages about one subject the first that was not tried yet, and those
/// that wait for another try.
pub(crate) async fn lease(
    tx: &mut Tx,
    endpoint: Ulid,
    owner: &str,
    until: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Leased>, StoreError> {
    let picked = Query::new(
        "SELECT d.id FROM webhook_delivery d WHERE d.endpoint_id = ? AND d.state = 'waiting' AND d.run_at <= ? \
         AND (d.lease_until IS NULL OR d.lease_until <= ?) AND NOT EXISTS (SELECT 1 FROM webhook_delivery e \
         WHERE e.endpoint_id = d.endpoint_id AND e.ordering_key = d.ordering_key AND e.state = 'waiting' \
         AND e.seq < d.seq AND (e.attempts = 0 OR e.lease_until > ?)) ORDER BY d.run_at, d.seq LIMIT ?",
    );
    let picked = picked.bind(endpoint).bind(now).bind(now).bind(now).bind(limit);
    let picked: Vec<Ulid> = tx.list(picked, |row| row.parse("id")).await?;
    if picked.is_empty() {
        return Ok(Vec::new());
    }
    let update = Query::new("UPDATE webhook_delivery SET lease_owner = ?, lease_until = ? WHERE id IN (")
        .bind(owner)
        .bind(until)
        .bind_all(picked)
        .push(
            ") AND state = 'waiting' AND run_at <= ? AND (lease_until IS NULL OR lease_until <= ?) \
               RETURNING id, message_id, attempts",
        )
        .bind(now)
        .bind(now);
    tx.list(update, |row| {
        Ok(Leased {
            id: row.parse("id")?,
            message_id: row.parse("message_id")?,
            attempts: row.count("attempts")?,
        })
    })
    .await
}

/// Puts a delivery back without counting an attempt.
pub(crate) async fn put_back(
    tx: &mut Tx,
    id: Ulid,
    owner: &str,
    run_at: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE webhook_delivery SET lease_owner = NULL, lease_until = NULL, run_at = ? \
         WHERE id = ? AND lease_owner = ? AND state = 'waiting'",
    );
    Ok(tx.execute(update.bind(run_at).bind(id).bind(owner)).await? > 0)
}

/// Counts an attempt, and either waits for the next one or ends the delivery. Whether the lease was still held.
pub(crate) async fn attempted(
    tx: &mut Tx,
    id: Ulid,
    owner: &str,
    state: DeliveryState,
    run_at: Timestamp,
    reason: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let ended_at = (state != DeliveryState::Waiting).then_some(at);
    let update = Query::new(
        "UPDATE webhook_delivery SET state = ?, attempts = attempts + 1, run_at = ?, ended_at = ?, reason = ?, \
         lease_owner = NULL, lease_until = NULL WHERE id = ? AND lease_owner = ? AND state = 'waiting'",
    );
    let update = update.bind(state.id()).bind(run_at).bind(ended_at).bind(reason).bind(id).bind(owner);
    Ok(tx.execute(update).await? > 0)
}

/// Ends a delivery without an attempt.
pub(crate) async fn drop_one(tx: &mut Tx, id: Ulid, reason: &str, at: Timestamp) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE webhook_delivery SET state = 'dropped', ended_at = ?, reason = ?, lease_owner = NULL, \
         lease_until = NULL WHERE id = ? AND state = 'waiting'",
    );
    tx.execute(update.bind(at).bind(reason).bind(id)).await.map(|_| ())
}

pub(crate) async fn add_attempt(tx: &mut Tx, delivery: Ulid, attempt: &Attempt) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO webhook_attempt (delivery_id, number, at, duration_ms, status, error) VALUES (?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(delivery).bind(attempt.number).bind(attempt.at).bind(attempt.duration_ms);
    let insert = insert.bind(attempt.status.map(i64::from)).bind(attempt.error.clone());
    tx.execute(insert).await.map(|_| ())
}

/// Endpoints to which one of these messages is on its way or has arrived.
pub(crate) async fn reached(tx: &mut Tx, endpoint: Ulid, from: Timestamp) -> Result<Vec<Ulid>, StoreError> {
    let query = Query::new(
        "SELECT DISTINCT d.message_id FROM webhook_delivery d JOIN webhook_message m ON m.id = d.message_id \
         WHERE d.endpoint_id = ? AND d.state IN ('waiting', 'delivered') AND m.created_at >= ?",
    );
    tx.list(query.bind(endpoint).bind(from), |row| row.parse("message_id")).await
}

/// The log of an endpoint, the newest first, made before number `before`.
pub(crate) async fn page(
    db: &Db,
    endpoint: Ulid,
    state: Option<DeliveryState>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    let mut query = Query::new(DELIVERY).push(" WHERE d.endpoint_id = ?").bind(endpoint);
    if let Some(state) = state {
        query = query.push(" AND d.state = ?").bind(state.id());
    }
    if let Some(before) = before {
        query = query.push(" AND d.seq < ?").bind(i64::try_from(before).unwrap_or(i64::MAX));
    }
    let deliveries = db.list(query.push(" ORDER BY d.seq DESC LIMIT ?").bind(limit), delivery).await?;
    with_attempts(db, deliveries).await
}

/// Where one message went, the newest delivery first.
pub(crate) async fn of_message(db: &Db, message: Ulid) -> Result<Vec<Delivery>, StoreError> {
    let query = Query::new(DELIVERY).push(" WHERE d.message_id = ? ORDER BY d.seq DESC").bind(message);
    let deliveries = db.list(query, delivery).await?;
    with_attempts(db, deliveries).await
}

const DELIVERY: &str = "SELECT d.id, d.seq, d.message_id, d.endpoint_id, m.topic, d.cause, d.state, d.reason, d.created_at, \
                        d.run_at FROM webhook_delivery d JOIN webhook_message m ON m.id = d.message_id";

fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let (cause, state) = (row.str("cause")?, row.str("state")?);
    let state = DeliveryState::from_id(state)
        .ok_or_else(|| StoreError::column("state", format!("no state `{state}`")))?;
    let run_at = row.timestamp("run_at")?;
    Ok(Delivery {
        id: row.parse("id")?,
        seq: row.count("seq")?,
        message_id: row.parse("message_id")?,
        endpoint_id: row.parse("endpoint_id")?,
        topic: row.text("topic")?,
        cause: Cause::from_id(cause)
            .ok_or_else(|| StoreError::column("cause", format!("no cause `{cause}`")))?,
        state,
        reason: row.text_or_null("reason")?,
        created_at: row.timestamp("created_at")?,
        next_at: (state == DeliveryState::Waiting).then_some(run_at),
        attempts: Vec::new(),
    })
}

async fn with_attempts(db: &Db, deliveries: Vec<Delivery>) -> Result<Vec<Delivery>, StoreError> {
    let query = Query::new(
        "SELECT delivery_id, number, at, duration_ms, status, error FROM webhook_attempt WHERE delivery_id IN (",
    );
    let query =
        query.bind_all(deliveries.iter().map(|delivery| delivery.id)).push(") ORDER BY delivery_id, number");
    let mut attempts: HashMap<Ulid, Vec<Attempt>> = HashMap::new();
    for row in db.all(query).await? {
        let attempt = Attempt {
            number: row.count("number")?,
            at: row.timestamp("at")?,
            duration_ms: row.count("duration_ms")?,
            status: row.int_or_null("status")?.and_then(|status| u16::try_from(status).ok()),
            error: row.text_or_null("error")?,
        };
        attempts.entry(row.parse("delivery_id")?).or_default().push(attempt);
    }
    let with = |delivery: Delivery| {
        let attempts = attempts.remove(&delivery.id).unwrap_or_default();
        Delivery { attempts, ..delivery }
    };
    Ok(deliveries.into_iter().map(with).collect())
}

/// Deliveries of every endpoint, by state.
pub(crate) async fn counts(db: &Db) -> Result<HashMap<Ulid, DeliveryCounts>, StoreError> {
    let query = Query::new(
        "SELECT endpoint_id, state, COUNT(*) AS n FROM webhook_delivery GROUP BY endpoint_id, state",
    );
    let mut all: HashMap<Ulid, DeliveryCounts> = HashMap::new();
    for row in db.all(query).await? {
        let counts = all.entry(row.parse("endpoint_id")?).or_default();
        let count = row.count("n")?;
        match DeliveryState::from_id(row.str("state")?) {
            Some(DeliveryState::Waiting) => counts.waiting = count,
            Some(DeliveryState::Delivered) => counts.delivered = count,
            Some(DeliveryState::Failed) => counts.failed = count,
            Some(DeliveryState::Dropped) => counts.dropped = count,
            None => {}
        }
    }
    Ok(all)
}
