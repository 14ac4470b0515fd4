use axum::{Json, extract::State};

use super::shape::LeadModels;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// What the scores of a market rest on, and how good they are.
///
/// For both questions: the rule or model that answers, what is missing until a model may, every model with its lineage, how
/// they were judged, and what was seen of them since.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-models",
    tag = "leads",
    operation_id = "lead_models",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The models.", body = LeadModels), Asking)
)]
pub async fn models(here: InMarket, State(state): State<AppState>) -> Result<Json<LeadModels>, Problem> {
    Ok(Json(state.hub().leads.models(&here.market).await?.into()))
}
