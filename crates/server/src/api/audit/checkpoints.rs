use axum::Json;
use jiff::Timestamp;
use serde::Serialize;
use store::trail::{self, StoredCheckpoint};
use utoipa::ToSchema;

use super::refusals::Asking;
use crate::{problem::Problem, trails::Chain};

/// The signatures under a chain.
#[derive(Serialize, ToSchema)]
pub struct AuditCheckpoints {
    /// The public key that they are signed with, as C2SP signed notes write it.
    key: String,
    /// The checkpoints, the first first.
    checkpoints: Vec<AuditCheckpoint>,
}

/// One signature.
#[derive(Serialize, ToSchema)]
pub struct AuditCheckpoint {
    /// When it was signed.
    at: Timestamp,
    /// The number of entries that it signs.
    size: u64,
    /// The root of the Merkle tree over them, in 64 hexadecimal digits.
    root: String,
    /// The signed note (C2SP tlog-checkpoint): keep it elsewhere to be able to show what the chain was.
    note: String,
}

impl From<StoredCheckpoint> for AuditCheckpoint {
    fn from(StoredCheckpoint { at, note }: StoredCheckpoint) -> Self {
        let (said, text) = (note.checkpoint(), note.text().to_owned());
        Self { at, size: said.size, root: said.root.to_string(), note: text }
    }
}

/// Checkpoints of the hub's audit chain.
///
/// Of operators and auditors of the hub.
#[utoipa::path(
    get,
    path = "/api/v1/audit/checkpoints",
    tag = "audit",
    operation_id = "audit_checkpoints",
    responses((status = 200, description = "The checkpoints.", body = AuditCheckpoints), Asking)
)]
pub async fn of_hub(chain: Chain) -> Result<Json<AuditCheckpoints>, Problem> {
    answer(&chain).await
}

/// Checkpoints of a market's audit chain.
///
/// Of owners, managers and analysts of the market.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/audit/checkpoints",
    tag = "audit",
    operation_id = "market_audit_checkpoints",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The checkpoints.", body = AuditCheckpoints), Asking)
)]
pub async fn of_market(chain: Chain) -> Result<Json<AuditCheckpoints>, Problem> {
    answer(&chain).await
}

async fn answer(chain: &Chain) -> Result<Json<AuditCheckpoints>, Problem> {
    let checkpoints = trail::checkpoints(chain.db()).await?.into_iter().map(AuditCheckpoint::from).collect();
    Ok(Json(AuditCheckpoints { key: chain.key().to_string(), checkpoints }))
}
