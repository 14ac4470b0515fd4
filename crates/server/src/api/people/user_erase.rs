use axum::{
    Json,
    extract::{Path, State},
};
use kernel::Ulid;

use super::shape::User;
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    in_person, membership,
    problem::Problem,
    viewer::{At, Who},
};

/// Erase a user.
///
/// Takes name and e-mail away for good and shuts them out; what they did stays, under an identifier. In person only: no API
/// key.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/erase",
    tag = "people",
    operation_id = "user_erase",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), Changing)
)]
pub async fn erase(
    State(state): State<AppState>,
    who: Who,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<User>, Problem> {
    in_person::required(&who, at.now)?;
    Ok(Json(User::from(&membership::erase(&state, id, &at).await?)))
}
