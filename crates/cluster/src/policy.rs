use std::time::Duration;

/// How much of something one key may use: `quota` units per `window`, of which all may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Name of the policy, as it appears in a `RateLimit-Policy` header: letters, digits and `-`.
    pub name: &'static str,
    /// Units per window, 1 to [`Policy::QUOTA_MAX`]; also the largest burst.
    pub quota: u32,
    /// The window, 1 millisecond to [`Policy::WINDOW_MAX`].
    pub window: Duration,
}

impl Policy {
    /// The largest quota. A unit takes at least a microsecond, however short the window.
    pub const QUOTA_MAX: u32 = 1_000_000;
    /// The longest window: 31 days.
    pub const WINDOW_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

    /// `quota` units per `window`; numbers outside their range are moved to its nearest end.
    pub const fn new(name: &'static str, quota: u32, window: Duration) -> Self {
        let quota = if quota == 0 {
            1
        } else if quota > Self::QUOTA_MAX {
            Self::QUOTA_MAX
        } else {
            quota
        };
        let window = if window.as_millis() == 0 {
            Duration::from_millis(1)
        } else if window.as_secs() >= Self::WINDOW_MAX.as_secs() {
            Self::WINDOW_MAX
        } else {
            window
        };
        Self { name, quota, window }
    }

    /// The window in microseconds.
    pub(crate) fn window_micros(&self) -> i64 {
        i64::try_from(self.window.as_micros()).unwrap_or(i64::MAX)
    }
}

/// The answer to a request for units of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the units were taken. When not, nothing was.
    pub allowed: bool,
    /// Units that could still be taken at once.
    pub remaining: u32,
    /// How long until the whole quota is there again, if nothing more is taken.
    pub reset_after: Duration,
    /// How long until the same request would be allowed; `None` when it was, or never will be because it asks
    /// for more than the quota.
    pub retry_after: Option<Duration>,
    /// The policy that decided.
    pub policy: Policy,
}
