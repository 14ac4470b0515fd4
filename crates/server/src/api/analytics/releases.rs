use axum::{extract::State, response::Response};

use super::shape::Release;
use crate::{
    api::refusals::Asking,
    app::AppState,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

/// Most releases that are looked through.
const RELEASES_MAX: usize = 10_000;

/// Answers with noise that were paid for, the newest first. Reading them costs nothing.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/releases",
    tag = "analytics",
    operation_id = "analytics_releases",
    params(PagingParams),
    responses((status = 200, description = "The releases.", body = Vec<Release>), Asking)
)]
pub async fn list(State(state): State<AppState>, paging: Paging<Seen>) -> Result<Response, Problem> {
    let releases = state.contacts().releases(None, RELEASES_MAX).await?;
    Ok(paging.list(&releases, |release| release.id, |release| Release::from(release)))
}
