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

/// Turn a user's second step off.
///
/// For somebody who has lost both the app and the recovery codes. In person only: no API key.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/remove-second-factor",
    tag = "people",
    operation_id = "user_remove_second_factor",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), Changing)
)]
pub async fn remove(
    State(directory): State<Directory>,
    who: Who,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<User>, Problem> {
    in_person::required(&who, at.now)?;
    directory.user(id).await?;
    directory.remove_second_factor(id, &at).await?;
    Ok(Json(User::from(&directory.user(id).await?)))
}
