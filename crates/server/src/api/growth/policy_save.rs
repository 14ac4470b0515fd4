use axum::{Json, extract::State, http::StatusCode};
use growth::Growth;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Sent, at_most},
    refusals::Changing,
    shape::{PolicyName, Shown},
};
use crate::{problem::Problem, viewer::At};

/// A policy to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicy {
    /// TOML; its version number is replaced by the next one.
    toml: String,
    /// Why it was made.
    #[serde(default)]
    #[schema(max_length = 2000)]
    note: String,
}

/// Save a policy as the next version of its name.
///
/// It counts only once it is activated. A text that says the same as the newest version is that version.
#[utoipa::path(
    post,
    path = "/api/v1/growth/policies",
    tag = "growth",
    operation_id = "growth_policy_save",
    request_body = NewPolicy,
    responses((status = 201, description = "Name and version.", body = PolicyName), Changing)
)]
pub async fn save(
    State(growth): State<Growth>,
    At(at): At,
    Sent(new): Sent<NewPolicy>,
) -> Result<(StatusCode, Json<PolicyName>), Problem> {
    at_most(2000, &[("note", Some(&new.note))])?;
    let key = growth.save_policy(&new.toml, &new.note, &at).await?;
    Ok((StatusCode::CREATED, Json(PolicyName::shown(&key))))
}
