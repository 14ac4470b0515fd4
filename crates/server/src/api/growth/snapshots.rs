use axum::{Json, extract::State};
use growth::Growth;

use super::{
    refusals::Asking,
    shape::{Snapshot, many},
};
use crate::problem::Problem;

/// Every snapshot.
///
/// The latest first: by the day it speaks of, then by arrival.
#[utoipa::path(
    get,
    path = "/api/v1/growth/snapshots",
    tag = "growth",
    operation_id = "growth_snapshots",
    responses((status = 200, description = "The snapshots.", body = Vec<Snapshot>), Asking)
)]
pub async fn snapshots(State(growth): State<Growth>) -> Result<Json<Vec<Snapshot>>, Problem> {
    Ok(Json(many(&growth.snapshots().await?)))
}
