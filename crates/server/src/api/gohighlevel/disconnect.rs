use axum::{extract::State, http::StatusCode};

use super::private_token::changed;
use crate::{
    api::refusals::Changing,
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Disconnect the market from GoHighLevel.
///
/// Its tokens are removed and nothing is asked or written any more; what was learned stays.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/disconnect",
    tag = "gohighlevel",
    operation_id = "gohighlevel_disconnect",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 204, description = "It is disconnected."), Changing)
)]
pub async fn disconnect(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<StatusCode, Problem> {
    state.hub().gohighlevel.disconnect(&here.market, &at).await?;
    changed(&state, &here);
    Ok(StatusCode::NO_CONTENT)
}
