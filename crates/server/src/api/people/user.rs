use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;

use super::shape::User;
use crate::{
    api::{input::Id, refusals::Asking},
    problem::Problem,
};

/// One user.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    tag = "people",
    operation_id = "user",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), Asking)
)]
pub async fn user(State(directory): State<Directory>, Path(id): Path<Ulid>) -> Result<Json<User>, Problem> {
    Ok(Json(User::from(&directory.user(id).await?)))
}
