use axum::{
    Json,
    extract::{Path, State},
};
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, OfContact, assignee, shape::Contact, sight};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Who shall look after a contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactAssignment {
    /// The version that the change was made from.
    #[schema(minimum = 1)]
    version: u64,
    /// A member of the market who can look after contacts; nobody when left out.
    #[schema(inline, value_type = Option<Id>)]
    assignee: Option<Ulid>,
}

/// Give a contact to somebody, or to nobody.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/contacts/{contact}/assignee",
    tag = "contacts",
    operation_id = "contact_assign",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    request_body = ContactAssignment,
    responses((status = 200, description = "The contact.", body = Contact), Changing)
)]
pub async fn assign(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Sent(wanted): Sent<ContactAssignment>,
) -> Result<Json<Contact>, Problem> {
    let user = match wanted.assignee {
        Some(user) => Some(assignee(&state, &here, user).await?),
        None => None,
    };
    let contact =
        state.contacts().assign(&here.market, sight(&here), path.id(), wanted.version, user, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(Json(contact.into()))
}
