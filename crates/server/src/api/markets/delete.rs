use axum::{
    Json,
    extract::{Path, State},
};

use super::{named, shape::Market};
use crate::{
    api::refusals::Changing,
    app::AppState,
    keepsake,
    problem::Problem,
    viewer::{At, Who},
};

/// Delete a market: closed at once, gone for good with its keys after its grace period, which its policy sets.
///
/// Until then it can be resumed.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}",
    tag = "markets",
    operation_id = "market_delete",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The market; `delete_after` says when it is gone.", body = Market), Changing)
)]
pub async fn delete(
    State(state): State<AppState>,
    who: Who,
    At(at): At,
    Path(name): Path<String>,
) -> Result<Json<Market>, Problem> {
    let record = keepsake::delete(&state, &named(&name)?, &at).await?;
    Ok(Json(Market::of(&record, who.market_role(record.id))))
}
