//! The hub's chores themselves. Each goes through every market on its own and goes on when one fails: a market
//! that is closed is looked after when it is open again.

use std::{future::Future, time::Duration};

use jiff::SignedDuration;
use markets::{EnterError, Market};
use store::{idempotency, inbox, jobs, outbox};

use super::recurring::before;
use crate::{
    api::{input::today, leads},
    app::AppState,
    problem::Problem,
};

/// How long queues remember what they have done.
const DONE_KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long inboxes remember what arrived: a repetition of it must find it.
const ARRIVED_KEPT_FOR: SignedDuration =
    SignedDuration::from_secs(connect::ghl::events::REMEMBERED.as_secs().cast_signed());
/// Days whose keys are kept at least, today's included: answers to named requests are sealed with them for 24 hours.
const DAY_KEYS_KEPT_MIN: i64 = 2;

/// Runs `work` in every open market; a market that fails is logged and does not hold back the others.
async fn in_every_market<F>(
    state: &AppState,
    what: &'static str,
    mut work: impl FnMut(Market) -> F,
) -> Result<(), Problem>
where
    F: Future<Output = Result<(), Problem>>,
{
    for record in state.markets().list().await?.iter().filter(|record| record.is_open()) {
        if state.is_draining() {
            break;
        }
        let done = match state.markets().enter(&record.name).await {
            Ok(market) => work(market).await,
            Err(EnterError::Failed(error)) => Err((*error).into()),
            Err(_closed_since) => Ok(()),
        };
        if let Err(problem) = done {
            tracing::warn!(market = %record.id, what, "not done in this market: {}", problem.detail());
        }
    }
    Ok(())
}

/// Deletes what has ended: sessions, links, kept answers, finished entries of queues.
///
/// # Errors
/// When the hub's database fails.
pub async fn tidy(state: &AppState) -> Result<(), Problem> {
    let now = state.clock().now();
    let long_ago = before(now, DONE_KEPT_FOR);
    state.directory().prune(now).await?;
    idempotency::prune(state.db(), now).await?;
    jobs::prune(state.db(), long_ago).await?;
    in_every_market(state, "tidying", async |market| {
        idempotency::prune(market.db(), now).await?;
        inbox::prune(market.db(), before(now, ARRIVED_KEPT_FOR)).await?;
        outbox::prune(market.db(), long_ago).await?;
        jobs::prune(market.db(), long_ago).await?;
        if let Err(error) = state.hub().gohighlevel.prune_writes(&market, now).await {
            tracing::warn!(market = %market.id(), %error, "old writes to GoHighLevel were not deleted: {error}");
        }
        let days = market.policy().await?.retention.delivery_days.value;
        let keep = Duration::from_secs(u64::from(days) * 24 * 3600);
        if let Err(error) = state.hub().webhooks.prune(&market, keep, now).await {
            tracing::warn!(market = %market.id(), %error, "old webhook messages were not deleted: {error}");
        }
        Ok(())
    })
    .await
}

/// Destroys the keys of days gone by: what was sealed before anybody knew whose it was cannot be read any more.
///
/// # Errors
/// When the hub's database fails.
pub async fn day_keys(state: &AppState) -> Result<(), Problem> {
    let today = today(state.clock().now());
    in_every_market(state, "destroying day keys", async |market| {
        // Days whose keys are kept, today's included.
        let kept = i64::from(market.policy().await?.retention.unassigned_payload_days.value);
        let kept = kept.max(DAY_KEYS_KEPT_MIN);
        let oldest = today.checked_sub(jiff::Span::new().days(kept - 1)).unwrap_or(today);
        let destroyed = market.destroy_day_keys_before(oldest).await?;
        if destroyed > 0 {
            tracing::info!(market = %market.id(), destroyed, "keys of days gone by are destroyed");
        }
        Ok(())
    })
    .await
}

/// Finishes erasures that a crash or a hung-up caller cut short: the person's key is gone, the rows are not.
///
/// # Errors
/// When the hub's database fails.
pub async fn erasures(state: &AppState) -> Result<(), Problem> {
    in_every_market(state, "finishing erasures", async |market| {
        let finished = state.contacts().finish_erasures(&market, &state.moment()).await?;
        if finished > 0 {
            tracing::warn!(market = %market.id(), finished, "erasures that were cut short are finished");
        }
        Ok(())
    })
    .await
}

/// Signs the audit chains that grew since their last checkpoint.
///
/// # Errors
/// When the hub's database fails.
pub async fn checkpoints(state: &AppState) -> Result<(), Problem> {
    state.markets().checkpoint_hub(&state.moment()).await?;
    in_every_market(state, "signing a checkpoint", async |market| {
        Ok(market.checkpoint(&state.moment()).await?)
    })
    .await
}

/// Deletes markets whose grace period is over, and with them what the hub keeps of them elsewhere.
///
/// # Errors
/// When the hub's database fails.
pub async fn purge(state: &AppState) -> Result<(), Problem> {
    for purged in state.markets().purge_due(&state.moment()).await?.markets {
        tracing::info!(market = %purged.id, "a deleted market is gone");
    }
    Ok(())
}

/// Looks in every market what became of scored leads, and what follows for its models: trained when they are due, put on
/// trial, promoted, retired; and whether the world has moved since they learned.
///
/// # Errors
/// When the hub's database fails.
pub async fn models(state: &AppState) -> Result<(), Problem> {
    in_every_market(state, "judging the models of leads", async |market| {
        let judged = state.hub().leads.judge(&market, state.clock().now()).await?;
        if !judged.steps.is_empty() {
            tracing::info!(market = %market.id(), steps = judged.steps.len(), "models of leads were judged");
            state.tell(market.id(), leads::POLICY_CHANGED);
        }
        Ok(())
    })
    .await
}
