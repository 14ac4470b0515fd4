//! A person's word on a lead, beside the score and never instead of it.
//!
//! The computed score goes on being computed, written to the ledger and judged; an override is shown and used while it
//! is in force, with who said it and why, and ends by itself.

use jiff::{SignedDuration, Timestamp};
use kernel::Actor;
use serde::{Deserialize, Serialize};

/// The longest that an override can hold.
pub const OVERRIDE_DAYS_MAX: i64 = 90;

/// What a person says of a lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    probability: f64,
    reason: String,
    who: Actor,
    since: Timestamp,
    until: Timestamp,
}

/// Why an override is refused.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum OverrideError {
    /// The chance is none.
    #[error("a chance is within 0 and 1, not {0}")]
    Probability(f64),
    /// No reason.
    #[error("say why: the next person to see it has nothing else")]
    NoReason,
    /// It would not end, or has ended before it begins.
    #[error("it must end after it begins, and within {OVERRIDE_DAYS_MAX} days")]
    Expiry,
}

impl Override {
    /// `who` says at `since` that the chance is `probability` for `reason`, until `until`, which is outside.
    ///
    /// # Errors
    /// When the chance is none, the reason is empty or it would not end in time.
    pub fn new(
        probability: f64,
        reason: impl Into<String>,
        who: Actor,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Self, OverrideError> {
        let reason = reason.into().trim().to_owned();
        if !(0.0..=1.0).contains(&probability) {
            return Err(OverrideError::Probability(probability));
        }
        if reason.is_empty() {
            return Err(OverrideError::NoReason);
        }
        let length = until.duration_since(since);
        if length <= SignedDuration::ZERO || length > SignedDuration::from_hours(24 * OVERRIDE_DAYS_MAX) {
            return Err(OverrideError::Expiry);
        }
        Ok(Self { probability, reason, who, since, until })
    }

    /// The chance that the person gives the lead.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who says so.
    pub fn who(&self) -> &Actor {
        &self.who
    }

    /// From when on.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Until when; that instant is outside.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether it holds at `as_of`.
    pub fn in_force(&self, as_of: Timestamp) -> bool {
        self.since <= as_of && as_of < self.until
    }
}

/// The chance that is used, and both that it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effective<'a> {
    /// What rankings and routing use.
    pub probability: f64,
    /// What the policy or model says; always there.
    pub computed: f64,
    /// The override in force, if any.
    pub set_by: Option<&'a Override>,
}

/// The chance that counts at `as_of`: that of the override said last among those in force, else the computed one. Of
/// several said at one instant, the one that ends last counts, then the higher chance.
pub fn effective<'a>(
    computed: f64,
    overrides: impl IntoIterator<Item = &'a Override>,
    as_of: Timestamp,
) -> Effective<'a> {
    let in_force = overrides.into_iter().filter(|word| word.in_force(as_of));
    let set_by = in_force.max_by(|one, other| {
        (one.since, one.until)
            .cmp(&(other.since, other.until))
            .then(one.probability.total_cmp(&other.probability))
    });
    Effective { probability: set_by.map_or(computed, Override::probability), computed, set_by }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    fn word(probability: f64, since: i64, until: i64) -> Override {
        let reason = "met them at the open house";
        Override::new(probability, reason, Actor::new("dana"), day(since), day(until)).unwrap()
    }

    #[test]
    fn an_override_counts_while_it_is_in_force_and_both_are_shown() {
        let words = [word(0.9, 1, 5)];
        for (as_of, counts) in [(0, 0.1), (1, 0.9), (4, 0.9), (5, 0.1)] {
            let effective = effective(0.1, &words, day(as_of));
            assert_eq!((effective.probability, effective.computed), (counts, 0.1), "day {as_of}");
            assert_eq!(effective.set_by.is_some(), counts == 0.9);
        }
    }

    #[test]
    fn the_last_word_counts_and_the_earlier_one_returns_when_it_ends() {
        let words = [word(0.9, 1, 10), word(0.2, 3, 5)];
        let at = |as_of| effective(0.5, &words, day(as_of)).probability;
        assert_eq!([at(2), at(4), at(6), at(10)], [0.9, 0.2, 0.9, 0.5]);
    }

    #[test]
    fn what_has_no_reason_no_chance_or_no_end_is_refused() {
        let new = |probability, reason: &str, until| {
            Override::new(probability, reason, Actor::new("dana"), day(0), day(until)).unwrap_err()
        };
        assert_eq!(new(1.1, "sure", 1), OverrideError::Probability(1.1));
        assert!(matches!(new(f64::NAN, "sure", 1), OverrideError::Probability(_)));
        assert_eq!(new(0.5, "  ", 1), OverrideError::NoReason);
        assert_eq!(new(0.5, "sure", 0), OverrideError::Expiry);
        assert_eq!(new(0.5, "sure", 91), OverrideError::Expiry);
    }
}
