//! What is remembered of each lane: its breaker, its pause, and how many requests are under way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::breaker::Breaker;

/// Lanes remembered at most; calm ones are forgotten first.
const LANES_MAX: usize = 10_000;
/// The longest pause that a server may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 3600);

/// Why a request must not be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Breaker(Duration),
    Pause(Duration),
}

#[derive(Debug)]
pub(crate) struct Hosts {
    in_flight_max: usize,
    lanes: Mutex<HashMap<String, Lane>>,
}

#[derive(Debug)]
struct Lane {
    breaker: Breaker,
    paused_until: Option<Instant>,
    turns: Arc<Semaphore>,
}

impl Hosts {
    pub(crate) fn new(in_flight_max: usize) -> Self {
        Self { in_flight_max: in_flight_max.max(1), lanes: Mutex::default() }
    }

    /// Waits for a turn. The permit gives it back when dropped.
    pub(crate) async fn turn(&self, lane: &str) -> Option<OwnedSemaphorePermit> {
        let turns = self.lane(lane, |lane| lane.turns.clone());
        // Never closed.
        turns.acquire_owned().await.ok()
    }

    /// Whether a request of this lane may be sent now; when a breaker is half open, this one is its trial.
    pub(crate) fn admit(&self, lane: &str, trial_max: Duration, now: Instant) -> Result<(), Closed> {
        self.lane(lane, |lane| {
            if let Some(wait) = lane.paused_until.and_then(|until| until.checked_duration_since(now))
                && !wait.is_zero()
            {
                return Err(Closed::Pause(wait));
            }
            lane.paused_until = None;
            lane.breaker.admit(now, trial_max).map_err(Closed::Breaker)
        })
    }

    pub(crate) fn report(&self, lane: &str, succeeded: bool, now: Instant) {
        self.lane(lane, |lane| lane.breaker.report(succeeded, now));
    }

    /// Leaves a lane alone, as its server asked.
    pub(crate) fn pause(&self, lane: &str, wait: Duration, now: Instant) {
        self.lane(lane, |lane| {
            let until = now + wait.min(PAUSE_MAX);
            lane.paused_until = lane.paused_until.max(Some(until));
        });
    }

    fn lane<T>(&self, name: &str, look: impl FnOnce(&mut Lane) -> T) -> T {
        // A panic while the lock was held leaves whole values: each is assigned at once.
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get_mut(name) {
            return look(lane);
        }
        if lanes.len() >= LANES_MAX {
            let all = self.in_flight_max;
            let now = Instant::now();
            lanes.retain(|_, lane| {
                let is_paused = lane.paused_until.is_some_and(|until| until > now);
                is_paused || !lane.breaker.is_calm() || lane.turns.available_permits() < all
            });
        }
        let fresh = Lane {
            breaker: Breaker::default(),
            paused_until: None,
            turns: Arc::new(Semaphore::new(self.in_flight_max)),
        };
        look(lanes.entry(name.to_owned()).or_insert(fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_left_alone_as_long_as_its_server_asked_and_no_other_is() {
        let (hosts, now) = (Hosts::new(2), Instant::now());
        hosts.pause("a", Duration::from_secs(30), now);
        hosts.pause("a", Duration::from_secs(10), now);
        assert_eq!(
            hosts.admit("a", Duration::from_secs(1), now + Duration::from_secs(20)),
            Err(Closed::Pause(Duration::from_secs(10)))
        );
        assert_eq!(hosts.admit("b", Duration::from_secs(1), now), Ok(()));
        assert_eq!(hosts.admit("a", Duration::from_secs(1), now + Duration::from_secs(30)), Ok(()));
    }

    #[test]
    fn many_lanes_are_forgotten_but_the_failing_ones() {
        let (hosts, now) = (Hosts::new(2), Instant::now());
        for _ in 0..crate::breaker::FAILURES_MAX {
            hosts.report("failing", false, now);
        }
        for number in 0..2 * LANES_MAX {
            hosts.report(&format!("lane {number}"), true, now);
        }
        assert!(hosts.lanes.lock().unwrap().len() <= LANES_MAX + 1);
        assert!(hosts.admit("failing", Duration::from_secs(1), now).is_err());
    }

    #[tokio::test]
    async fn as_many_are_under_way_as_there_are_turns() {
        let hosts = Hosts::new(2);
        let (one, _two) = (hosts.turn("a").await, hosts.turn("a").await);
        let third = hosts.turn("a");
        tokio::pin!(third);
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut third).await.is_err());
        drop(one);
        assert!(third.await.is_some());
    }
}
