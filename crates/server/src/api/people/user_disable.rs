use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;

use super::shape::User;
use crate::{
    api::{input::Id, refusals::Changing},
    problem::Problem,
    viewer::At,
};

/// Shut a user out.
///
/// Their sessions, links and the API keys that they made end now. A second time changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/disable",
    tag = "people",
    operation_id = "user_disable",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), Changing)
)]
pub async fn disable(
    State(directory): State<Directory>,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<User>, Problem> {
    Ok(Json(User::from(&directory.disable_user(id, &at).await?)))
}
