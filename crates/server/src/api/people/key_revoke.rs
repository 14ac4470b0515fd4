use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;

use super::shape::Key;
use crate::{
    api::{input::Id, refusals::Changing},
    problem::Problem,
    viewer::At,
};

/// Take an API key of the hub back, at once. A second time changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{id}",
    tag = "people",
    operation_id = "key_revoke",
    params(("id" = inline(Id), Path, description = "The key.")),
    responses((status = 200, description = "The key.", body = Key), Changing)
)]
pub async fn revoke(
    State(directory): State<Directory>,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<Key>, Problem> {
    Ok(Json(Key::of(&directory.revoke_key(None, id, &at).await?, at.now)))
}
