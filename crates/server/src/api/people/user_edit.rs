use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shape::{InHub, User};
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    in_person,
    problem::Problem,
    viewer::{At, Who},
};

/// What is changed of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What they are called.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Their role in the hub; `null`: none.
    hub_role: Option<InHub>,
}

/// Change a user's name and role in the hub.
///
/// There is always an operator. Keys of the hub that the user made end when they are no operator any more. In person
/// only: no API key.
#[utoipa::path(
    put,
    path = "/api/v1/users/{id}",
    tag = "people",
    operation_id = "user_edit",
    params(("id" = inline(Id), Path, description = "The user.")),
    request_body = Change,
    responses((status = 200, description = "The user.", body = User), Changing)
)]
pub async fn edit(
    State(directory): State<Directory>,
    who: Who,
    At(at): At,
    Path(id): Path<Ulid>,
    Sent(change): Sent<Change>,
) -> Result<Json<User>, Problem> {
    in_person::required(&who, at.now)?;
    at_most(80, &[("name", Some(&change.name))])?;
    if change.name.trim().is_empty() {
        return Err(Problem::invalid("A user has a name.").with_error("name", "is empty"));
    }
    let user = directory.update_user(id, &change.name, change.hub_role.map(Into::into), &at).await?;
    Ok(Json(User::from(&user)))
}
