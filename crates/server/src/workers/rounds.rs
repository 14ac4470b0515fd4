use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use kernel::MarketId;
use markets::{EnterError, Market};
use store::outbox;
use tokio::sync::Notify;

use super::wait;
use crate::app::AppState;

/// Markets that are worked in at the same time.
const AT_ONCE: usize = 4;
/// The least time between two looks at the plan.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest time between two looks at the plan.
const LOOK: Duration = Duration::from_secs(5);
/// How often every market is looked into, for what another node or another process left.
const SWEEP: SignedDuration = SignedDuration::from_mins(10);
/// After a market in which the work failed.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// Which markets have work that is due, and when. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Rounds(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    due: Mutex<HashMap<MarketId, Timestamp>>,
    stirred: Notify,
}

impl Rounds {
    /// There is work in `market` as of `when`; what was planned earlier stays so.
    pub fn plan(&self, market: MarketId, when: Timestamp) {
        let mut due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = due.entry(market).or_insert(when);
        *planned = when.min(*planned);
        drop(due);
        self.0.stirred.notify_one();
    }

    /// Takes the markets out of the plan that are due at `now`, the longest due first.
    fn take_due(&self, now: Timestamp) -> Vec<MarketId> {
        let mut due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ready: Vec<(Timestamp, MarketId)> =
            due.iter().filter(|(_, when)| **when <= now).map(|(market, when)| (*when, *market)).collect();
        ready.sort();
        for (_, market) in &ready {
            due.remove(market);
        }
        ready.into_iter().map(|(_, market)| market).collect()
    }
}

/// Works in the markets that have work, a bounded piece in each before the next turn, until the hub stops.
pub async fn run(state: AppState) {
    let rounds = state.rounds().clone();
    let mut swept = Timestamp::MIN;
    loop {
        let now = state.clock().now();
        if now.duration_since(swept) >= SWEEP {
            swept = now;
            match state.markets().list().await {
                Ok(markets) => {
                    markets.iter().filter(|one| one.is_open()).for_each(|one| rounds.plan(one.id, now));
                }
                Err(error) => tracing::warn!(%error, "the markets could not be listed: {error}"),
            }
        }
        let state_here = &state;
        stream::iter(rounds.take_due(now))
            .for_each_concurrent(AT_ONCE, async |market| turn(state_here, market).await)
            .await;
        tokio::select! {
            () = rounds.0.stirred.notified() => {}
            goes_on = wait(&state, LOOK) => if !goes_on { return },
        }
        if !wait(&state, PAUSE).await {
            return;
        }
    }
}

/// One turn of a market.
async fn turn(state: &AppState, id: MarketId) {
    let now = state.clock().now();
    match work_in(state, id).await {
        Ok(Some(next)) => state.rounds().plan(id, next.max(now)),
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(market = %id, %error, "work in this market was not done: {error}");
            state.rounds().plan(id, now.checked_add(AFTER_FAILURE).unwrap_or(now));
        }
    }
}

/// Does a bounded piece of a market's work; when there is more, and when.
async fn work_in(
    state: &AppState,
    id: MarketId,
) -> Result<Option<Timestamp>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(record) = state.markets().by_id(id).await? else { return Ok(None) };
    let market: Market = match state.markets().enter(&record.name).await {
        Ok(market) => market,
        Err(EnterError::Failed(error)) => return Err(error),
        // Closed or on the move: the sweep comes by again.
        Err(_) => return Ok(None),
    };
    let webhooks = &state.hub().webhooks;
    let now = state.clock().now();
    let relayed = webhooks.relay(&market, now).await?;
    let delivered = webhooks.deliver_due(&market, now).await?;
    if !delivered.is_idle() {
        state.changes().tell(id, crate::api::webhooks::CHANGED);
    }
    // What was held back by the bus is tried again; a backlog goes on after the others had their turn.
    if relayed.held > 0 {
        return Ok(now.checked_add(AFTER_FAILURE).ok());
    }
    if !delivered.is_idle() {
        return Ok(Some(now));
    }
    // What another node has leased may be left to us: it may be gone.
    let outbox = outbox::depth(market.db(), now).await?;
    let elsewhere =
        (outbox.waiting + outbox.leased > 0).then(|| now.checked_add(AFTER_FAILURE).ok()).flatten();
    Ok(webhooks.next_due(&market).await?.into_iter().chain(elsewhere).min())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(number: u128) -> MarketId {
        kernel::Ulid::from_parts(1, number).into()
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn who_waits_longest_comes_first_and_everyone_once() {
        let rounds = Rounds::default();
        rounds.plan(market(1), second(20));
        rounds.plan(market(2), second(10));
        rounds.plan(market(1), second(15));
        rounds.plan(market(1), second(30));
        rounds.plan(market(3), second(99));
        assert_eq!(rounds.take_due(second(20)), [market(2), market(1)]);
        assert_eq!(rounds.take_due(second(20)), []);
        assert_eq!(rounds.take_due(second(99)), [market(3)]);
    }
}
