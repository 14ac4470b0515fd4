use axum::{
    Json,
    extract::{Path, State},
};

use super::{shape::Market, visible};
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::Who};

/// One market, as the hub has it on record.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}",
    tag = "markets",
    operation_id = "market",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The market.", body = Market), Asking)
)]
pub async fn show(
    State(state): State<AppState>,
    who: Who,
    Path(name): Path<String>,
) -> Result<Json<Market>, Problem> {
    let record = visible(&state, &who, &name).await?;
    Ok(Json(Market::of(&record, who.market_role(record.id))))
}
