use axum::{
    Json,
    extract::{Path, State},
};
use growth::Growth;
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Id, Sent, at_most},
    refusals::Changing,
    shape::{Proposition, Shown},
};
use crate::{problem::Problem, viewer::At};

/// To whom it went.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct To {
    /// An address or a name, as far as known.
    #[serde(default)]
    #[schema(max_length = 200)]
    to: Option<String>,
}

/// Record that a proposition went out.
///
/// The latest version, from now on unchanged. Doing so twice is doing it once.
#[utoipa::path(
    post,
    path = "/api/v1/growth/propositions/{id}/sent",
    tag = "growth",
    operation_id = "growth_proposition_sent",
    params(("id" = inline(Id), Path, description = "The proposition.")),
    request_body = To,
    responses((status = 200, description = "The proposition.", body = Proposition), Changing)
)]
pub async fn sent(
    State(growth): State<Growth>,
    At(at): At,
    Path(id): Path<Ulid>,
    Sent(sent): Sent<To>,
) -> Result<Json<Proposition>, Problem> {
    at_most(200, &[("to", sent.to.as_deref())])?;
    Ok(Json(Proposition::shown(&growth.mark_sent(id, sent.to.as_deref(), &at).await?)))
}
