use axum::Json;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals::Changing;
use crate::{
    problem::Problem,
    trails::{Chain, Found},
    viewer::At,
};

/// What a verification found.
#[derive(Serialize, ToSchema)]
pub struct AuditVerification {
    /// Whether every entry is as it was written, in its place, and as the checkpoints signed it.
    sound: bool,
    /// The number of entries; `null` when the chain is not sound.
    entries: Option<u64>,
    /// Entries below the last checkpoint.
    signed_entries: Option<u64>,
    /// The number of checkpoints.
    checkpoints: Option<u64>,
    /// The hash of the last entry.
    head: Option<String>,
    /// The first entry that was changed, removed or moved; `null` when the chain is sound, or when the fault is
    /// beside the entries.
    first_wrong_entry: Option<u64>,
    /// What is wrong, in a sentence.
    reason: Option<String>,
    /// The public key that the checkpoints are signed with, as C2SP signed notes write it.
    key: String,
    /// When.
    verified_at: Timestamp,
}

/// Verify the hub's audit chain.
///
/// Goes through every entry and checkpoint, and notes in the chain that it was verified, by whom and with which
/// result. Of operators and auditors of the hub.
#[utoipa::path(
    post,
    path = "/api/v1/audit/verify",
    tag = "audit",
    operation_id = "audit_verify",
    responses((status = 200, description = "What was found.", body = AuditVerification), Changing)
)]
pub async fn of_hub(chain: Chain, At(at): At) -> Result<Json<AuditVerification>, Problem> {
    answer(&chain, &at).await
}

/// Verify a market's audit chain.
///
/// As of the hub's. Of owners, managers and analysts of the market.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/audit/verify",
    tag = "audit",
    operation_id = "market_audit_verify",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "What was found.", body = AuditVerification), Changing)
)]
pub async fn of_market(chain: Chain, At(at): At) -> Result<Json<AuditVerification>, Problem> {
    answer(&chain, &at).await
}

async fn answer(chain: &Chain, at: &kernel::Moment) -> Result<Json<AuditVerification>, Problem> {
    let (key, verified_at) = (chain.key().to_string(), at.at());
    Ok(Json(match chain.verify(at).await? {
        Found::Sound(verified) => AuditVerification {
            sound: true,
            entries: Some(verified.entries),
            signed_entries: Some(verified.signed_entries),
            checkpoints: Some(verified.checkpoints),
            head: Some(verified.head.to_string()),
            first_wrong_entry: None,
            reason: None,
            key,
            verified_at,
        },
        Found::Broken(fault) => AuditVerification {
            sound: false,
            entries: None,
            signed_entries: None,
            checkpoints: None,
            head: None,
            first_wrong_entry: fault.index(),
            reason: Some(fault.to_string()),
            key,
            verified_at,
        },
    }))
}
