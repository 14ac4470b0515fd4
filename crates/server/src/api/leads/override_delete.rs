use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{CHANGED, OfLead};
use crate::{
    api::{contacts::sight, input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Take a person's word on a lead back: the computed chance counts again.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/leads/{lead}/override",
    tag = "leads",
    operation_id = "lead_override_withdraw",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    responses((status = 204, description = "No word counts any more."), Changing)
)]
pub async fn delete(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
) -> Result<StatusCode, Problem> {
    let withdrawn = state.hub().leads.withdraw_override(&here.market, sight(&here), path.id(), &at).await?;
    if withdrawn > 0 {
        state.tell(here.market.id(), CHANGED);
    }
    Ok(StatusCode::NO_CONTENT)
}
