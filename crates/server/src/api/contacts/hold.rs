use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, OfContact, shape::Contact, sight};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Whether a contact must be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactHoldChange {
    /// The version that the change was made from.
    #[schema(minimum = 1)]
    version: u64,
    /// Why it must be kept; left out, the hold is lifted.
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
}

/// Put a contact under a legal hold, or lift it. As long as it lasts, the person cannot be erased.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/contacts/{contact}/hold",
    tag = "contacts",
    operation_id = "contact_hold",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    request_body = ContactHoldChange,
    responses((status = 200, description = "The contact.", body = Contact), Changing)
)]
pub async fn hold(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Sent(change): Sent<ContactHoldChange>,
) -> Result<Json<Contact>, Problem> {
    let (version, reason) = (change.version, change.reason.as_deref());
    let contact = state.contacts().hold(&here.market, sight(&here), path.id(), version, reason, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(Json(contact.into()))
}
