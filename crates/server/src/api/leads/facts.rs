use axum::{
    Json,
    extract::{Path, State},
};

use super::{OfLead, shape::LeadReachability};
use crate::{
    api::{contacts::sight, input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// What the gate knows of a lead: opt-outs, consent, do-not-call lists, do not disturb.
///
/// What was said from the same number or address counts, whoever said it.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads/{lead}/reachability",
    tag = "leads",
    operation_id = "lead_reachability",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    responses((status = 200, description = "What is on record.", body = LeadReachability), Asking)
)]
pub async fn facts(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
) -> Result<Json<LeadReachability>, Problem> {
    let (leads, market, sight, lead) = (&state.hub().leads, &here.market, sight(&here), path.id());
    let known = leads.reachability_of(market, sight, lead).await?;
    let standings = leads.channel_standings(market, sight, lead).await?;
    let said = leads.opt_outs(market, sight, lead).await?;
    Ok(Json(LeadReachability::of(known, standings, said)))
}
