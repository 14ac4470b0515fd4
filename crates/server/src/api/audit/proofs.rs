use audit::tree;
use axum::{
    Json,
    extract::{Path, Query},
};
use serde::{Deserialize, Serialize};
use store::trail::{self, StoredCheckpoint};
use utoipa::{IntoParams, ToSchema};

use super::{
    refusals::Asking,
    shape::{AuditEntry, digits},
};
use crate::{
    problem::Problem,
    trails::{Chain, ENTRIES_MAX},
};

/// That an entry is below a checkpoint (RFC 6962, section 2.1.1).
#[derive(Serialize, ToSchema)]
pub struct AuditInclusion {
    /// The entry.
    entry: AuditEntry,
    /// The leaf: SHA-256 of a zero byte and the 32 bytes of the entry's hash.
    leaf: String,
    /// The hashes that lead from the leaf to the root, in 64 hexadecimal digits each.
    path: Vec<String>,
    /// The checkpoint, a signed note.
    checkpoint: String,
}

/// That a checkpoint is a beginning of the last one (RFC 6962, section 2.1.2).
#[derive(Serialize, ToSchema)]
pub struct AuditConsistency {
    /// The number of entries of the earlier tree.
    from: u64,
    /// The hashes that show it, in 64 hexadecimal digits each.
    path: Vec<String>,
    /// The last checkpoint, a signed note.
    checkpoint: String,
}

/// Proof that the hub's chain holds an entry.
///
/// A path in the Merkle tree from the entry to the root that the last checkpoint signs: whoever has that checkpoint
/// can check it without the rest of the chain. Of operators and auditors of the hub.
#[utoipa::path(
    get,
    path = "/api/v1/audit/{seq}/proof",
    tag = "audit",
    operation_id = "audit_inclusion",
    params(("seq" = u64, Path, description = "The entry's number.", example = 0)),
    responses((status = 200, description = "The proof.", body = AuditInclusion), Asking)
)]
pub async fn inclusion_of_hub(chain: Chain, Path(seq): Path<u64>) -> Result<Json<AuditInclusion>, Problem> {
    inclusion(&chain, seq).await
}

/// Proof that a market's chain holds an entry.
///
/// As of the hub's. Of owners, managers and analysts of the market.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/audit/{seq}/proof",
    tag = "audit",
    operation_id = "market_audit_inclusion",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("seq" = u64, Path, description = "The entry's number.", example = 0)
    ),
    responses((status = 200, description = "The proof.", body = AuditInclusion), Asking)
)]
pub async fn inclusion_of_market(
    chain: Chain,
    Path((_market, seq)): Path<(String, u64)>,
) -> Result<Json<AuditInclusion>, Problem> {
    inclusion(&chain, seq).await
}

async fn inclusion(chain: &Chain, seq: u64) -> Result<Json<AuditInclusion>, Problem> {
    let missing = || Problem::not_found("There is no such entry.");
    let entry = chain.entry(seq).await?.ok_or_else(missing)?;
    let (checkpoint, size) = last(chain).await?;
    if seq >= size {
        return Err(Problem::conflict("No checkpoint signs this entry yet; one is made every hour."));
    }
    let leaves = trail::leaves(chain.db(), size).await?;
    let path = tree::inclusion(&leaves, seq).ok_or_else(missing)?;
    Ok(Json(AuditInclusion {
        leaf: entry.leaf().to_string(),
        entry: entry.into(),
        path: digits(&path),
        checkpoint: checkpoint.note.text().to_owned(),
    }))
}

/// From which checkpoint.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Earlier {
    /// The number of entries of a checkpoint that was kept elsewhere.
    #[param(minimum = 1)]
    from: u64,
}

/// Proof that the hub's chain only grew since a checkpoint.
///
/// From a checkpoint that was kept elsewhere to the last one. Of operators and auditors of the hub.
#[utoipa::path(
    get,
    path = "/api/v1/audit/consistency",
    tag = "audit",
    operation_id = "audit_consistency",
    params(Earlier),
    responses((status = 200, description = "The proof.", body = AuditConsistency), Asking)
)]
pub async fn consistency_of_hub(
    chain: Chain,
    Query(earlier): Query<Earlier>,
) -> Result<Json<AuditConsistency>, Problem> {
    consistency(&chain, earlier.from).await
}

/// Proof that a market's chain only grew since a checkpoint.
///
/// As of the hub's. Of owners, managers and analysts of the market.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/audit/consistency",
    tag = "audit",
    operation_id = "market_audit_consistency",
    params(("market" = String, Path, description = "The market's name."), Earlier),
    responses((status = 200, description = "The proof.", body = AuditConsistency), Asking)
)]
pub async fn consistency_of_market(
    chain: Chain,
    Query(earlier): Query<Earlier>,
) -> Result<Json<AuditConsistency>, Problem> {
    consistency(&chain, earlier.from).await
}

async fn consistency(chain: &Chain, from: u64) -> Result<Json<AuditConsistency>, Problem> {
    let (checkpoint, size) = last(chain).await?;
    let outside = || {
        let text =
            format!("The last checkpoint signs {size} entries; `from` is at least 1 and at most that.");
        Problem::invalid(text).with_error("from", "is out of range")
    };
    if !(1..=size).contains(&from) {
        return Err(outside());
    }
    let leaves = trail::leaves(chain.db(), size).await?;
    let path = tree::consistency(&leaves, from).ok_or_else(outside)?;
    Ok(Json(AuditConsistency { from, path: digits(&path), checkpoint: checkpoint.note.text().to_owned() }))
}

/// The last checkpoint and how many entries it signs.
async fn last(chain: &Chain) -> Result<(StoredCheckpoint, u64), Problem> {
    let checkpoint = chain
        .last_checkpoint()
        .await?
        .ok_or_else(|| Problem::conflict("The chain has no checkpoint yet; one is made every hour."))?;
    let size = checkpoint.note.checkpoint().size;
    if size > ENTRIES_MAX {
        return Err(Problem::conflict(format!(
            "Proofs are made in chains of at most {ENTRIES_MAX} entries; export this one."
        )));
    }
    Ok((checkpoint, size))
}
