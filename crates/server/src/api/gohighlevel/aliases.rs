use axum::{Json, extract::State};

use super::shape::Alias;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// What GoHighLevel calls pipelines, stages, calendars, workflows, users and fields, and what they are called here.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/aliases",
    tag = "gohighlevel",
    operation_id = "gohighlevel_aliases",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "Everything that is there now.", body = Vec<Alias>), Asking)
)]
pub async fn list(here: InMarket, State(state): State<AppState>) -> Result<Json<Vec<Alias>>, Problem> {
    let map = state.hub().gohighlevel.map(&here.market).await?;
    Ok(Json(map.named().cloned().map(Alias::from).collect()))
}
