use jiff::{Timestamp, civil::Date};
use kernel::{Actor, Arr, Currency, PolicyKey, Ulid};
use rust_decimal::Decimal;
use store::{Db, Query, Row, StoreError, Tx, Value};

use crate::{
    assessment::{Assessment, ReadinessLevel, Tier},
    history::{HistoryPoint, LedgerDetail, PredictionInForce, RecordedPrediction},
    metrics::ClientId,
};

pub(super) fn tier(row: &Row, column: &str) -> Result<Tier, StoreError> {
    let id = row.str(column)?;
    Tier::from_id(id).ok_or_else(|| StoreError::column(column, format!("no tier `{id}`")))
}

/// Whether a policy's view of a snapshot is in the ledger.
pub(crate) async fn has_run(tx: &mut Tx, snapshot_id: Ulid, policy: &PolicyKey) -> Result<bool, StoreError> {
    let query = Query::new(
        "SELECT id FROM growth_assessment_run \
         WHERE snapshot_id = ? AND policy_name = ? AND policy_version = ?",
    )
    .bind(snapshot_id)
    .bind(policy.name.as_str())
    .bind(policy.version);
    Ok(tx.optional(query).await?.is_some())
}

/// Writes a policy's view of a snapshot into the ledger.
pub(crate) async fn add_run(
    tx: &mut Tx,
    run_id: Ulid,
    snapshot_id: Ulid,
    policy: &PolicyKey,
    assessments: &[Assessment],
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.one_at_a_time("growth_assessment_run").await?;
    let sequence = super::next(&mut *tx, "SELECT MAX(sequence) AS last FROM growth_assessment_run").await?;
    let insert = Query::new(
        "INSERT INTO growth_assessment_run \
         (id, sequence, snapshot_id, policy_name, policy_version, assessed_at, assessed_by) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(run_id)
    .bind(sequence)
    .bind(snapshot_id)
    .bind(policy.name.as_str())
    .bind(policy.version)
    .bind(at)
    .bind(by);
    tx.execute(insert).await?;
    let rows = assessments
        .iter()
        .map(|one| {
            Ok([
                run_id.into(),
                one.client_id.as_str().into(),
                one.readiness.score.into(),
                one.readiness.level.id().into(),
                one.tier.id().into(),
                one.success_probability.into(),
                Value::shown(one.potential_arr.amount()),
                one.close_days.into(),
                one.priority.into(),
                one.readiness.coverage.into(),
                super::json("detail", &LedgerDetail::of(one))?.into(),
            ])
        })
        .collect::<Result<Vec<[Value; 11]>, StoreError>>()?;
    let insert = "INSERT INTO growth_assessment (run_id, client_id, score, level, tier, probability, \
                  potential_arr, close_days, priority, coverage, detail) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// Everything the ledger says of a client, the oldest day first.
pub(crate) async fn history(db: &Db, client_id: &ClientId) -> Result<Vec<HistoryPoint>, StoreError> {
    let query = Query::new(
        "SELECT r.snapshot_id, s.as_of, s.currency, r.policy_name, r.policy_version, r.assessed_at, \
                a.score, a.level, a.coverage, a.tier, a.probability, a.potential_arr, a.close_days, \
                a.priority, a.detail \
         FROM growth_assessment a \
         JOIN growth_assessment_run r ON r.id = a.run_id \
         JOIN growth_snapshot s ON s.id = r.snapshot_id \
         WHERE a.client_id = ? ORDER BY s.as_of, s.sequence, r.sequence",
    )
    .bind(client_id.as_str());
    db.list(query, |row| {
        let level = row.str("level")?;
        let currency: Currency = row.parse("currency")?;
        Ok(HistoryPoint {
            snapshot_id: row.parse("snapshot_id")?,
            as_of: row.parse("as_of")?,
            policy: PolicyKey { name: row.text("policy_name")?, version: row.count("policy_version")? },
            assessed_at: row.timestamp("assessed_at")?,
            score: row.real("score")?,
            level: ReadinessLevel::from_id(level)
                .ok_or_else(|| StoreError::column("level", format!("no level `{level}`")))?,
            coverage: row.real("coverage")?,
            tier: tier(row, "tier")?,
            success_probability: row.real("probability")?,
            potential_arr: Arr::new(row.parse::<Decimal>("potential_arr")?, currency),
            close_days: row.count("close_days")?,
            priority: row.real("priority")?,
            detail: row.json("detail")?,
        })
    })
    .await
}

/// What the ledger had said of a client by a day: the latest snapshot up to it, and of that the latest policy.
pub(crate) async fn prediction_in_force(
    tx: &mut Tx,
    client_id: &ClientId,
    day: Date,
) -> Result<Option<PredictionInForce>, StoreError> {
    let query = Query::new(
        "SELECT a.run_id, a.probability, a.tier FROM growth_assessment a \
         JOIN growth_assessment_run r ON r.id = a.run_id \
         JOIN growth_snapshot s ON s.id = r.snapshot_id \
         WHERE a.client_id = ? AND s.as_of <= ? \
         ORDER BY s.as_of DESC, s.sequence DESC, r.sequence DESC LIMIT 1",
    )
    .bind(client_id.as_str())
    .bind(day);
    let row = tx.optional(query).await?;
    row.map(|row| {
        Ok(PredictionInForce {
            run_id: row.parse("run_id")?,
            probability: row.real("probability")?,
            tier: tier(&row, "tier")?,
        })
    })
    .transpose()
}

/// What was predicted, by the policy that was recorded last for each snapshot; by day and client.
pub(crate) async fn predictions(db: &Db) -> Result<Vec<RecordedPrediction>, StoreError> {
    let query = Query::new(
        "SELECT a.client_id, a.probability, s.as_of FROM growth_assessment a \
         JOIN growth_assessment_run r ON r.id = a.run_id \
         JOIN growth_snapshot s ON s.id = r.snapshot_id \
         WHERE r.sequence = (SELECT MAX(l.sequence) FROM growth_assessment_run l \
                             WHERE l.snapshot_id = r.snapshot_id) \
         ORDER BY s.as_of, s.sequence, a.client_id",
    );
    db.list(query, |row| {
        Ok(RecordedPrediction {
            client_id: ClientId::new(row.str("client_id")?),
            as_of: row.parse("as_of")?,
            probability: row.real("probability")?,
        })
    })
    .await
}
