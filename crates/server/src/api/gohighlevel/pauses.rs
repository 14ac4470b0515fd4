use axum::{Json, extract::State};

use super::shape::PausedChannel;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// Channels by which nothing is sent for now, and why.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/pauses",
    tag = "gohighlevel",
    operation_id = "gohighlevel_pauses",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The channels.", body = Vec<PausedChannel>), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Json<Vec<PausedChannel>>, Problem> {
    let now = state.clock().now();
    let paused = state.hub().gohighlevel.paused_channels(&here.market, now).await?;
    Ok(Json(paused.into_iter().map(PausedChannel::from).collect()))
}
