use axum::{extract::State, response::Response};

use super::shape::Webhook;
use crate::{
    api::refusals::Asking,
    app::AppState,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
    viewer::InMarket,
};

/// The webhook endpoints of the market, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/webhooks",
    tag = "webhooks",
    operation_id = "webhooks",
    params(("market" = String, Path, description = "The market's name."), PagingParams),
    responses((status = 200, description = "The endpoints.", body = Vec<Webhook>), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let endpoints = state.hub().webhooks.endpoints(&here.market).await?;
    Ok(paging.list(&endpoints, |endpoint| endpoint.id, |endpoint| Webhook::of(endpoint, &here)))
}
