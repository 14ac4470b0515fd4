use axum::{
    Json,
    extract::{Path, State},
};
use contacts::ContactEdit;
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

/// A contact as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactChange {
    /// The version that the change was made from.
    #[schema(minimum = 1)]
    version: u64,
    /// Name; none when left out.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// E-mail address; none when left out.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// Phone number; none when left out.
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Postal address; none when left out.
    #[schema(max_length = 500)]
    address: Option<String>,
    /// The pipeline; as it is when left out.
    #[schema(max_length = 60)]
    pipeline: Option<String>,
    /// The stage; as it is when left out.
    #[schema(max_length = 60)]
    stage: Option<String>,
}

/// Change a contact.
///
/// Refused (409) when somebody else changed it since `version`.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/contacts/{contact}",
    tag = "contacts",
    operation_id = "contact_edit",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    request_body = ContactChange,
    responses((status = 200, description = "The contact.", body = Contact), Changing)
)]
pub async fn edit(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Sent(change): Sent<ContactChange>,
) -> Result<Json<Contact>, Problem> {
    let edit = ContactEdit {
        name: Some(change.name),
        email: Some(change.email),
        phone: Some(change.phone),
        address: Some(change.address),
        pipeline: change.pipeline,
        stage: change.stage,
    };
    let contact =
        state.contacts().update(&here.market, sight(&here), path.id(), change.version, &edit, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(Json(contact.into()))
}
