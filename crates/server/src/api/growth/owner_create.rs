use axum::{Json, extract::State, http::StatusCode};
use growth::{Growth, owner::OwnerDraft};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::Sent,
    refusals::Changing,
    shape::{Owner, Shown},
};
use crate::{problem::Problem, viewer::At};

/// What is said of an owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Their name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Their e-mail, unique.
    #[schema(format = "email")]
    email: String,
    /// Hours per week for expansion work.
    #[schema(minimum = 0, maximum = 168)]
    weekly_hours: f64,
    /// Whether new plans count on them.
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

impl From<Draft> for OwnerDraft {
    fn from(Draft { name, email, weekly_hours, active }: Draft) -> Self {
        Self { name, email, weekly_hours, active }
    }
}

/// Add an owner.
#[utoipa::path(
    post,
    path = "/api/v1/growth/owners",
    tag = "growth",
    operation_id = "growth_owner_create",
    request_body = Draft,
    responses((status = 201, description = "The owner.", body = Owner), Changing)
)]
pub async fn create(
    State(growth): State<Growth>,
    At(at): At,
    Sent(draft): Sent<Draft>,
) -> Result<(StatusCode, Json<Owner>), Problem> {
    let owner = growth.save_owner(None, &draft.into(), &at).await?;
    Ok((StatusCode::CREATED, Json(Owner::shown(&owner))))
}
