use axum::{
    Json,
    extract::{Path, State},
};
use markets::Markets;

use super::{named, shape::Market};
use crate::{
    api::refusals::Changing,
    problem::Problem,
    viewer::{At, Who},
};

/// Open a market again that was suspended, or deleted and is in its grace period.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/resume",
    tag = "markets",
    operation_id = "market_resume",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The market.", body = Market), Changing)
)]
pub async fn resume(
    State(markets): State<Markets>,
    who: Who,
    At(at): At,
    Path(name): Path<String>,
) -> Result<Json<Market>, Problem> {
    let record = markets.resume(&named(&name)?, &at).await?;
    Ok(Json(Market::of(&record, who.market_role(record.id))))
}
