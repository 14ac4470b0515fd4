use axum::{extract::State, response::Response};
use directory::Directory;

use super::shape::Key;
use crate::{
    api::refusals::Asking,
    clock::Clock,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

/// The API keys of the hub, the latest first; also those that ended.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    tag = "people",
    operation_id = "keys",
    params(PagingParams),
    responses((status = 200, description = "The keys.", body = Vec<Key>), Asking)
)]
pub async fn keys(
    State(directory): State<Directory>,
    State(clock): State<Clock>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let now = clock.now();
    Ok(paging.list(&directory.keys(None).await?, |key| key.id, |key| Key::of(key, now)))
}
