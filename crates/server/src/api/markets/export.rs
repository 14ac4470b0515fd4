use axum::{extract::State, response::Response};

use crate::{
    api::refusals::Changing,
    app::AppState,
    keepsake,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Take a whole market out, as a ZIP archive.
///
/// One NDJSON file per table, the audit chain, and a manifest with rows and checksums. Personal fields stay sealed:
/// the keys are not in it.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/export",
    tag = "markets",
    operation_id = "market_export",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The archive.", content_type = "application/zip", body = Vec<u8>), Changing)
)]
pub async fn export(
    State(state): State<AppState>,
    within: InMarket,
    At(at): At,
) -> Result<Response, Problem> {
    keepsake::export(&state, within.market.name(), &at).await
}
