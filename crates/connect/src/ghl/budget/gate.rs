use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use boxed::boxed;
use jiff::Timestamp;

use super::{Admission, Budget, Lane, Limits, Permit};
use crate::ghl::{Clock, wire::RateHeaders};

/// The longest sleep before asking again: the budget may have learned better meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(2);

/// One bucket: which credential at which resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which credential: an app and a private integration token have buckets of their own.
    pub credential: String,
    /// The location or company.
    pub resource: String,
}

/// Why a turn does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// The day is used up for this lane.
    #[error("the requests of this day are used up until {until}")]
    Parked {
        /// When the day begins again.
        until: Timestamp,
    },
    /// It would take longer than the caller waits.
    #[error("the next request may go only in {} ms", .after.as_millis())]
    Busy {
        /// When to ask again.
        after: Duration,
    },
}

/// The budgets of a node. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Budgets {
    all: Arc<Mutex<HashMap<Key, Budget>>>,
    clock: Clock,
}

impl fmt::Debug for Budgets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Budgets(..)")
    }
}

/// A turn that has come. Dropped without [`Turn::settle`], the request counts as sent without an answer.
#[derive(Debug)]
pub struct Turn<'a> {
    budgets: &'a Budgets,
    key: Key,
    permit: Option<Permit>,
}

#[boxed]
impl Budgets {
    /// No budget known yet: each begins with the limits its first user names.
    pub fn new(clock: Clock) -> Self {
        Self { all: Arc::default(), clock }
    }

    /// Waits for a turn, `patience` at most.
    ///
    /// # Errors
    /// When the day is used up for `lane`, or it would take longer.
    pub async fn turn(
        &self,
        key: &Key,
        seed: Limits,
        lane: Lane,
        patience: Duration,
    ) -> Result<Turn<'_>, TurnError> {
        let deadline = (self.clock)().checked_add(patience).unwrap_or(Timestamp::MAX);
        let mut waiting: Option<Waiting<'_>> = None;
        loop {
            let now = (self.clock)();
            // Whoever waits is not ahead of itself: only lanes above its own count.
            match self.with(key, seed, |budget| budget.take(lane, now)) {
                Admission::Go(permit) => {
                    return Ok(Turn { budgets: self, key: key.clone(), permit: Some(permit) });
                }
                Admission::Parked(until) => return Err(TurnError::Parked { until }),
                Admission::Wait(after) => {
                    if now.checked_add(after).unwrap_or(Timestamp::MAX) > deadline {
                        return Err(TurnError::Busy { after });
                    }
                    waiting.get_or_insert_with(|| Waiting::new(self, key, seed, lane));
                    tokio::time::sleep(after.min(SLEEP_MAX)).await;
                }
            }
        }
    }

    /// Requests of `lane` that could go at once, and of how many when nobody else asks.
    pub fn room(&self, key: &Key, seed: Limits, lane: Lane) -> (u32, u32) {
        let now = (self.clock)();
        self.with(key, seed, |budget| (budget.room(lane, now), budget.share(lane)))
    }

    /// What is left of a day, and when it begins again; nothing when the bucket was never used.
    pub fn day(&self, key: &Key) -> Option<(u32, Option<Timestamp>)> {
        self.lock().get(key).map(Budget::day)
    }

    /// Every bucket in use with its limits and what is left of the day: for pages about health.
    pub fn all(&self) -> Vec<(Key, Limits, u32)> {
        let mut all: Vec<_> =
            self.lock().iter().map(|(key, budget)| (key.clone(), budget.limits(), budget.day().0)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    fn with<T>(&self, key: &Key, seed: Limits, work: impl FnOnce(&mut Budget) -> T) -> T {
        let mut all = self.lock();
        match all.get_mut(key) {
            Some(budget) => work(budget),
            None => work(all.entry(key.clone()).or_insert_with(|| Budget::new(seed))),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Budget>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// The answer has come, with what it said of the limits.
    pub fn settle(mut self, seen: &RateHeaders) {
        self.end(Some(seen), None);
    }

    /// The request was never sent.
    pub fn unsent(mut self) {
        if let Some(permit) = self.permit.take()
            && let Some(budget) = self.budgets.lock().get_mut(&self.key)
        {
            budget.give_back(permit);
        }
    }

    /// The answer was 429. Says for how long nobody goes; `chance` is any 64 bits.
    pub fn refused(mut self, seen: &RateHeaders, chance: u64) -> Duration {
        self.end(Some(seen), Some(chance)).unwrap_or_default()
    }

    fn end(&mut self, seen: Option<&RateHeaders>, refused: Option<u64>) -> Option<Duration> {
        let permit = self.permit.take()?;
        let now = (self.budgets.clock)();
        let mut all = self.budgets.lock();
        let budget = all.get_mut(&self.key)?;
        let rest = refused.and_then(|chance| Some(budget.refuse(seen?, now, chance)));
        budget.settle(permit, seen, now);
        rest
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.end(None, None);
    }
}

/// Somebody in the queue; leaves it however its waiting ends.
struct Waiting<'a> {
    budgets: &'a Budgets,
    key: &'a Key,
    lane: Lane,
}

impl<'a> Waiting<'a> {
    fn new(budgets: &'a Budgets, key: &'a Key, seed: Limits, lane: Lane) -> Self {
        budgets.with(key, seed, |budget| budget.wait_in(lane));
        Self { budgets, key, lane }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(budget) = self.budgets.lock().get_mut(self.key) {
            budget.leave(self.lane);
        }
    }
}
