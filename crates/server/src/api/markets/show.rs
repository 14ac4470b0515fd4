use axum::Json;

use super::shape::Market;
use crate::{api::refusals::Asking, viewer::Known};

/// One market, as the hub has it on record.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}",
    tag = "markets",
    operation_id = "market",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The market.", body = Market), Asking)
)]
pub async fn show(Known { record, role }: Known) -> Json<Market> {
    Json(Market::of(&record, role))
}
