use axum::{extract::State, http::StatusCode};

use super::private_token::changed;
use crate::{api::refusals::Changing, app::AppState, problem::Problem, viewer::InMarket};

/// Fetch what changed since the last comparison, now rather than in turn.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/reconcile",
    tag = "gohighlevel",
    operation_id = "gohighlevel_reconcile",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 202, description = "It begins."), Changing)
)]
pub async fn reconcile(here: InMarket, State(state): State<AppState>) -> Result<StatusCode, Problem> {
    state.hub().gohighlevel.reconcile_now(&here.market, state.clock().now()).await?;
    changed(&state, &here);
    Ok(StatusCode::ACCEPTED)
}
