use std::{collections::VecDeque, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::Lane;
use crate::ghl::wire::RateHeaders;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long a used-up day is waited for when no answer said when it ends.
const DAY_UNKNOWN: Duration = Duration::from_secs(3600);
/// How far the announced end of a day may move before it is another day's.
const DAY_SLACK: SignedDuration = SignedDuration::from_hours(1);
/// The shortest wait: below it, asking again would only be noise.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// Sizes of the limits, as long as no answer has named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests per interval, at least 1.
    pub burst: u32,
    /// The interval.
    pub interval: Duration,
    /// Requests per day.
    pub day: u32,
}

impl Limits {
    /// Of an app (published: FAQ of the developers' documentation).
    pub const APP: Self = Self { burst: 100, interval: Duration::from_secs(10), day: 200_000 };
    /// Of a private integration token (observed on a trial account).
    pub const PRIVATE: Self = Self { burst: 25, interval: Duration::from_secs(10), day: 10_000 };
}

/// One request that was let through, to be told to [`Budget::settle`].
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Permit(());

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may go.
    Go(Permit),
    /// It may ask again after this.
    Wait(Duration),
    /// The day is used up for its lane, until then.
    Parked(Timestamp),
}

/// The limits of one credential at one resource, and what is left of them.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    /// When the last requests went, oldest first; never more than allowed in one interval.
    gone: VecDeque<Timestamp>,
    /// Nobody goes before: the answer was 429.
    closed_until: Option<Timestamp>,
    day_left: u32,
    day_ends: Option<Timestamp>,
    in_flight: u32,
    waiting: [u32; 4],
}

impl Budget {
    /// A full budget.
    pub fn new(limits: Limits) -> Self {
        let limits = Limits { burst: limits.burst.max(1), ..limits };
        Self {
            limits,
            gone: VecDeque::new(),
            closed_until: None,
            day_left: limits.day,
            day_ends: None,
            in_flight: 0,
            waiting: [0; 4],
        }
    }

    /// The sizes, as far as they are known.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Requests left today, and when the day begins again, if an answer said so.
    pub fn day(&self) -> (u32, Option<Timestamp>) {
        (self.day_left, self.day_ends)
    }

    /// Requests of `lane` that could go at once; none while nobody may go.
    pub fn room(&mut self, lane: Lane, now: Timestamp) -> u32 {
        self.forget(now);
        if self.closed_until.is_some() {
            return 0;
        }
        let used = u32::try_from(self.gone.len()).unwrap_or(u32::MAX);
        self.share(lane).saturating_sub(used)
    }

    /// Whether a request of `lane` may go now.
    pub fn take(&mut self, lane: Lane, now: Timestamp) -> Admission {
        self.forget(now);
        let reserve = u64::from(self.limits.day) * u64::from(lane.day_reserve_percent()) / 100;
        if u64::from(self.day_left) <= reserve {
            return Admission::Parked(*self.day_ends.get_or_insert_with(|| later(now, DAY_UNKNOWN)));
        }
        if let Some(until) = self.closed_until {
            return wait(until, now);
        }
        let ahead: u32 = self.waiting[..lane.index()].iter().sum();
        let wanted = self.gone.len() + ahead as usize + 1;
        if let Some(too_many) = wanted.checked_sub(self.share(lane) as usize).filter(|count| *count > 0) {
            // When so many have left that there is room for those ahead and this one.
            let leaves = self.gone.get(too_many - 1).or(self.gone.back()).copied().unwrap_or(now);
            return wait(later(leaves, self.limits.interval), now);
        }
        self.gone.push_back(now);
        self.day_left -= 1;
        self.in_flight += 1;
        Admission::Go(Permit(()))
    }

    /// Somebody of `lane` waits: lower lanes stand back until [`Budget::leave`].
    pub fn wait_in(&mut self, lane: Lane) {
        self.waiting[lane.index()] += 1;
    }

    /// Somebody of `lane` waits no longer.
    pub fn leave(&mut self, lane: Lane) {
        let waiting = &mut self.waiting[lane.index()];
        *waiting = waiting.saturating_sub(1);
    }

    /// The request is over. `seen` is what its answer said of the limits, if there was one.
    pub fn settle(&mut self, permit: Permit, seen: Option<&RateHeaders>, now: Timestamp) {
        let Permit(()) = permit;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.forget(now);
        if let Some(seen) = seen {
            self.learn(seen, now);
        }
    }

    /// The request was never sent: as if it had not been let through.
    pub fn give_back(&mut self, permit: Permit) {
        let Permit(()) = permit;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.day_left = self.day_left.saturating_add(1).min(self.limits.day);
        self.gone.pop_back();
    }

    /// The answer was 429: nobody goes for one interval and, by `chance` (any 64 bits), up to half of another.
    /// To be told before [`Budget::settle`] with the same headers.
    pub fn refuse(&mut self, seen: &RateHeaders, now: Timestamp, chance: u64) -> Duration {
        let interval = seen.interval.unwrap_or(self.limits.interval);
        let nanos = (u128::from(chance) * (interval.as_nanos() / 2 + 1)) >> 64;
        let rest = interval + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let until = later(now, rest);
        self.closed_until = Some(self.closed_until.map_or(until, |closed| closed.max(until)));
        rest
    }

    fn learn(&mut self, seen: &RateHeaders, now: Timestamp) {
        if let Some(interval) = seen.interval.filter(|interval| !interval.is_zero()) {
            self.limits.interval = interval;
        }
        if let Some(burst) = seen.burst.filter(|burst| *burst > 0) {
            self.limits.burst = burst;
        }
        if let Some(left) = seen.burst_left {
            // Less room than by our count: others are in this bucket. More: the answer is old, or the interval has
            // just been cut; our own count keeps every interval.
            let own = self.limits.burst.saturating_sub(u32::try_from(self.gone.len()).unwrap_or(u32::MAX));
            let others = own.saturating_sub(left);
            self.gone.extend(std::iter::repeat_n(now, others as usize));
        }
        let is_resized = seen.day.is_some_and(|day| day != self.limits.day);
        if let Some(day) = seen.day {
            self.limits.day = day;
        }
        let ends = seen.day_reset.map(|reset| later(now, reset.min(DAY)));
        let is_another_day = match (self.day_ends, ends) {
            (Some(known), Some(ends)) => ends.duration_since(known) > DAY_SLACK,
            (None, Some(_)) => true,
            _ => false,
        };
        if let Some(left) = seen.day_left {
            // Those under way are not yet counted there. Answers overtake each other: within one day the least counts.
            let left = left.saturating_sub(self.in_flight);
            self.day_left = if is_another_day || is_resized { left } else { self.day_left.min(left) };
        } else if is_resized {
            self.day_left = self.day_left.min(self.limits.day);
        }
        self.day_ends = ends.or(self.day_ends);
    }

    /// Requests of `lane` that may go in an interval in which nobody else asks.
    pub fn share(&self, lane: Lane) -> u32 {
        let share = u64::from(self.limits.burst) * u64::from(lane.burst_percent()) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).max(1)
    }

    /// Lets go of what time has made void.
    fn forget(&mut self, now: Timestamp) {
        while self.gone.front().is_some_and(|at| later(*at, self.limits.interval) <= now) {
            self.gone.pop_front();
        }
        self.closed_until = self.closed_until.filter(|until| *until > now);
        if let Some(ends) = self.day_ends.filter(|ends| *ends <= now) {
            self.day_left = self.limits.day;
            // Until an answer says more precisely; days that passed unseen are passed over.
            let days = now.duration_since(ends).as_secs() / DAY.as_secs().cast_signed() + 1;
            self.day_ends = ends.checked_add(SignedDuration::from_hours(24 * days)).ok();
        }
    }
}

fn wait(until: Timestamp, now: Timestamp) -> Admission {
    let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    Admission::Wait(wait.max(WAIT_MIN))
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
