use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use kernel::{MarketRole, Ulid};
use serde::Deserialize;

use crate::{
    access::NOTHING_HERE,
    api::{input::Id, refusals::Changing},
    app::AppState,
    membership,
    problem::Problem,
    viewer::{At, InMarket},
};

/// A member in the path.
#[derive(Deserialize)]
pub struct OfMember {
    user: Ulid,
}

/// Remove somebody from a market.
///
/// A market keeps an owner. Keys of the market that the person made end.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/members/{user}",
    tag = "people",
    operation_id = "member_remove",
    params(("market" = String, Path, description = "The market's name."), ("user" = inline(Id), Path, description = "The user.")),
    responses((status = 204, description = "They do not belong to the market any more."), Changing)
)]
pub async fn remove(
    State(state): State<AppState>,
    here: InMarket,
    At(at): At,
    Path(path): Path<OfMember>,
) -> Result<StatusCode, Problem> {
    match membership::remove(&state, &here.market, path.user, here.role.unwrap_or(MarketRole::Viewer), &at)
        .await?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(NOTHING_HERE)),
    }
}
