use axum::{
    Json,
    extract::{Path, State},
};

use super::{OfLead, shape::LeadOffer};
use crate::{
    api::{contacts::sight, input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// Whom a lead was offered to and why, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads/{lead}/offers",
    tag = "leads",
    operation_id = "lead_offers",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    responses((status = 200, description = "The offers.", body = Vec<LeadOffer>), Asking)
)]
pub async fn offers(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
) -> Result<Json<Vec<LeadOffer>>, Problem> {
    let offers = state.hub().leads.offers(&here.market, sight(&here), path.id()).await?;
    Ok(Json(offers.into_iter().map(LeadOffer::from).collect()))
}
