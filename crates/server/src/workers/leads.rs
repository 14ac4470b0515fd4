//! Leads: scored soon after something happened to them, and given to somebody soon after they are scored.

use jiff::{SignedDuration, Timestamp};
use kernel::MarketId;
use markets::EnterError;

use super::{
    Failed,
    each::{AFTER_FAILURE, each, later},
    wait,
};
use crate::{api, app::AppState};

/// Leads that are scored in one turn of a market.
const SCORED_AT_ONCE: usize = 500;
/// Leads that are given to somebody, or passed on, in one turn of a market.
const ROUTED_AT_ONCE: usize = 200;
/// How often every market is looked into, for what another node or another process left, and for what grew old.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(600);

/// Gives markets their turns, and looks into all of them now and then, until the hub stops.
pub async fn run(state: AppState) {
    let due = state.leads_due().clone();
    tokio::join!(each(state.clone(), due, turn), sweep(state));
}

async fn sweep(state: AppState) {
    loop {
        match state.markets().open_records().await {
            Ok(open) => {
                let now = state.clock().now();
                open.iter().for_each(|market| state.leads_due().plan(market.id, now));
            }
            Err(error) => tracing::warn!(%error, "the markets could not be listed: {error}"),
        }
        if !wait(&state, SWEEP).await {
            return;
        }
    }
}

async fn turn(state: AppState, id: MarketId) -> Option<Timestamp> {
    work_in(&state, id).await.unwrap_or_else(|error| {
        tracing::warn!(market = %id, %error, "the leads of this market were not worked on: {error}");
        later(state.clock().now(), AFTER_FAILURE)
    })
}

/// A bounded piece of a market's work; when there is more.
async fn work_in(state: &AppState, id: MarketId) -> Result<Option<Timestamp>, Failed> {
    let market = match state.markets().enter_by_id(id).await {
        Ok(market) => market,
        Err(EnterError::Failed(error)) => return Err(error),
        // Closed or on the move: the sweep comes by again.
        Err(_) => return Ok(None),
    };
    let (leads, now) = (&state.hub().leads, state.clock().now());
    let scored = leads.score_due(&market, now, SCORED_AT_ONCE).await?;
    // Somebody may have left by another process, or while the market was closed.
    let settled = state.hub().settle_roster(&market, &state.moment()).await?;
    if !settled.is_nothing() {
        state.changes().tell(id, api::leads::POLICY_CHANGED);
    }
    let routed = leads.route_due(&market, now, ROUTED_AT_ONCE).await?;
    let is_news = !scored.scored.is_empty() || !settled.is_nothing() || !routed.touched.is_empty();
    if is_news {
        state.changes().tell(id, api::leads::CHANGED);
        state.rounds().plan(id, now);
        // Scores and owners go to where the team works.
        state.roads().to_push(id, now);
    }
    if scored.more || routed.more {
        return Ok(Some(now));
    }
    Ok(scored.next.into_iter().chain(routed.next).min().or_else(|| later(now, SignedDuration::from_hours(1))))
}
