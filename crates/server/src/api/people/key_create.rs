use axum::{extract::State, response::Response};
use directory::{KeyScope, KeyWanted};

use super::shape::{HubKeyDraft, MadeKey, lifetime, made};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    in_person,
    problem::Problem,
    viewer::{At, Who},
};

/// Make an API key of the hub.
///
/// It does what its role may do in the hub and enters no market. The answer holds its secret, for the only time. In
/// person only: no API key makes another.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    tag = "people",
    operation_id = "key_create",
    request_body = HubKeyDraft,
    responses((status = 201, description = "The key with its secret.", body = MadeKey), Changing)
)]
pub async fn create(
    State(state): State<AppState>,
    who: Who,
    At(at): At,
    Sent(draft): Sent<HubKeyDraft>,
) -> Result<Response, Problem> {
    let maker = in_person::required(&who, at.now)?;
    let wanted = KeyWanted {
        name: draft.name,
        scope: KeyScope::Hub(draft.role.into()),
        lifetime: lifetime(draft.days)?,
        created_by: Some(maker.user.id),
    };
    made(&state, wanted, &at).await
}
