use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;

use super::shape::User;
use crate::{
    api::{input::Id, refusals::Changing},
    in_person,
    problem::Problem,
    viewer::{At, Who},
};

/// Let a disabled user in again.
///
/// What has ended stays ended. In person only: no API key.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/enable",
    tag = "people",
    operation_id = "user_enable",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), Changing)
)]
pub async fn enable(
    State(directory): State<Directory>,
    who: Who,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<User>, Problem> {
    in_person::required(&who, at.now)?;
    Ok(Json(User::from(&directory.enable_user(id, &at).await?)))
}
