use axum::{Json, extract::State, http::StatusCode};

use super::{CHANGED, shape::Replayed};
use crate::{
    api::refusals::Changing,
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Work on all dead letters again, with fresh attempts.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/dead-letters/replay",
    tag = "gohighlevel",
    operation_id = "gohighlevel_replay_all",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 202, description = "They wait in the inbox again.", body = Replayed), Changing)
)]
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<(StatusCode, Json<Replayed>), Problem> {
    let replayed = state.hub().gohighlevel.replay_all(&here.market, &at).await?;
    state.roads().arrived(here.market.id(), at.now);
    state.tell(here.market.id(), CHANGED);
    Ok((StatusCode::ACCEPTED, Json(Replayed { replayed })))
}
