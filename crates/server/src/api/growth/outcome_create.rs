use axum::{Json, extract::State, http::StatusCode};
use growth::{
    Growth,
    metrics::{ClientId, VehicleId},
    service::NewOutcome,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Sent, at_most},
    refusals::Changing,
    shape::{Outcome, OutcomeWord, Shown},
};
use crate::{problem::Problem, viewer::At};

/// Most annual revenue of one outcome, major units.
const ARR_MAX: u64 = 100_000_000_000;

/// A win or a loss.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// The client.
    #[schema(min_length = 1, max_length = 200)]
    client_id: String,
    /// The day it was decided; not in the future.
    occurred_on: Date,
    /// How it ended.
    kind: OutcomeWord,
    /// Added annual revenue in the clients' currency; more than zero for a win, none for a loss.
    #[serde(default, with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100_000_000_000_f64)]
    arr: Option<Decimal>,
    /// The vehicle, when it was one.
    #[serde(default)]
    #[schema(max_length = 200)]
    vehicle: Option<String>,
    /// A remark.
    #[serde(default)]
    #[schema(max_length = 4000)]
    note: Option<String>,
}

/// Record a win or a loss.
///
/// It is kept beside the prediction that was in force that day. The same outcome again is the one there is.
#[utoipa::path(
    post,
    path = "/api/v1/growth/outcomes",
    tag = "growth",
    operation_id = "growth_outcome_create",
    request_body = Ended,
    responses((status = 201, description = "The outcome.", body = Outcome), Changing)
)]
pub async fn create(
    State(growth): State<Growth>,
    At(at): At,
    Sent(ended): Sent<Ended>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    if ended.arr.is_some_and(|arr| arr > Decimal::from(ARR_MAX)) {
        let text = format!("is at most {ARR_MAX}");
        return Err(Problem::invalid(format!("`arr` {text}.")).with_error("arr", text));
    }
    at_most(4000, &[("note", ended.note.as_deref())])?;
    at_most(200, &[("client_id", Some(&ended.client_id)), ("vehicle", ended.vehicle.as_deref())])?;
    let new = NewOutcome {
        client_id: ClientId::new(ended.client_id),
        occurred_on: ended.occurred_on,
        kind: ended.kind.0,
        arr: ended.arr,
        vehicle: ended.vehicle.map(VehicleId::new),
        note: ended.note,
    };
    let outcome = growth.record_outcome(new, &at).await?;
    Ok((StatusCode::CREATED, Json(Outcome::shown(&outcome))))
}
