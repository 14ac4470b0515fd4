use axum::{
    Json,
    extract::{Path, State},
};
use growth::Growth;
use kernel::PolicyKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::{input::Name, refusals::Asking, shape::PolicyName};
use crate::problem::Problem;

/// A policy with its text.
#[derive(Serialize, ToSchema)]
pub struct PolicyText {
    /// Name and version.
    policy: PolicyName,
    /// TOML, with the comments it was saved with.
    toml: String,
    /// Whether it is the one that counts.
    active: bool,
}

/// One version of a policy.
///
/// Its whole text: every constant with its source.
#[utoipa::path(
    get,
    path = "/api/v1/growth/policies/{name}/{version}",
    tag = "growth",
    operation_id = "growth_policy",
    params(
        ("name" = String, Path, description = "The policy's name.", example = "framework"),
        ("version" = u32, Path, description = "The version.", example = 1)
    ),
    responses((status = 200, description = "The policy.", body = PolicyText), Asking)
)]
pub async fn policy(
    State(growth): State<Growth>,
    Path((name, version)): Path<(Name, u32)>,
) -> Result<Json<PolicyText>, Problem> {
    let key = PolicyKey { name: name.0, version };
    let toml = growth.policy_text(&key).await?;
    let active = growth.active_policy().await? == key;
    Ok(Json(PolicyText { policy: PolicyName { name: key.name, version }, toml, active }))
}
