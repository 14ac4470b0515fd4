use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::refusals::Asking;
use crate::{Clock, problem::Problem, trails::Chain};

/// The hub's audit chain as a file.
///
/// Every entry, every checkpoint and the public key, as `ehub audit verify --export` reads it. The chain is signed
/// first. Of operators and auditors of the hub.
#[utoipa::path(
    get,
    path = "/api/v1/audit/export",
    tag = "audit",
    operation_id = "audit_export",
    responses(
        (status = 200, description = "The chain.", content((String = "application/x-ndjson"))),
        Asking
    )
)]
pub async fn of_hub(chain: Chain, State(clock): State<Clock>) -> Result<Response, Problem> {
    file(&chain, &clock).await
}

/// A market's audit chain as a file.
///
/// As of the hub's. Of owners, managers and analysts of the market.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/audit/export",
    tag = "audit",
    operation_id = "market_audit_export",
    params(("market" = String, Path, description = "The market's name.")),
    responses(
        (status = 200, description = "The chain.", content((String = "application/x-ndjson"))),
        Asking
    )
)]
pub async fn of_market(chain: Chain, State(clock): State<Clock>) -> Result<Response, Problem> {
    file(&chain, &clock).await
}

/// The chain as a download.
///
/// # Errors
/// As [`Chain::export`].
pub async fn file(chain: &Chain, clock: &Clock) -> Result<Response, Problem> {
    let bytes = chain.export(clock.now()).await?;
    let disposition = format!("attachment; filename=\"audit-{}.ndjson\"", chain.name());
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}
