//! A breaker: whoever fails again and again is left alone for a while.

use std::time::{Duration, Instant};

/// Failures in a row after which a target is left alone.
pub(crate) const FAILURES_MAX: u32 = 5;
/// The first time it is left alone; doubled each time the trial fails.
const REST_MIN: Duration = Duration::from_secs(10);
/// The longest time.
const REST_MAX: Duration = Duration::from_secs(300);

/// Closed (requests pass), open (they do not) or half open (one passes as a trial).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    until: Instant,
    rest: Duration,
    /// Until when one trial has the floor.
    trial_until: Option<Instant>,
}

impl Breaker {
    /// Whether a request may pass, or how long it may not.
    pub(crate) fn admit(&mut self, now: Instant, trial_max: Duration) -> Result<(), Duration> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if let Some(wait) = open.until.checked_duration_since(now).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        match open.trial_until.and_then(|until| until.checked_duration_since(now)) {
            // Somebody tries already. Should that one never report, its time runs out.
            Some(wait) if !wait.is_zero() => Err(wait.min(REST_MIN)),
            _ => {
                open.trial_until = Some(now + trial_max);
                Ok(())
            }
        }
    }

    /// Reports what became of a request.
    pub(crate) fn report(&mut self, succeeded: bool, now: Instant) {
        if succeeded {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let rest = match &self.open {
            // A straggler from before, while nobody is let through: no news.
            Some(open) if open.until > now => return,
            Some(open) => open.rest.saturating_mul(2).min(REST_MAX),
            None if self.failures >= FAILURES_MAX => REST_MIN,
            None => return,
        };
        self.open = Some(Open { until: now + rest, rest, trial_until: None });
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_calm(&self) -> bool {
        self.failures == 0 && self.open.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIAL: Duration = Duration::from_secs(30);

    #[test]
    fn failures_in_a_row_open_it_and_one_success_forgets_them() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for _ in 1..FAILURES_MAX {
            breaker.report(false, now);
        }
        breaker.report(true, now);
        for _ in 1..FAILURES_MAX {
            assert!(breaker.admit(now, TRIAL).is_ok());
            breaker.report(false, now);
        }
        assert!(breaker.admit(now, TRIAL).is_ok());
        breaker.report(false, now);
        assert_eq!(breaker.admit(now, TRIAL), Err(REST_MIN));
    }

    #[test]
    fn after_its_rest_one_trial_passes_and_decides() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX {
            breaker.report(false, now);
        }
        let mut rest = REST_MIN;
        for _ in 0..8 {
            now += rest;
            assert!(breaker.admit(now, TRIAL).is_ok(), "the trial");
            assert!(breaker.admit(now, TRIAL).is_err(), "nobody beside it");
            breaker.report(false, now);
            rest = (rest * 2).min(REST_MAX);
            assert_eq!(breaker.admit(now, TRIAL), Err(rest));
        }
        now += rest;
        assert!(breaker.admit(now, TRIAL).is_ok());
        breaker.report(true, now);
        assert!(breaker.is_calm() && breaker.admit(now, TRIAL).is_ok() && breaker.admit(now, TRIAL).is_ok());
    }

    #[test]
    fn a_trial_that_never_reports_does_not_close_the_door_for_good() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX {
            breaker.report(false, now);
        }
        now += REST_MIN;
        assert!(breaker.admit(now, TRIAL).is_ok());
        now += TRIAL;
        assert!(breaker.admit(now, TRIAL).is_ok());
    }

    #[test]
    fn stragglers_do_not_prolong_the_rest() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX + 3 {
            breaker.report(false, now);
        }
        assert_eq!(
            breaker.admit(now + Duration::from_secs(4), TRIAL),
            Err(REST_MIN - Duration::from_secs(4))
        );
    }
}
