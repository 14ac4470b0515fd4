use axum::{
    Json,
    extract::{Path, State},
};
use growth::Growth;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    input::Id,
    refusals::Asking,
    shape::{Notice, Rejection, many},
};
use crate::problem::Problem;

/// What an import refused and what it remarked.
#[derive(Serialize, ToSchema)]
pub struct Remarks {
    /// Why rows were not taken, one entry per bad cell.
    rejected: Vec<Rejection>,
    /// What is worth knowing about rows that were.
    notices: Vec<Notice>,
}

/// What was refused when a snapshot was imported.
///
/// Every bad cell with row, field, value and reason, and the remarks about rows that were taken.
#[utoipa::path(
    get,
    path = "/api/v1/growth/snapshots/{id}/rejections",
    tag = "growth",
    operation_id = "growth_snapshot_rejections",
    params(("id" = inline(Id), Path, description = "The snapshot.")),
    responses((status = 200, description = "The rejections and remarks.", body = Remarks), Asking)
)]
pub async fn rejections(
    State(growth): State<Growth>,
    Path(id): Path<Ulid>,
) -> Result<Json<Remarks>, Problem> {
    let snapshot = growth.snapshot(id).await?;
    let (rejected, notices) = growth.import_remarks(snapshot.id).await?;
    Ok(Json(Remarks { rejected: many(&rejected), notices: many(&notices) }))
}
