use axum::{extract::State, response::Response};
use growth::Growth;

use super::{
    refusals::Asking,
    shape::{Shown, Snapshot},
};
use crate::{
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

/// Every snapshot.
///
/// The latest first: by the day it speaks of, then by arrival.
#[utoipa::path(
    get,
    path = "/api/v1/growth/snapshots",
    tag = "growth",
    operation_id = "growth_snapshots",
    params(PagingParams),
    responses((status = 200, description = "The snapshots.", body = Vec<Snapshot>), Asking)
)]
pub async fn snapshots(State(growth): State<Growth>, paging: Paging<Seen>) -> Result<Response, Problem> {
    Ok(paging.list(&growth.snapshots().await?, |one| one.id, Snapshot::shown))
}
