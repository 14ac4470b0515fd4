use axum::{extract::State, response::Response};
use directory::Directory;

use super::shape::User;
use crate::{
    api::refusals::Asking,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

/// Everybody who may come in, by e-mail; also those who are disabled or erased.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "people",
    operation_id = "users",
    params(PagingParams),
    responses((status = 200, description = "The users.", body = Vec<User>), Asking)
)]
pub async fn users(State(directory): State<Directory>, paging: Paging<Seen>) -> Result<Response, Problem> {
    Ok(paging.list(&directory.users().await?, |user| user.id, |user| User::from(user)))
}
