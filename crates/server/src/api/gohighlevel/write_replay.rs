use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{OfWrite, private_token::changed};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Do a write again that was given up or refused.
///
/// What may be there already is looked for first, and a message is judged by the gate again.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/writes/{write}/replay",
    tag = "gohighlevel",
    operation_id = "gohighlevel_write_replay",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("write" = inline(Id), Path, description = "The write."),
    ),
    responses((status = 202, description = "It waits again."), Changing)
)]
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWrite>,
) -> Result<StatusCode, Problem> {
    state.hub().gohighlevel.replay_write(&here.market, path.write, &at).await?;
    changed(&state, &here);
    Ok(StatusCode::ACCEPTED)
}
