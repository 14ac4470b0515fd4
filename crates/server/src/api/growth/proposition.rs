use axum::{
    Json,
    extract::{Path, Query, State},
};
use growth::Growth;
use kernel::Ulid;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    input::Id,
    refusals::Asking,
    shape::{self, Shown},
};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The version, from 1; the latest when left out.
    #[param(minimum = 1)]
    pub version: Option<u32>,
}

/// One proposition.
///
/// Its sections, and every number in them with its source.
#[utoipa::path(
    get,
    path = "/api/v1/growth/propositions/{id}",
    tag = "growth",
    operation_id = "growth_proposition",
    params(("id" = inline(Id), Path, description = "The proposition."), Asked),
    responses((status = 200, description = "The proposition.", body = shape::Proposition), Asking)
)]
pub async fn proposition(
    State(growth): State<Growth>,
    Path(id): Path<Ulid>,
    Query(asked): Query<Asked>,
) -> Result<Json<shape::Proposition>, Problem> {
    version(asked.version)?;
    Ok(Json(shape::Proposition::shown(&growth.proposition(id, asked.version).await?)))
}

/// Versions count from 1.
///
/// # Errors
/// When there cannot be such a version.
pub fn version(version: Option<u32>) -> Result<(), Problem> {
    if version.is_some_and(|version| version == 0 || i32::try_from(version).is_err()) {
        return Err(Problem::bad_request("`version` counts from 1."));
    }
    Ok(())
}
