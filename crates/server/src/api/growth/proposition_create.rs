use axum::{Json, extract::State, http::StatusCode};
use growth::{Growth, metrics::ClientId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::Sent,
    refusals::Changing,
    shape::{Proposition, Shown},
};
use crate::{problem::Problem, viewer::At};

/// For whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForClient {
    /// The client.
    #[schema(min_length = 1, max_length = 200)]
    client_id: String,
}

/// Write a proposition for a client.
///
/// From the latest snapshot. While the client has an open draft, that is the answer: nobody's edits are lost.
#[utoipa::path(
    post,
    path = "/api/v1/growth/propositions",
    tag = "growth",
    operation_id = "growth_proposition_create",
    request_body = ForClient,
    responses((status = 201, description = "The proposition.", body = Proposition), Changing)
)]
pub async fn create(
    State(growth): State<Growth>,
    At(at): At,
    Sent(new): Sent<ForClient>,
) -> Result<(StatusCode, Json<Proposition>), Problem> {
    let proposition = growth.draft_proposition(&ClientId::new(new.client_id), &at).await?;
    Ok((StatusCode::CREATED, Json(Proposition::shown(&proposition))))
}
