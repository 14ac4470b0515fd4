//! GoHighLevel's rate limits: so many requests in ten seconds and so many a day, per credential and resource.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// How much a credential may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests in ten seconds.
    pub burst: u64,
    /// Requests in 24 hours.
    pub daily: u64,
}

impl Quota {
    /// An app's, per location or company, as published.
    pub const APP: Self = Self { burst: 100, daily: 200_000 };
    /// A Private Integration Token's, as measured on a trial account.
    pub const PRIVATE: Self = Self { burst: 25, daily: 10_000 };
}

/// Length of the short window.
const INTERVAL_MS: i64 = 10_000;
/// Length of the long one.
const DAY_MS: i64 = 86_400_000;

/// What is left to whom.
#[derive(Debug, Default)]
pub(super) struct Limits {
    buckets: HashMap<(String, String), Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    burst_began: Timestamp,
    burst_used: u64,
    day_began: Timestamp,
    day_used: u64,
}

/// One request's place in its buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Whether it may go on.
    pub allowed: bool,
    quota: Quota,
    burst_left: u64,
    day_left: u64,
    day_reset_ms: i64,
}

impl Limits {
    /// Counts a request.
    pub fn take(&mut self, who: &str, resource: &str, quota: Quota, now: Timestamp) -> Taken {
        let bucket = self.buckets.entry((who.to_owned(), resource.to_owned())).or_insert(Bucket {
            burst_began: now,
            burst_used: 0,
            day_began: now,
            day_used: 0,
        });
        let elapsed = |began: Timestamp| now.duration_since(began).as_millis();
        if elapsed(bucket.burst_began) >= i128::from(INTERVAL_MS) {
            (bucket.burst_began, bucket.burst_used) = (now, 0);
        }
        if elapsed(bucket.day_began) >= i128::from(DAY_MS) {
            (bucket.day_began, bucket.day_used) = (now, 0);
        }
        let allowed = bucket.burst_used < quota.burst && bucket.day_used < quota.daily;
        if allowed {
            bucket.burst_used += 1;
            bucket.day_used += 1;
        }
        let day_end = bucket.day_began + SignedDuration::from_millis(DAY_MS);
        Taken {
            allowed,
            quota,
            burst_left: quota.burst.saturating_sub(bucket.burst_used),
            day_left: quota.daily.saturating_sub(bucket.day_used),
            day_reset_ms: i64::try_from(day_end.duration_since(now).as_millis()).unwrap_or(DAY_MS),
        }
    }

    /// Uses up what is left of the short window.
    pub fn exhaust_burst(&mut self, who: &str, resource: &str) {
        if let Some(bucket) = self.buckets.get_mut(&(who.to_owned(), resource.to_owned())) {
            bucket.burst_used = u64::MAX - 1;
        }
    }

    /// Uses up what is left of the day, which ends when it ends, or `ends_in` seconds after `now`.
    pub fn exhaust_day(&mut self, who: &str, resource: &str, ends_in: Option<u32>, now: Timestamp) {
        if let Some(bucket) = self.buckets.get_mut(&(who.to_owned(), resource.to_owned())) {
            bucket.day_used = u64::MAX - 1;
            if let Some(seconds) = ends_in {
                let left = SignedDuration::from_secs(i64::from(seconds));
                bucket.day_began = now + left - SignedDuration::from_millis(DAY_MS);
            }
        }
    }
}

impl Taken {
    /// The headers that every answer carries.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("x-ratelimit-max", self.quota.burst.to_string()),
            ("x-ratelimit-remaining", self.burst_left.to_string()),
            ("x-ratelimit-interval-milliseconds", INTERVAL_MS.to_string()),
            ("x-ratelimit-limit-daily", self.quota.daily.to_string()),
            ("x-ratelimit-daily-remaining", self.day_left.to_string()),
            // A duration, although it reads like an instant.
            ("x-ratelimit-daily-reset", self.day_reset_ms.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;

    use super::{Limits, Quota};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn the_hundred_and_first_request_within_ten_seconds_is_refused() {
        let mut limits = Limits::default();
        for _ in 0..100 {
            assert!(limits.take("app", "l", Quota::APP, at(0)).allowed);
        }
        assert!(!limits.take("app", "l", Quota::APP, at(9)).allowed);
        assert!(limits.take("app", "other", Quota::APP, at(9)).allowed);
        assert!(limits.take("app", "l", Quota::APP, at(10)).allowed);
    }

    #[test]
    fn the_daily_reset_is_told_as_a_duration() {
        let mut limits = Limits::default();
        limits.take("pit", "l", Quota::PRIVATE, at(0));
        let headers = limits.take("pit", "l", Quota::PRIVATE, at(57)).headers();
        let told =
            |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        assert_eq!(told("x-ratelimit-daily-reset").as_deref(), Some("86343000"));
        assert_eq!(told("x-ratelimit-max").as_deref(), Some("25"));
        assert_eq!(told("x-ratelimit-daily-remaining").as_deref(), Some("9998"));
    }

    #[test]
    fn a_used_up_day_lasts_until_it_ends() {
        let mut limits = Limits::default();
        limits.take("app", "l", Quota::APP, at(0));
        limits.exhaust_day("app", "l", None, at(0));
        assert!(!limits.take("app", "l", Quota::APP, at(86_399)).allowed);
        assert!(limits.take("app", "l", Quota::APP, at(86_400)).allowed);
    }

    #[test]
    fn a_day_that_is_used_up_shortly_before_its_end_comes_back_then() {
        let mut limits = Limits::default();
        limits.take("app", "l", Quota::APP, at(0));
        limits.exhaust_day("app", "l", Some(5), at(100));
        assert!(!limits.take("app", "l", Quota::APP, at(104)).allowed);
        assert!(limits.take("app", "l", Quota::APP, at(105)).allowed);
    }

    proptest! {
        #[test]
        fn no_window_lets_more_through_than_its_quota(gaps in prop::collection::vec(0i64..4, 1..200)) {
            let quota = Quota { burst: 5, daily: 60 };
            let (mut limits, mut now, mut allowed) = (Limits::default(), 0, 0);
            let end = gaps.iter().sum::<i64>();
            for gap in gaps {
                now += gap;
                allowed += u64::from(limits.take("a", "l", quota, at(now)).allowed);
            }
            let windows = u64::try_from(end / 10 + 1).unwrap_or(u64::MAX);
            prop_assert!(allowed <= (windows * quota.burst).min(quota.daily));
        }
    }
}
