use axum::{
    Json,
    extract::{Query, State},
};

use super::{gate_log::Asked, shape::GateFigure};
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// How many decisions of the gate there are by channel, outcome and rule, the most first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-gate-figures",
    tag = "leads",
    operation_id = "lead_gate_figures",
    params(("market" = String, Path, description = "The market's name."), Asked),
    responses((status = 200, description = "The figures.", body = Vec<GateFigure>), Asking)
)]
pub async fn figures(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<GateFigure>>, Problem> {
    let figures = state.hub().leads.gate_figures(&here.market, &asked.query(None, 1)).await?;
    Ok(Json(figures.into_iter().map(GateFigure::from).collect()))
}
