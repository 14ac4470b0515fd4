use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{CHANGED, OfLetter};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Work on a dead letter again, with fresh attempts.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/dead-letters/{letter}/replay",
    tag = "gohighlevel",
    operation_id = "gohighlevel_replay",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("letter" = inline(Id), Path, description = "The dead letter."),
    ),
    responses((status = 202, description = "It waits in the inbox again."), Changing)
)]
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfLetter>,
) -> Result<StatusCode, Problem> {
    state.hub().gohighlevel.replay(&here.market, path.letter, &at).await?;
    state.roads().arrived(here.market.id(), at.now);
    state.tell(here.market.id(), CHANGED);
    Ok(StatusCode::ACCEPTED)
}
