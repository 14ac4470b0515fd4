use axum::Json;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::refusals::Asking, problem::Problem, viewer::InMarket};

/// A market's policy, as it is written.
#[derive(Serialize, ToSchema)]
pub struct MarketPolicyVersion {
    /// Counted from 1.
    version: u32,
    /// The TOML text.
    text: String,
    /// Why it was saved.
    note: String,
    /// By whom.
    actor: String,
    /// When.
    saved_at: Timestamp,
}

/// The versions of a market's policy, the latest, which is in force, first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/policy",
    tag = "markets",
    operation_id = "market_policy",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "Every version.", body = Vec<MarketPolicyVersion>), Asking)
)]
pub async fn policy(within: InMarket) -> Result<Json<Vec<MarketPolicyVersion>>, Problem> {
    let versions = within.market.policies().await?;
    let shown = versions.into_iter().map(|version| MarketPolicyVersion {
        version: version.version,
        text: version.text,
        note: version.note,
        actor: version.actor,
        saved_at: version.saved_at,
    });
    Ok(Json(shown.collect()))
}
