use axum::{
    Json,
    extract::{Path, State},
};
use markets::Markets;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{named, shape::Market};
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    problem::Problem,
    viewer::{At, Who},
};

/// Why a market is closed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// For its people, and for the audit chain.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Close a market until it is resumed. Nothing is lost; its people are told why.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/suspend",
    tag = "markets",
    operation_id = "market_suspend",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = Closing,
    responses((status = 200, description = "The market.", body = Market), Changing)
)]
pub async fn suspend(
    State(markets): State<Markets>,
    who: Who,
    At(at): At,
    Path(name): Path<String>,
    Sent(closing): Sent<Closing>,
) -> Result<Json<Market>, Problem> {
    at_most(200, &[("reason", Some(&closing.reason))])?;
    if closing.reason.trim().is_empty() {
        return Err(Problem::invalid("Say why.").with_error("reason", "is empty"));
    }
    let record = markets.suspend(&named(&name)?, &closing.reason, &at).await?;
    Ok(Json(Market::of(&record, who.market_role(record.id))))
}
