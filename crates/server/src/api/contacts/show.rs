use axum::{
    Json,
    extract::{Path, State},
};

use super::{OfContact, shape::Contact, sight};
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// One contact.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/contacts/{contact}",
    tag = "contacts",
    operation_id = "contact",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    responses((status = 200, description = "The contact.", body = Contact), Asking)
)]
pub async fn show(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
) -> Result<Json<Contact>, Problem> {
    Ok(Json(state.contacts().get(&here.market, sight(&here), path.id()).await?.into()))
}
