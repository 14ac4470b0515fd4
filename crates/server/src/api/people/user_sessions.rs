use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{input::Id, refusals::Changing},
    problem::Problem,
    viewer::At,
};

/// How many ended.
#[derive(Serialize, ToSchema)]
pub struct EndedSessions {
    /// Sessions that ended.
    sessions: u64,
}

/// Sign a user out everywhere.
///
/// Every session ends, also the one that asks if it is theirs. They may sign in again.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/end-sessions",
    tag = "people",
    operation_id = "user_end_sessions",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "How many.", body = EndedSessions), Changing)
)]
pub async fn end(
    State(directory): State<Directory>,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<EndedSessions>, Problem> {
    directory.user(id).await?;
    Ok(Json(EndedSessions { sessions: directory.revoke_sessions(id, None, &at).await? }))
}
