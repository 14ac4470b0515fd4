use axum::{Json, extract::State};

use super::shape::Health;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// How the market's connection to GoHighLevel is doing.
///
/// Connection and tokens, what is left of the limits, events that came against those expected, lag, what waits and what was
/// given up, comparisons, gaps. GoHighLevel itself is not asked; for that see `gohighlevel_checks`.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel",
    tag = "gohighlevel",
    operation_id = "gohighlevel",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "How it is.", body = Health), Asking)
)]
pub async fn health(here: InMarket, State(state): State<AppState>) -> Result<Json<Health>, Problem> {
    let now = state.clock().now();
    Ok(Json(state.hub().gohighlevel.health(&here.market, now).await?.into()))
}
