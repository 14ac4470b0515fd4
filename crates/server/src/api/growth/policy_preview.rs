use axum::{Json, extract::State};
use growth::{Growth, GrowthError, policy::Policy};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::Sent,
    refusals::Changing,
    shape::{PolicyDiff, Shown},
};
use crate::problem::Problem;

/// A policy that is being written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// TOML.
    toml: String,
}

/// What a policy would change.
///
/// The draft beside the active policy, on the clients of the latest snapshot. Saves nothing.
#[utoipa::path(
    post,
    path = "/api/v1/growth/policies/preview",
    tag = "growth",
    operation_id = "growth_policy_preview",
    request_body = Draft,
    responses((status = 200, description = "The difference.", body = PolicyDiff), Changing)
)]
pub async fn preview(
    State(growth): State<Growth>,
    Sent(draft): Sent<Draft>,
) -> Result<Json<PolicyDiff>, Problem> {
    let draft = Policy::from_toml(&draft.toml).map_err(GrowthError::from)?;
    Ok(Json(PolicyDiff::shown(&growth.preview_policy(&draft).await?)))
}
