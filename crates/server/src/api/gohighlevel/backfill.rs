use axum::{extract::State, http::StatusCode};

use super::private_token::changed;
use crate::{api::refusals::Changing, app::AppState, problem::Problem, viewer::InMarket};

/// Fetch everything that the location has once more.
///
/// The first fill begins by itself when a market is connected and goes on where it was interrupted; how far it is says
/// `gohighlevel`. This begins another one: all contacts, opportunities, appointments and messages, page by page; what is
/// here stays and is compared.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/backfill",
    tag = "gohighlevel",
    operation_id = "gohighlevel_backfill",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 202, description = "It begins."), Changing)
)]
pub async fn backfill(here: InMarket, State(state): State<AppState>) -> Result<StatusCode, Problem> {
    state.hub().gohighlevel.fill_again(&here.market, state.clock().now()).await?;
    changed(&state, &here);
    Ok(StatusCode::ACCEPTED)
}
