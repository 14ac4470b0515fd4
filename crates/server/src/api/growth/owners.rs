use axum::{Json, extract::State};
use growth::Growth;

use super::{
    refusals::Asking,
    shape::{Owner, many},
};
use crate::problem::Problem;

/// Everybody who works on opportunities.
///
/// By name, with their hours per week.
#[utoipa::path(
    get,
    path = "/api/v1/growth/owners",
    tag = "growth",
    operation_id = "growth_owners",
    responses((status = 200, description = "The owners.", body = Vec<Owner>), Asking)
)]
pub async fn owners(State(growth): State<Growth>) -> Result<Json<Vec<Owner>>, Problem> {
    Ok(Json(many(&growth.owners().await?)))
}
