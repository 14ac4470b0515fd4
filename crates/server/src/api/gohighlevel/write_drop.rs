use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{CHANGED, OfWrite};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Take a write back that is not done and not under way.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/gohighlevel/writes/{write}",
    tag = "gohighlevel",
    operation_id = "gohighlevel_write_drop",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("write" = inline(Id), Path, description = "The write."),
    ),
    responses((status = 204, description = "It is not done any more."), Changing)
)]
pub async fn delete(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWrite>,
) -> Result<StatusCode, Problem> {
    state.hub().gohighlevel.drop_write(&here.market, path.write, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
