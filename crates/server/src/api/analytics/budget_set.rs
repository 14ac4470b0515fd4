use axum::{Json, extract::State};
use contacts::analytics::BudgetState;
use disclosure::Epsilon;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shape::PrivacyBudget;
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::At,
};

/// A budget.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivacyBudgetDraft {
    /// The whole, from 0 to 1000 with at most six decimals.
    #[schema(max_length = 12, example = "10")]
    total: String,
}

/// Set the whole budget. What was spent stays spent.
#[utoipa::path(
    put,
    path = "/api/v1/analytics/budget",
    tag = "analytics",
    operation_id = "analytics_budget_set",
    request_body = PrivacyBudgetDraft,
    responses((status = 200, description = "The budget.", body = PrivacyBudget), Changing)
)]
pub async fn set(
    State(state): State<AppState>,
    At(at): At,
    Sent(draft): Sent<PrivacyBudgetDraft>,
) -> Result<Json<PrivacyBudget>, Problem> {
    let total: Epsilon = draft.total.parse().map_err(|_| {
        let text = "is a number from 0 to 1000 with at most six decimals";
        Problem::invalid("The budget is not understood.").with_error("total", text)
    })?;
    Ok(Json(BudgetState::from(state.contacts().set_budget(total, &at).await?).into()))
}
