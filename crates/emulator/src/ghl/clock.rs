//! The emulator's time: somebody's clock, made faster or moved ahead.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

/// What time it is in the emulated world.
///
/// It follows a source that the caller hands in. A factor lets it run faster than the source, and [`Clock::advance`]
/// moves it ahead at once: a test spends a day in no time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    source: Box<dyn Fn() -> Timestamp + Send + Sync>,
    begin: Timestamp,
    speed: u32,
    ahead_ms: AtomicI64,
    moved: tokio::sync::Notify,
}

impl Clock {
    /// A clock that follows `source` at its own pace.
    pub fn following(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::faster(source, 1)
    }

    /// A clock that begins with `source` and then runs `speed` times as fast (0 counts as 1).
    pub fn faster(source: impl Fn() -> Timestamp + Send + Sync + 'static, speed: u32) -> Self {
        let begin = source();
        Self(Arc::new(Inner {
            source: Box::new(source),
            begin,
            speed: speed.max(1),
            ahead_ms: AtomicI64::new(0),
            moved: tokio::sync::Notify::new(),
        }))
    }

    /// A clock that stands still until it is moved.
    pub fn standing(at: Timestamp) -> Self {
        Self::following(move || at)
    }

    /// Now, to the millisecond, as GoHighLevel tells time.
    pub fn now(&self) -> Timestamp {
        let passed = (self.0.source)().duration_since(self.0.begin).as_millis();
        let ahead = i128::from(self.0.ahead_ms.load(Ordering::SeqCst));
        let total = passed.saturating_mul(i128::from(self.0.speed)).saturating_add(ahead);
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        let base = Timestamp::from_millisecond(self.0.begin.as_millisecond()).unwrap_or(self.0.begin);
        base.checked_add(SignedDuration::from_millis(total)).unwrap_or(Timestamp::MAX)
    }

    /// Moves the world ahead; what became due by that happens at once.
    pub fn advance(&self, by: Duration) {
        self.0.ahead_ms.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.0.moved.notify_waiters();
    }

    /// Waits until `due`, or until the clock was moved: the caller looks again.
    pub(super) async fn sleep_until(&self, due: Timestamp) {
        let moved = self.0.moved.notified();
        let left = due.duration_since(self.now());
        if left.is_positive() {
            let real = left.unsigned_abs() / self.0.speed;
            // Looked at again every second, whatever the source does meanwhile.
            let real = real.clamp(Duration::from_millis(1), Duration::from_secs(1));
            tokio::select! {
                () = tokio::time::sleep(real) => {}
                () = moved => {}
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Clock({})", self.now())
    }
}

/// An instant as GoHighLevel writes it: `2026-11-21T17:43:43.000Z`.
pub(super) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, written};

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let at = "2026-11-21T10:00:00.123456Z".parse().expect("an instant");
        let clock = Clock::standing(at);
        assert_eq!(written(clock.now()), "2026-11-21T10:00:00.123Z");
        clock.advance(Duration::from_secs(86_400));
        assert_eq!(written(clock.now()), "2026-11-22T10:00:00.123Z");
    }
}
