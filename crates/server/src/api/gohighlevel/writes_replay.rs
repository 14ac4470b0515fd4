use axum::{Json, extract::State, http::StatusCode};

use super::{private_token::changed, shape::Replayed};
use crate::{
    api::refusals::Changing,
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Do every write again that was given up.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/writes/replay",
    tag = "gohighlevel",
    operation_id = "gohighlevel_writes_replay",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 202, description = "They wait again.", body = Replayed), Changing)
)]
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<(StatusCode, Json<Replayed>), Problem> {
    let replayed = state.hub().gohighlevel.replay_writes(&here.market, &at).await?;
    changed(&state, &here);
    Ok((StatusCode::ACCEPTED, Json(Replayed { replayed })))
}
