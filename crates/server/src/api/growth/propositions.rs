use axum::{
    extract::{Query, State},
    response::Response,
};
use growth::{Growth, metrics::ClientId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    input::Name,
    refusals::Asking,
    shape::{PropositionSummary, Shown},
};
use crate::{
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only propositions for this client.
    #[param(value_type = Option<String>, min_length = 1)]
    client_id: Option<Name>,
}

/// The propositions.
///
/// The newest first, without their content.
#[utoipa::path(
    get,
    path = "/api/v1/growth/propositions",
    tag = "growth",
    operation_id = "growth_propositions",
    params(Asked, PagingParams),
    responses((status = 200, description = "The propositions.", body = Vec<PropositionSummary>), Asking)
)]
pub async fn propositions(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let client = asked.client_id.map(|Name(id)| ClientId::new(id));
    let propositions = growth.propositions(client.as_ref()).await?;
    Ok(paging.list(&propositions, |one| one.id, PropositionSummary::shown))
}
