use axum::{
    Json,
    extract::{Path, State},
};
use growth::Growth;
use kernel::Ulid;

use super::{
    input::{Id, Sent},
    owner_create::Draft,
    refusals::Changing,
    shape::{Owner, Shown},
};
use crate::{problem::Problem, viewer::At};

/// Change an owner.
#[utoipa::path(
    put,
    path = "/api/v1/growth/owners/{id}",
    tag = "growth",
    operation_id = "growth_owner_edit",
    params(("id" = inline(Id), Path, description = "The owner.")),
    request_body = Draft,
    responses((status = 200, description = "The owner.", body = Owner), Changing)
)]
pub async fn edit(
    State(growth): State<Growth>,
    At(at): At,
    Path(id): Path<Ulid>,
    Sent(draft): Sent<Draft>,
) -> Result<Json<Owner>, Problem> {
    Ok(Json(Owner::shown(&growth.save_owner(Some(id), &draft.into(), &at).await?)))
}
