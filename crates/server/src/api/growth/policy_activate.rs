use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use growth::Growth;
use kernel::PolicyKey;

use super::{input::Name, refusals::Changing};
use crate::{problem::Problem, viewer::At};

/// Make a policy the one that counts.
///
/// Of the hub's owner. What it says of the latest snapshot enters the prediction ledger.
#[utoipa::path(
    post,
    path = "/api/v1/growth/policies/{name}/{version}/activate",
    tag = "growth",
    operation_id = "growth_policy_activate",
    params(
        ("name" = String, Path, description = "The policy's name.", example = "framework"),
        ("version" = u32, Path, description = "The version.", example = 1)
    ),
    responses((status = 204, description = "It counts now."), Changing)
)]
pub async fn activate(
    State(growth): State<Growth>,
    At(at): At,
    Path((name, version)): Path<(Name, u32)>,
) -> Result<StatusCode, Problem> {
    growth.activate_policy(&PolicyKey { name: name.0, version }, &at).await?;
    Ok(StatusCode::NO_CONTENT)
}
