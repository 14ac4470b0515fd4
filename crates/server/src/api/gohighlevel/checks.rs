use axum::{Json, extract::State};

use super::shape::Check;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// What is wrong with the connection, and what to do about it.
///
/// Configuration, tokens, scopes, one harmless question per family of operations, events, queues, comparisons: asked of
/// GoHighLevel itself, so that this takes some seconds.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/checks",
    tag = "gohighlevel",
    operation_id = "gohighlevel_checks",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "Every check and what came of it.", body = Vec<Check>), Asking)
)]
pub async fn checks(here: InMarket, State(state): State<AppState>) -> Result<Json<Vec<Check>>, Problem> {
    let now = state.clock().now();
    let found = state.hub().gohighlevel.doctor(&here.market, now).await?;
    Ok(Json(found.into_iter().map(Check::from).collect()))
}
