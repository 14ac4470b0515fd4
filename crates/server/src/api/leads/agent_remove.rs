use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{OfAgent, POLICY_CHANGED};
use crate::{
    api::{contacts::nothing, input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Offer somebody no more leads; those that they hold stay theirs.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/lead-agents/{user}",
    tag = "leads",
    operation_id = "lead_agent_remove",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("user" = inline(Id), Path, description = "The user."),
    ),
    responses((status = 204, description = "They are offered none any more."), Changing)
)]
pub async fn delete(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfAgent>,
) -> Result<StatusCode, Problem> {
    if !state.hub().leads.remove_agent(&here.market, path.user, &at).await? {
        return Err(nothing());
    }
    state.tell(here.market.id(), POLICY_CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
