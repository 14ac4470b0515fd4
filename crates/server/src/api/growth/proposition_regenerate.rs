use axum::{
    Json,
    extract::{Path, State},
};
use growth::Growth;
use kernel::Ulid;

use super::{
    input::Id,
    refusals::Changing,
    shape::{Proposition, Shown},
};
use crate::{problem::Problem, viewer::At};

/// Write a proposition anew from the latest snapshot.
///
/// Adds a version; earlier ones stay readable.
#[utoipa::path(
    post,
    path = "/api/v1/growth/propositions/{id}/regenerate",
    tag = "growth",
    operation_id = "growth_proposition_regenerate",
    params(("id" = inline(Id), Path, description = "The proposition.")),
    responses((status = 200, description = "The new version.", body = Proposition), Changing)
)]
pub async fn regenerate(
    State(growth): State<Growth>,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<Proposition>, Problem> {
    Ok(Json(Proposition::shown(&growth.regenerate_proposition(id, &at).await?)))
}
