//! The generic cell rate algorithm: a budget is one instant, the "theoretical arrival time" at which it will be
//! whole again (ITU-T I.371; <https://brandur.org/rate-limiting>). Instants are microseconds since 1970: below
//! 2^53, so that Redis' scripts, which count in doubles, come to the same result.

use std::time::Duration;

use crate::{Policy, Verdict};

/// Microseconds that one unit takes to come back. Rounded up: never more than the quota is given per window.
pub(crate) fn interval_micros(policy: &Policy) -> i64 {
    let quota = i64::from(policy.quota.max(1));
    (policy.window_micros() + quota - 1) / quota
}

/// Microseconds of a whole quota.
pub(crate) fn capacity_micros(policy: &Policy) -> i64 {
    interval_micros(policy) * i64::from(policy.quota.max(1))
}

/// What to answer a request for `cost` units at `now` when the budget is whole again at `whole_at`, and the
/// instant to keep instead (the same when refused).
///
/// An instant further away than one quota comes from a clock that ran ahead, and is brought back to one quota.
pub(crate) fn decide(policy: &Policy, whole_at: Option<i64>, cost: u32, now: i64) -> (i64, Verdict) {
    let (interval, capacity) = (interval_micros(policy), capacity_micros(policy));
    let before = whole_at.unwrap_or(now).clamp(now, now.saturating_add(capacity));
    let after = before.saturating_add(interval.saturating_mul(i64::from(cost)));
    let allowed = after - now <= capacity;
    let kept = if allowed { after } else { before };
    let retry = (!allowed && cost <= policy.quota).then(|| micros(after - now - capacity));
    let verdict = Verdict {
        allowed,
        remaining: u32::try_from((capacity - (kept - now)) / interval).unwrap_or(policy.quota),
        reset_after: micros(kept - now),
        retry_after: retry,
        policy: *policy,
    };
    (kept, verdict)
}

fn micros(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_quota_comes_at_once_and_then_unit_by_unit() {
        let policy = Policy::new("test", 4, Duration::from_secs(8));
        let (mut kept, mut now) = (None, 100 * SECOND);
        for left in [3, 2, 1, 0] {
            let (after, verdict) = decide(&policy, kept, 1, now);
            assert_eq!((verdict.allowed, verdict.remaining, verdict.retry_after), (true, left, None));
            kept = Some(after);
        }
        let (after, refused) = decide(&policy, kept, 1, now);
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after, Some(Duration::from_secs(2)));
        assert_eq!(refused.reset_after, Duration::from_secs(8));
        assert_eq!(Some(after), kept, "a refusal takes nothing");
        now += 2 * SECOND;
        assert!(decide(&policy, kept, 1, now).1.allowed, "after the time it was told to wait");
        assert!(!decide(&policy, kept, 2, now).1.allowed);
    }

    #[test]
    fn more_than_the_quota_is_never_allowed_and_no_time_is_named() {
        let policy = Policy::new("test", 4, Duration::from_secs(8));
        let (_, verdict) = decide(&policy, None, 5, 0);
        assert_eq!((verdict.allowed, verdict.retry_after, verdict.remaining), (false, None, 4));
    }

    #[test]
    fn a_clock_that_ran_ahead_locks_nobody_out_for_longer_than_a_window() {
        let policy = Policy::new("test", 10, Duration::from_secs(10));
        let (_, verdict) = decide(&policy, Some(1_000_000 * SECOND), 1, 0);
        assert_eq!(verdict.retry_after, Some(Duration::from_secs(1)));
    }

    proptest! {
        /// Over any stretch of time, no more is given than one quota and what came back meanwhile.
        #[test]
        fn never_more_than_the_quota_and_what_came_back(
            quota in 1_u32..50,
            window_millis in 1_u64..100_000,
            steps in prop::collection::vec((0_i64..5_000_000, 0_u32..60), 1..80),
        ) {
            let policy = Policy::new("test", quota, Duration::from_millis(window_millis));
            let (start, mut now, mut kept, mut given) = (1_700_000_000 * SECOND, 1_700_000_000 * SECOND, None, 0_i64);
            for (pause, cost) in steps {
                now += pause;
                let (after, verdict) = decide(&policy, kept, cost, now);
                kept = Some(after);
                if verdict.allowed {
                    given += i64::from(cost);
                } else if let Some(wait) = verdict.retry_after {
                    let then = now + i64::try_from(wait.as_micros()).unwrap();
                    prop_assert!(decide(&policy, kept, cost, then).1.allowed, "the wait was too short");
                    prop_assert!(!decide(&policy, kept, cost, then - 1).1.allowed, "the wait was too long");
                }
                let came_back = (now - start) / interval_micros(&policy);
                prop_assert!(given <= i64::from(quota) + came_back);
                prop_assert!(verdict.remaining <= quota);
                prop_assert!(decide(&policy, kept, verdict.remaining, now).1.allowed, "what remains can be taken");
            }
        }
    }
}
