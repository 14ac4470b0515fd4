use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use kernel::Ulid;

use super::shape::{Invitation, once};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    in_person, membership,
    problem::Problem,
    viewer::{At, Who},
};

/// Make a sign-in link for a user.
///
/// For somebody who has lost their password. It signs them in once; a second step is asked for all the same. In person
/// only: no API key.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/sign-in-link",
    tag = "people",
    operation_id = "user_link",
    params(("id" = inline(Id), Path, description = "The user.")),
    responses((status = 201, description = "The link.", body = Invitation), Changing)
)]
pub async fn link(
    State(state): State<AppState>,
    who: Who,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    in_person::required(&who, at.now)?;
    let user = state.directory().user(id).await?;
    let link = membership::link(&state, &user, &at).await?;
    Ok(once(StatusCode::CREATED, Invitation::new(link, &at)))
}
