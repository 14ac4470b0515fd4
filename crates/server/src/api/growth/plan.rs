use axum::{Json, extract::State};
use growth::Growth;

use super::{
    refusals::Asking,
    shape::{Plan, Shown},
};
use crate::problem::Problem;

/// The current plan.
///
/// The plan made last, with its actions as they stand; not found before the first.
#[utoipa::path(
    get,
    path = "/api/v1/growth/plan",
    tag = "growth",
    operation_id = "growth_plan",
    responses((status = 200, description = "The plan.", body = Plan), Asking)
)]
pub async fn plan(State(growth): State<Growth>) -> Result<Json<Plan>, Problem> {
    let plan = growth.current_plan().await?;
    let plan = plan.ok_or_else(|| Problem::not_found("There is no plan yet: make one first."))?;
    Ok(Json(Plan::shown(&plan)))
}
