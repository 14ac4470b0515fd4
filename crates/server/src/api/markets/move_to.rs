use axum::{
    Json,
    extract::{Path, State},
};
use markets::Markets;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{named, shape::Market};
use crate::{
    api::{input::Sent, refusals::Changing},
    keepsake,
    problem::Problem,
    viewer::{At, Who},
};

/// Where a market shall go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// `embedded`, or a server by its identifier or its name.
    #[schema(min_length = 1, max_length = 80, example = "embedded")]
    placement: String,
}

/// Move a market's database.
///
/// The database is copied while the market is in use. Then changes are refused (503 with `Retry-After`) for as long as it
/// takes to compare the copy with the original once, and only then does the market answer from its new place. The
/// original stays for a while.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/move",
    tag = "markets",
    operation_id = "market_move",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = Destination,
    responses((status = 200, description = "The market.", body = Market), Changing)
)]
pub async fn move_to(
    State(markets): State<Markets>,
    who: Who,
    At(at): At,
    Path(name): Path<String>,
    Sent(destination): Sent<Destination>,
) -> Result<Json<Market>, Problem> {
    let name = named(&name)?;
    let placement = keepsake::placement(&markets, &destination.placement).await?;
    let record = markets.move_to(&name, placement, &at).await?;
    Ok(Json(Market::of(&record, who.market_role(record.id))))
}
