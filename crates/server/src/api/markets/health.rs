use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::refusals::Asking,
    app::AppState,
    problem::Problem,
    viewer::{At, Known},
};

/// How a market is doing.
#[derive(Serialize, ToSchema)]
pub struct MarketHealth {
    /// Whether every check is well.
    ok: bool,
    /// When it was looked at.
    at: Timestamp,
    /// The checks.
    checks: Vec<HealthCheck>,
    /// Size of its database; `null`: it could not be asked.
    database_bytes: Option<u64>,
    /// Entries in its audit chain; `null`: they could not be counted.
    audit_entries: Option<u64>,
    /// When the last backup was completed.
    backed_up_at: Option<Timestamp>,
    /// The queues.
    queues: Vec<Queue>,
}

/// One check.
#[derive(Serialize, ToSchema)]
struct HealthCheck {
    /// Its identifier.
    id: &'static str,
    /// What is checked.
    title: &'static str,
    /// Whether all is well.
    ok: bool,
    /// What was found, in a sentence.
    finding: String,
}

/// Work that waits.
#[derive(Serialize, ToSchema)]
struct Queue {
    /// `inbox`, `outbox` or `jobs`.
    queue: &'static str,
    /// Entries that wait.
    waiting: u64,
    /// Entries that were given up.
    dead: u64,
    /// Since when the oldest one is due.
    oldest_due_at: Option<Timestamp>,
}

/// How a market is doing: database, tables, queues, audit chain, backups.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/health",
    tag = "markets",
    operation_id = "market_health",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "Every check with its finding.", body = MarketHealth), Asking)
)]
pub async fn health(
    State(state): State<AppState>,
    Known { record, .. }: Known,
    At(at): At,
) -> Result<Json<MarketHealth>, Problem> {
    let health = state.markets().health(&record.name, &at).await?;
    let ok = health.is_ok();
    let checks = health.checks.into_iter().map(|check| HealthCheck {
        id: check.id,
        title: check.title,
        ok: check.ok,
        finding: check.finding,
    });
    let queues = health.queues.into_iter().map(|lag| Queue {
        queue: lag.queue,
        waiting: lag.waiting,
        dead: lag.dead,
        oldest_due_at: lag.oldest_due_at,
    });
    Ok(Json(MarketHealth {
        ok,
        at: health.at,
        checks: checks.collect(),
        database_bytes: health.database_bytes,
        audit_entries: health.audit_entries,
        backed_up_at: health.backed_up_at,
        queues: queues.collect(),
    }))
}
