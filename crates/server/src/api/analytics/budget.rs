use axum::{Json, extract::State};
use contacts::analytics::BudgetState;

use super::shape::PrivacyBudget;
use crate::{api::refusals::Asking, app::AppState, problem::Problem};

/// The budget for answers with noise.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/budget",
    tag = "analytics",
    operation_id = "analytics_budget",
    responses((status = 200, description = "The budget.", body = PrivacyBudget), Asking)
)]
pub async fn budget(State(state): State<AppState>) -> Result<Json<PrivacyBudget>, Problem> {
    Ok(Json(BudgetState::from(state.contacts().budget().await?).into()))
}
