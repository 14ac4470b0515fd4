use axum::{
    extract::{Query, State},
    response::Response,
};
use growth::Growth;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    refusals::Asking,
    shape::{Outcome, Shown},
};
use crate::{
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only outcomes of this client.
    client_id: Option<String>,
}

/// Every outcome that stands.
///
/// Wins and losses by day, each with the chance that was given before.
#[utoipa::path(
    get,
    path = "/api/v1/growth/outcomes",
    tag = "growth",
    operation_id = "growth_outcomes",
    params(Asked, PagingParams),
    responses((status = 200, description = "The outcomes.", body = Vec<Outcome>), Asking)
)]
pub async fn outcomes(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let mut outcomes = growth.outcomes().await?;
    outcomes.retain(|one| asked.client_id.as_deref().is_none_or(|client| client == one.client_id.as_str()));
    Ok(paging.list(&outcomes, |one| one.id, Outcome::shown))
}
