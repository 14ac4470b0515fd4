use axum::{Json, extract::State};
use growth::Growth;

use super::{
    refusals::Asking,
    shape::{PolicyVersion, many},
};
use crate::problem::Problem;

/// Every saved policy.
///
/// By name, the newest version first; the active one is marked.
#[utoipa::path(
    get,
    path = "/api/v1/growth/policies",
    tag = "growth",
    operation_id = "growth_policies",
    responses((status = 200, description = "The policies.", body = Vec<PolicyVersion>), Asking)
)]
pub async fn policies(State(growth): State<Growth>) -> Result<Json<Vec<PolicyVersion>>, Problem> {
    Ok(Json(many(&growth.policies().await?)))
}
