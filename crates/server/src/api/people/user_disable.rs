use axum::{
    Json,
    extract::{Path, State},
};
use kernel::Ulid;

use super::shape::User;
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    membership,
    problem::Problem,
    viewer::At,
};

/// Shut a user out.
///
/// Their sessions, links and the API keys that they made end now, and leads that they have not spoken to go to others. A second time changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/disable",
    tag = "people",
    operation_id = "user_disable",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), Changing)
)]
pub async fn disable(
    State(state): State<AppState>,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Json<User>, Problem> {
    Ok(Json(User::from(&membership::disable(&state, id, &at).await?)))
}
