use jiff::Timestamp;
use kernel::{Actor, Arr, Currency, Ulid};
use rust_decimal::Decimal;
use store::{Query, Row, Session, StoreError, Tx, Value};

use crate::{
    history::PredictionInForce,
    metrics::{ClientId, VehicleId},
    outcome::{Outcome, OutcomeKind},
};

const OUTCOME: &str = "SELECT id, client_id, occurred_on, recorded_at, won, arr, currency, vehicle, note, \
                       predicted_probability FROM growth_outcome WHERE withdrawn_at IS NULL";

fn outcome(row: &Row) -> Result<Outcome, StoreError> {
    let note = row.text("note")?;
    Ok(Outcome {
        id: row.parse("id")?,
        client_id: ClientId::new(row.str("client_id")?),
        occurred_on: row.parse("occurred_on")?,
        recorded_at: row.timestamp("recorded_at")?,
        kind: if row.bool("won")? { OutcomeKind::Won } else { OutcomeKind::Lost },
        arr: Arr::new(row.parse::<Decimal>("arr")?, row.parse::<Currency>("currency")?),
        vehicle: row.text_or_null("vehicle")?.map(VehicleId::new),
        note: (!note.is_empty()).then_some(note),
        predicted_probability: row.real_or_null("predicted_probability")?,
    })
}

/// Every outcome that stands, by day.
pub(crate) async fn outcomes(on: impl Into<Session<'_>>) -> Result<Vec<Outcome>, StoreError> {
    on.into().list(Query::new(OUTCOME).push(" ORDER BY occurred_on, id"), outcome).await
}

/// The outcomes of a client that stand, by day.
pub(crate) async fn outcomes_of(
    on: impl Into<Session<'_>>,
    client_id: &ClientId,
) -> Result<Vec<Outcome>, StoreError> {
    let query =
        Query::new(OUTCOME).push(" AND client_id = ? ORDER BY occurred_on, id").bind(client_id.as_str());
    on.into().list(query, outcome).await
}

pub(crate) async fn add_outcome(
    tx: &mut Tx,
    new: &Outcome,
    prediction: Option<&PredictionInForce>,
    by: &Actor,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO growth_outcome (id, client_id, occurred_on, won, arr, currency, vehicle, note, run_id, \
         predicted_probability, predicted_tier, recorded_at, recorded_by) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.id)
    .bind(new.client_id.as_str())
    .bind(new.occurred_on)
    .bind(new.won())
    .bind(Value::shown(new.arr.amount()))
    .bind(Value::shown(new.arr.currency()))
    .bind(new.vehicle.as_ref().map(VehicleId::as_str))
    .bind(new.note.as_deref().unwrap_or_default())
    .bind(prediction.map(|prediction| prediction.run_id))
    .bind(prediction.map(|prediction| prediction.probability))
    .bind(prediction.map(|prediction| prediction.tier.id()))
    .bind(new.recorded_at)
    .bind(by);
    tx.execute(insert).await.map(|_| ())
}

/// Withdraws an outcome; whose it was, or `None` when there is none that stands.
pub(crate) async fn withdraw_outcome(
    tx: &mut Tx,
    id: Ulid,
    at: Timestamp,
    by: &Actor,
) -> Result<Option<ClientId>, StoreError> {
    let update = Query::new(
        "UPDATE growth_outcome SET withdrawn_at = ?, withdrawn_by = ? \
         WHERE id = ? AND withdrawn_at IS NULL RETURNING client_id",
    )
    .bind(at)
    .bind(by)
    .bind(id);
    tx.optional(update).await?.map(|row| Ok(ClientId::new(row.str("client_id")?))).transpose()
}
