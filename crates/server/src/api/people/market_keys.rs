use axum::{extract::State, response::Response};

use super::shape::Key;
use crate::{
    api::refusals::Asking,
    app::AppState,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
    viewer::InMarket,
};

/// The API keys of a market, the latest first; also those that ended.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/keys",
    tag = "people",
    operation_id = "market_keys",
    params(("market" = String, Path, description = "The market's name."), PagingParams),
    responses((status = 200, description = "The keys.", body = Vec<Key>), Asking)
)]
pub async fn keys(
    State(state): State<AppState>,
    here: InMarket,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let (keys, now) = (state.directory().keys(Some(here.market.id())).await?, state.clock().now());
    Ok(paging.list(&keys, |key| key.id, |key| Key::of(key, now)))
}
