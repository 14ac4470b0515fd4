use axum::{Json, extract::State};

use super::shape::LeadAgent;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// Who takes leads, what they take and how they stand now.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-agents",
    tag = "leads",
    operation_id = "lead_agents",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The agents.", body = Vec<LeadAgent>), Asking)
)]
pub async fn agents(here: InMarket, State(state): State<AppState>) -> Result<Json<Vec<LeadAgent>>, Problem> {
    let agents = state.hub().leads.agents(&here.market, state.clock().now()).await?;
    Ok(Json(agents.into_iter().map(LeadAgent::from).collect()))
}
