use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How fast somebody has to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Seconds until the automatic first action.
    pub first_action_seconds: u32,
    /// Where that comes from.
    pub first_action_source: String,
    /// What happens while the agent does not act, ascending by time.
    pub escalations: Vec<Escalation>,
}

/// What happens when an agent has not acted for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Minutes after the lead reached them.
    pub after_minutes: u32,
    /// What happens.
    pub action: EscalationAction,
    /// Where the time comes from.
    pub source: String,
}

/// What happens when an agent does not act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationAction {
    /// They are told again.
    RemindAgent,
    /// The next agent is offered it.
    OfferToNext,
    /// Whoever leads the team is told.
    TellManager,
}

/// Until when somebody has to act on one lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When the clock begins: at once, or when the first agent is back. None when nobody will be.
    pub begins: Option<Timestamp>,
    /// When the first action is due.
    pub first_action: Option<Timestamp>,
    /// What happens then, and when, while nobody acts.
    pub escalations: Vec<(Timestamp, EscalationAction)>,
}

impl Clock {
    /// When what is due, for a clock that begins then.
    pub fn due(&self, begins: Option<Timestamp>) -> Due {
        let after = |span| begins.map(|begins| begins.saturating_add(span).unwrap_or(Timestamp::MAX));
        let first_action = after(SignedDuration::from_secs(i64::from(self.first_action_seconds)));
        let escalation = |step: &Escalation| {
            let at = after(SignedDuration::from_mins(i64::from(step.after_minutes)))?;
            Some((at, step.action))
        };
        Due { begins, first_action, escalations: self.escalations.iter().filter_map(escalation).collect() }
    }
}

impl Due {
    /// The steps that are due at `now`, given that nobody acted; the earliest first.
    pub fn overdue(&self, now: Timestamp) -> impl Iterator<Item = EscalationAction> + '_ {
        self.escalations.iter().filter(move |(at, _)| *at <= now).map(|(_, action)| *action)
    }
}
