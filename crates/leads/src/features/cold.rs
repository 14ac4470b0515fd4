use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::goal::{Label, Target};
use crate::timeline::Timeline;

/// A lead that was active and falls silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoingCold {
    silent_days: u32,
}

/// The silence is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a silence has 1 to 365 days, not {0}")]
pub struct GoingColdError(u32);

impl Default for GoingCold {
    /// Nothing for 14 days.
    fn default() -> Self {
        Self { silent_days: 14 }
    }
}

impl GoingCold {
    /// A lead that does nothing of its own accord for `silent_days`.
    ///
    /// # Errors
    /// When they are not within 1 and 365.
    pub fn new(silent_days: u32) -> Result<Self, GoingColdError> {
        if (1..=365).contains(&silent_days) {
            Ok(Self { silent_days })
        } else {
            Err(GoingColdError(silent_days))
        }
    }

    /// How many days of nothing it takes.
    pub fn silent_days(&self) -> u32 {
        self.silent_days
    }

    fn silence(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.silent_days))
    }
}

impl Target for GoingCold {
    /// Reached when the silence is over without a sign of them, and we would know of one by now.
    fn label(&self, timeline: &Timeline, as_of: Timestamp, now: Timestamp, delay: SignedDuration) -> Label {
        let until = self.ends(as_of);
        let known = timeline.view(now, until.min(now));
        if known.happenings().iter().any(|happening| happening.at > as_of && happening.what.is_activity()) {
            return Label::Missed;
        }
        let over = until.saturating_add(delay).is_ok_and(|known_from| known_from <= now);
        if over { Label::Reached(until) } else { Label::Open }
    }

    /// Only who was active within as many days can fall silent.
    fn is_asked(&self, timeline: &Timeline, as_of: Timestamp) -> bool {
        let since = as_of.saturating_sub(self.silence()).unwrap_or(Timestamp::MIN);
        let view = timeline.as_of(as_of);
        view.happenings().iter().any(|happening| happening.at > since && happening.what.is_activity())
    }

    fn ends(&self, as_of: Timestamp) -> Timestamp {
        as_of.saturating_add(self.silence()).unwrap_or(Timestamp::MAX)
    }
}
