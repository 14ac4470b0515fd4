//! One task per market at a time: a market that takes long holds up nobody but itself.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use kernel::MarketId;
use tokio::{
    sync::Notify,
    task::{Id, JoinSet},
};

use crate::app::AppState;

/// The longest time between two looks at the plan.
const LOOK: Duration = Duration::from_secs(5);
/// After a market in which the work failed.
pub(super) const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(10);

/// Which markets have work of one kind, and when. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Due(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    due: Mutex<HashMap<MarketId, Timestamp>>,
    stirred: Notify,
}

impl Due {
    /// There is work in `market` as of `when`; what was planned earlier stays so. A market that is at work has its next
    /// turn afterwards.
    pub fn plan(&self, market: MarketId, when: Timestamp) {
        let mut due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = due.get(&market).is_none_or(|planned| when < *planned);
        if is_news {
            due.insert(market, when);
        }
        drop(due);
        if is_news {
            self.0.stirred.notify_one();
        }
    }

    /// Takes the markets out of the plan that are due at `now` and not among those at work, the longest due first.
    fn take(&self, now: Timestamp, at_work: &HashSet<MarketId>) -> Vec<MarketId> {
        let mut due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ready: Vec<(Timestamp, MarketId)> = due
            .iter()
            .filter(|(market, when)| **when <= now && !at_work.contains(market))
            .map(|(market, when)| (*when, *market))
            .collect();
        ready.sort();
        for (_, market) in &ready {
            due.remove(market);
        }
        ready.into_iter().map(|(_, market)| market).collect()
    }

    /// When the next market is due that is not at work.
    fn next(&self, at_work: &HashSet<MarketId>) -> Option<Timestamp> {
        let due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
        due.iter().filter(|(market, _)| !at_work.contains(market)).map(|(_, when)| *when).min()
    }
}

/// Gives every market of `due` its turns, each in a task of its own and one at a time per market, until the hub stops.
/// A turn says when the next one is, if there is one.
pub(super) async fn each<F, W>(state: AppState, due: Due, turn: F)
where
    F: Fn(AppState, MarketId) -> W,
    W: Future<Output = Option<Timestamp>> + Send + 'static,
{
    let (mut at_work, mut markets) = (HashSet::new(), HashMap::<Id, MarketId>::new());
    let mut turns = JoinSet::new();
    while !state.is_draining() {
        let now = state.clock().now();
        for market in due.take(now, &at_work) {
            at_work.insert(market);
            markets.insert(turns.spawn(turn(state.clone(), market)).id(), market);
        }
        let pause = due.next(&at_work).map_or(LOOK, |next| pause_until(now, next));
        tokio::select! {
            Some(ended) = turns.join_next_with_id() => {
                let (task, next) = match ended {
                    Ok((task, next)) => (task, next),
                    // A panic is in the log already; the market has its turn again.
                    Err(error) => (error.id(), later(state.clock().now(), AFTER_FAILURE)),
                };
                if let Some(market) = markets.remove(&task) {
                    at_work.remove(&market);
                    if let Some(next) = next {
                        due.plan(market, next);
                    }
                }
            }
            () = due.0.stirred.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = state.stopping() => {}
        }
    }
    while turns.join_next().await.is_some() {}
}

/// The instant `after` from `now`.
pub(super) fn later(now: Timestamp, after: SignedDuration) -> Option<Timestamp> {
    now.checked_add(after).ok()
}

fn pause_until(now: Timestamp, next: Timestamp) -> Duration {
    Duration::try_from(next.duration_since(now)).map_or(Duration::ZERO, |pause| pause.min(LOOK))
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
    fn who_waits_longest_comes_first_and_who_is_at_work_comes_later() {
        let (due, nobody) = (Due::default(), HashSet::new());
        due.plan(market(1), second(20));
        due.plan(market(2), second(10));
        due.plan(market(1), second(15));
        due.plan(market(1), second(30));
        due.plan(market(3), second(12));
        let at_work = HashSet::from([market(3)]);
        assert_eq!(due.next(&at_work), Some(second(10)));
        assert_eq!(due.take(second(20), &at_work), [market(2), market(1)]);
        assert_eq!((due.next(&at_work), due.next(&nobody)), (None, Some(second(12))));
        assert_eq!(due.take(second(20), &nobody), [market(3)]);
    }

    #[test]
    fn nobody_sleeps_past_the_next_turn() {
        assert_eq!(pause_until(second(10), second(11)), Duration::from_secs(1));
        assert_eq!(pause_until(second(10), second(9)), Duration::ZERO);
        assert_eq!(pause_until(second(10), second(99)), LOOK);
    }
}
