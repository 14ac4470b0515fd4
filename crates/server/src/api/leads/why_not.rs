use axum::{
    Json,
    extract::{Path, State},
};

use super::{OfLead, shape::LeadWhyNot};
use crate::{
    api::{contacts::sight, input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// Why a lead was not contacted: for each channel whose last decision was no yes, that decision, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads/{lead}/refusals",
    tag = "leads",
    operation_id = "lead_refusals",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    responses((status = 200, description = "Why.", body = Vec<LeadWhyNot>), Asking)
)]
pub async fn why_not(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
) -> Result<Json<Vec<LeadWhyNot>>, Problem> {
    let why = state.hub().leads.why_not_contacted(&here.market, sight(&here), path.id()).await?;
    Ok(Json(why.into_iter().map(LeadWhyNot::from).collect()))
}
