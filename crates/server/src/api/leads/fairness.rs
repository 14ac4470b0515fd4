use axum::{
    Json,
    extract::{Query, State},
};

use super::{shape::LeadFairness, speed::Asked};
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// How leads were shared among those who could have taken them, against what was due by weight.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-fairness",
    tag = "leads",
    operation_id = "lead_fairness",
    params(("market" = String, Path, description = "The market's name."), Asked),
    responses((status = 200, description = "The shares.", body = LeadFairness), Asking)
)]
pub async fn fairness(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Json<LeadFairness>, Problem> {
    let since = asked.since(state.clock().now());
    Ok(Json(state.hub().leads.fairness(&here.market, since).await?.into()))
}
