//! GoHighLevel: what arrived is worked on, what shall be there is written, and the connection is looked after; each in
//! turns of its own, so that neither waits for another, and no market for any other.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kernel::MarketId;
use markets::{EnterError, Market};

use super::{
    Failed,
    each::{AFTER_FAILURE, Due, each, later},
    wait,
};
use crate::{api, app::AppState};

/// Events that are worked on in one turn: few enough that scores are not kept waiting for the last of them.
const WORKED_AT_ONCE: u32 = 64;
/// Writes that are made in one turn.
const PUSHED_AT_ONCE: u32 = 64;
/// How often the connected markets are looked up, for what another node or another process left.
const SWEEP: Duration = Duration::from_secs(60);

/// Which markets have something to be done about GoHighLevel. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Roads {
    work: Due,
    push: Due,
    tend: Due,
}

impl Roads {
    /// Something of GoHighLevel's arrived in the market's inbox.
    pub fn arrived(&self, market: MarketId, now: Timestamp) {
        self.work.plan(market, now);
    }

    /// Something of the market is to be written to GoHighLevel.
    pub fn to_push(&self, market: MarketId, now: Timestamp) {
        self.push.plan(market, now);
    }

    /// Somebody changed something about the market's connection.
    pub fn changed(&self, market: MarketId, now: Timestamp) {
        for due in [&self.work, &self.push, &self.tend] {
            due.plan(market, now);
        }
    }
}

/// Gives the connected markets their turns until the hub stops.
pub async fn run(state: AppState) {
    let Roads { work, push, tend } = state.roads().clone();
    tokio::join!(
        each(state.clone(), work, worked),
        each(state.clone(), push, pushed),
        each(state.clone(), tend, tended),
        sweep(state),
    );
}

async fn sweep(state: AppState) {
    loop {
        match state.hub().gohighlevel.connected().await {
            Ok(markets) => {
                let now = state.clock().now();
                markets.into_iter().for_each(|market| state.roads().changed(market, now));
            }
            Err(error) => tracing::warn!(%error, "the connected markets could not be listed: {error}"),
        }
        if !wait(&state, SWEEP).await {
            return;
        }
    }
}

async fn enter(state: &AppState, id: MarketId) -> Result<Option<Market>, Failed> {
    match state.markets().enter_by_id(id).await {
        Ok(market) => Ok(Some(market)),
        Err(EnterError::Failed(error)) => Err(error),
        // Closed or on the move: the sweep comes by again.
        Err(_) => Ok(None),
    }
}

/// What a turn says when it failed: it is tried again in a while.
fn or_later(
    state: &AppState,
    id: MarketId,
    what: &str,
    turn: Result<Option<Timestamp>, Failed>,
) -> Option<Timestamp> {
    turn.unwrap_or_else(|error| {
        tracing::warn!(market = %id, %error, "{what} was not done in this market: {error}");
        later(state.clock().now(), AFTER_FAILURE)
    })
}

async fn worked(state: AppState, id: MarketId) -> Option<Timestamp> {
    let turn = async {
        let Some(market) = enter(&state, id).await? else { return Ok(None) };
        let now = state.clock().now();
        let worked = state.hub().gohighlevel.work(&market, now, WORKED_AT_ONCE).await?;
        if worked.done > 0 {
            // First the scores: somebody may be waiting for a call.
            state.leads_due().plan(id, now);
            state.roads().to_push(id, now);
            state.rounds().plan(id, now);
            for kind in [api::contacts::CHANGED, api::leads::CHANGED, api::gohighlevel::CHANGED] {
                state.changes().tell(id, kind);
            }
        }
        Ok(if worked.more { Some(now) } else { worked.next })
    };
    or_later(&state, id, "the work on GoHighLevel's events", turn.await)
}

async fn pushed(state: AppState, id: MarketId) -> Option<Timestamp> {
    let turn = async {
        let Some(market) = enter(&state, id).await? else { return Ok(None) };
        let now = state.clock().now();
        let pushed = state.hub().gohighlevel.push(&market, now, PUSHED_AT_ONCE).await?;
        if pushed.done + pushed.refused + pushed.dead > 0 {
            state.changes().tell(id, api::gohighlevel::CHANGED);
            state.rounds().plan(id, now);
        }
        Ok(if pushed.more { Some(now) } else { pushed.next })
    };
    or_later(&state, id, "writing to GoHighLevel", turn.await)
}

async fn tended(state: AppState, id: MarketId) -> Option<Timestamp> {
    let turn = async {
        let Some(market) = enter(&state, id).await? else { return Ok(None) };
        let now = state.clock().now();
        let next = state.hub().gohighlevel.tend(&market, now).await?;
        // Whatever it fetched may be to be scored, and whatever it found may be to be told.
        state.leads_due().plan(id, now);
        state.rounds().plan(id, now);
        state.changes().tell(id, api::gohighlevel::CHANGED);
        Ok(next.map(|next| next.max(later(now, SignedDuration::from_millis(200)).unwrap_or(now))))
    };
    or_later(&state, id, "looking after the connection to GoHighLevel", turn.await)
}
