use axum::{
    Json,
    extract::{Path, State},
};

use super::{OfLead, shape::LeadDetail};
use crate::{
    api::{contacts::sight, input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// One lead with everything that is known of its score.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads/{lead}",
    tag = "leads",
    operation_id = "lead",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    responses((status = 200, description = "The lead.", body = LeadDetail), Asking)
)]
pub async fn show(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
) -> Result<Json<LeadDetail>, Problem> {
    let now = state.clock().now();
    let view = state.hub().leads.lead(&here.market, sight(&here), path.id(), now).await?;
    Ok(Json(view.into()))
}
