use std::fmt;

use jiff::Timestamp;

use super::{Action, Ask, Class, Drift, Fault, Op, TokenError, TurnError, form};
use crate::ghl::{recorded::Masker, wire::Body};

/// One thing that went wrong on the way, for a report to whoever is asked for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub fault: Fault,
}

/// A request that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The operation.
    pub op: Op,
    /// The last fault: its action is what is left to do.
    pub fault: Fault,
    /// What was tried before, oldest first, the last fault included.
    pub tried: Vec<Step>,
    /// What was missing in an answer that was there.
    pub drifts: Vec<Drift>,
    /// When it is the tokens, what of them.
    pub token: Option<TokenError>,
    /// What was asked, to show to whoever is asked for help: method, path without identifiers, and the body with
    /// everything secret or personal masked.
    pub request: String,
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.op.key(), self.fault)
    }
}

impl Failure {
    pub(super) fn of(op: Op, fault: Fault, tried: Vec<Step>) -> Self {
        Self { op, fault, tried, drifts: Vec::new(), token: None, request: String::new() }
    }

    pub(super) fn of_tokens(op: Op, error: TokenError, tried: Vec<Step>) -> Self {
        let (class, action) = match &error {
            TokenError::Unknown(_) | TokenError::Reconnect(_) => (Class::RefreshDead, Action::DeadLetter),
            TokenError::Suspended { .. } => (Class::LocationInactive, Action::Suspend),
            TokenError::Unavailable(_) | TokenError::Store(_) => {
                (Class::Unavailable, Action::Retry { after: None })
            }
        };
        let fault = Fault { class, action, status: None, message: Some(error.to_string()), trace_id: None };
        Self { token: Some(error), ..Self::of(op, fault, tried) }
    }

    pub(super) fn of_turn(op: Op, error: TurnError, now: Timestamp, tried: Vec<Step>) -> Self {
        let (class, action) = match error {
            TurnError::Parked { until } => {
                let until = until.duration_since(now).try_into().ok();
                (Class::DayLimit, Action::Park { until })
            }
            TurnError::Busy { after } => (Class::BurstLimit, Action::Retry { after: Some(after) }),
        };
        let fault = Fault { class, action, status: None, message: Some(error.to_string()), trace_id: None };
        Self::of(op, fault, tried)
    }

    pub(super) fn asked(self, ask: &Ask) -> Self {
        let operation = self.op.operation();
        let mut masker = Masker::default();
        let body = match &ask.body {
            Body::Empty => String::new(),
            Body::Json(value) => masker.body(value.to_string().as_bytes()),
            Body::Form(pairs) => masker.body(form(pairs).as_bytes()),
        };
        let request = format!("{} {} {body}", operation.method, operation.path);
        Self { request: request.trim_end().to_owned(), ..self }
    }

    /// Whether the same may succeed later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        let action = &self.fault.action;
        matches!(action, Action::Retry { .. } | Action::Park { .. } | Action::Reschedule { .. })
            || matches!(action, Action::Refresh | Action::Remint)
    }
}
