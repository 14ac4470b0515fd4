use axum::{
    Json,
    extract::{Path, State},
};
use growth::Growth;
use kernel::Ulid;

use super::{
    input::Id,
    refusals::Asking,
    shape::{Shown, Snapshot},
};
use crate::problem::Problem;

/// One snapshot.
#[utoipa::path(
    get,
    path = "/api/v1/growth/snapshots/{id}",
    tag = "growth",
    operation_id = "growth_snapshot",
    params(("id" = inline(Id), Path, description = "The snapshot.")),
    responses((status = 200, description = "The snapshot.", body = Snapshot), Asking)
)]
pub async fn snapshot(State(growth): State<Growth>, Path(id): Path<Ulid>) -> Result<Json<Snapshot>, Problem> {
    Ok(Json(Snapshot::shown(&growth.snapshot(id).await?)))
}
