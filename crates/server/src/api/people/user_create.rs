use axum::{extract::State, http::StatusCode, response::Response};
use directory::{DirectoryError, NewUser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::{InHub, Invitation, User, once};
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    in_person, membership,
    problem::Problem,
    viewer::{At, Who},
};

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What they will sign in with.
    #[schema(format = "email", max_length = 254)]
    email: String,
    /// What they are called; the e-mail when left out.
    #[serde(default)]
    #[schema(max_length = 80)]
    name: String,
    /// Their role in the hub; none when left out.
    #[serde(default)]
    hub_role: Option<InHub>,
}

/// A new user and how they come in.
#[derive(Serialize, ToSchema)]
pub struct Invited {
    /// The user.
    user: User,
    /// The link to pass on to them.
    invitation: Invitation,
}

/// Invite somebody.
///
/// The answer holds a link that signs them in once; the hub sends no e-mail. In person only: no API key.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "people",
    operation_id = "user_create",
    request_body = Draft,
    responses((status = 201, description = "The user, and the link.", body = Invited), Changing)
)]
pub async fn create(
    State(state): State<AppState>,
    who: Who,
    At(at): At,
    Sent(draft): Sent<Draft>,
) -> Result<Response, Problem> {
    in_person::required(&who, at.now)?;
    at_most(80, &[("name", Some(&draft.name))])?;
    let email = draft.email.parse().map_err(DirectoryError::Email)?;
    let new = NewUser { email, name: draft.name, hub_role: draft.hub_role.map(Into::into) };
    let user = state.directory().add_user(new, &at).await?;
    let link = membership::link(&state, &user, &at).await?;
    Ok(once(StatusCode::CREATED, Invited { user: User::from(&user), invitation: Invitation::new(link, &at) }))
}
