use axum::{
    Json,
    extract::{Path, State},
};
use kernel::Ulid;

use super::shape::Release;
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
};

/// One answer with noise.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/releases/{id}",
    tag = "analytics",
    operation_id = "analytics_release",
    params(("id" = inline(Id), Path, description = "The release.")),
    responses((status = 200, description = "The release.", body = Release), Asking)
)]
pub async fn show(State(state): State<AppState>, Path(id): Path<Ulid>) -> Result<Json<Release>, Problem> {
    let release = state.contacts().release_by_id(id).await?;
    release
        .map(|release| Json(Release::from(&release)))
        .ok_or_else(|| Problem::not_found("There is no such release."))
}
