use std::time::Duration;

use super::{Action, Backup, Class, ErrorBody, Fault, sms};
use crate::{
    ConnectError, Response, Stage,
    ghl::wire::{Auth, Op, RateHeaders, Repeat},
};

/// How long a 429 is waited for when its answer does not say.
const INTERVAL: Duration = Duration::from_secs(10);

/// One outcome to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What was asked.
    pub op: Op,
    /// What came.
    pub outcome: &'a Result<Response, ConnectError>,
    /// Whether the token was renewed just before: a 401 is then no matter of tokens.
    pub is_renewed: bool,
}

/// Judges an outcome; nothing when all is well.
pub fn classify(seen: Seen<'_>) -> Option<Fault> {
    let response = match seen.outcome {
        Ok(response) => response,
        Err(error) => return Some(of_silence(seen.op, error)),
    };
    let status = response.status.as_u16();
    let body = ErrorBody::read(&response.body);
    let (class, action) = match status {
        200..=299 => of_success(seen.op, &body)?,
        429 => of_limit(&RateHeaders::read(&response.headers)),
        408 | 425 | 500..=599 => of_failure(seen.op, Class::Unavailable, None),
        _ if !body.is_json => of_failure(seen.op, Class::NotJson, None),
        300..=399 => (Class::Misaddressed, Action::DeadLetter),
        401 => of_401(seen, &body),
        403 => of_403(seen.op, &body),
        404 | 410 => of_404(seen.op, &body),
        _ => of_refusal(seen.op, status, &body),
    };
    Some(Fault { class, action, status: Some(status), message: body.message, trace_id: body.trace_id })
}

/// No answer. When nothing was sent, asking again is harmless whatever is asked.
fn of_silence(op: Op, error: &ConnectError) -> Fault {
    let nothing_sent = (Class::Unavailable, Action::Retry { after: None });
    let (class, action) = match error {
        ConnectError::Egress(_) | ConnectError::Setup(_) => (Class::Misaddressed, Action::DeadLetter),
        ConnectError::BreakerOpen { retry_after, .. } | ConnectError::Paused { retry_after, .. } => {
            (Class::Unavailable, Action::Retry { after: Some(*retry_after) })
        }
        ConnectError::Resolve { .. } | ConnectError::Connect { .. } | ConnectError::Tls { .. } => {
            nothing_sent
        }
        ConnectError::Timeout { stage: Stage::Turn | Stage::Connecting, .. } => nothing_sent,
        ConnectError::Timeout { .. } | ConnectError::Protocol { .. } | ConnectError::TooLarge { .. } => {
            of_failure(op, Class::Unavailable, None)
        }
    };
    Fault { class, action, status: None, message: Some(error.kind().to_owned()), trace_id: None }
}

/// Something failed on their side: repeat what may be repeated, look first where it may have been done.
fn of_failure(op: Op, class: Class, after: Option<Duration>) -> (Class, Action) {
    match op.operation().repeat {
        Repeat::Safe => (class, Action::Retry { after }),
        Repeat::ReadBack => (Class::EffectUnknown, Action::ReadBack),
        Repeat::Never if op == Op::OauthToken => (class, Action::Retry { after }),
        Repeat::Never => (Class::EffectUnknown, Action::DeadLetter),
    }
}

fn of_success(op: Op, body: &ErrorBody) -> Option<(Class, Action)> {
    if !body.is_json {
        return Some(of_failure(op, Class::NotJson, None));
    }
    if body.error_count > 0 || body.is_denied {
        return Some((Class::PartlyDropped, Action::RetryParts(body.failed_parts.clone())));
    }
    None
}

fn of_limit(rate: &RateHeaders) -> (Class, Action) {
    if rate.is_day_used_up() {
        return (Class::DayLimit, Action::Park { until: rate.day_reset });
    }
    (Class::BurstLimit, Action::Retry { after: Some(rate.interval.unwrap_or(INTERVAL)) })
}

fn of_401(seen: Seen<'_>, body: &ErrorBody) -> (Class, Action) {
    if body.says(&["timed out", "timeout", "gateway", "upstream"]) {
        return match of_failure(seen.op, Class::GatewayAs401, None) {
            (Class::GatewayAs401, action) => (Class::GatewayAs401, action),
            other => other,
        };
    }
    if body.says(&["not active", "inactive location", "location is inactive"]) {
        return (Class::LocationInactive, Action::Suspend);
    }
    if seen.op == Op::OauthToken {
        return of_grant(body);
    }
    // An agency's token where a location's is wanted, and headers that are missing: ours to mend.
    if body.says(&["authclass", "version header", "authorization header"]) {
        return (Class::Misaddressed, Action::DeadLetter);
    }
    if body.says(&["scope"]) {
        return (Class::ScopeMissing, Action::DeadLetter);
    }
    if body.says(&["does not have access to this location", "access to this location"]) {
        return (Class::WrongLocation, Action::Remint);
    }
    // A missing parameter, and a path in the wrong case, call themselves unauthorised; a token that was renewed a
    // moment ago is none of it, unless the answer says so.
    let is_said = body.says(&["jwt", "expired"]);
    if body.says(&["e01", "not yet supported by the iam", "route is not"]) || (seen.is_renewed && !is_said) {
        return (Class::Misaddressed, Action::DeadLetter);
    }
    (Class::TokenExpired, Action::Refresh)
}

/// A refused code or refresh token.
fn of_grant(body: &ErrorBody) -> (Class, Action) {
    if body.says(&["not active"]) {
        return (Class::LocationInactive, Action::Suspend);
    }
    if body.says(&["invalid_client", "invalid client", "client_id", "client id", "unsupported_grant"]) {
        return (Class::Misaddressed, Action::DeadLetter);
    }
    (Class::RefreshLost, Action::Rescue)
}

fn of_403(op: Op, body: &ErrorBody) -> (Class, Action) {
    if body.says(&["scope"]) {
        return (Class::ScopeMissing, Action::DeadLetter);
    }
    if body.says(&["not active"]) {
        return (Class::LocationInactive, Action::Suspend);
    }
    let is_location = op.operation().auth == Auth::Location;
    if body.says(&["access to this location", "location"]) && is_location {
        return (Class::WrongLocation, Action::Remint);
    }
    if body.says(&["forbidden"]) {
        return (Class::AgencyOnly, Action::UseCompany);
    }
    (Class::ScopeMissing, Action::DeadLetter)
}

fn of_404(op: Op, body: &ErrorBody) -> (Class, Action) {
    if body.says(&["cannot get", "cannot post", "cannot put", "cannot delete", "route not found"]) {
        return (Class::Misaddressed, Action::DeadLetter);
    }
    if body.says(&["api version"]) {
        return (Class::VersionGone, Action::FailOver(Backup::Version));
    }
    of_missing(op, body)
}

/// What does not exist: what the message names, else what the operation is about.
fn of_missing(op: Op, body: &ErrorBody) -> (Class, Action) {
    if body.says(&["pipeline", "stage"]) {
        return (Class::StageGone, Action::Remap);
    }
    if body.says(&["workflow", "calendar"]) {
        return (Class::WorkflowGone, Action::FailOver(Backup::Workflow));
    }
    // Of the location it is not the contact that is gone.
    if body.says(&["location with id", "location not found"]) {
        return (Class::Misaddressed, Action::DeadLetter);
    }
    match op {
        Op::CalendarFreeSlots => (Class::WorkflowGone, Action::FailOver(Backup::Workflow)),
        // Asked for without naming anything that could be missing.
        Op::OauthToken | Op::OauthLocationToken | Op::OauthInstalledLocations => {
            (Class::Misaddressed, Action::DeadLetter)
        }
        _ => (Class::EntityGone, Action::Tombstone),
    }
}

/// 400, 409, 422 and whatever else is refused.
fn of_refusal(op: Op, status: u16, body: &ErrorBody) -> (Class, Action) {
    if op == Op::OauthToken {
        return of_grant(body);
    }
    if body.says(&["not available in api version", "api version"]) {
        return (Class::VersionGone, Action::FailOver(Backup::Version));
    }
    if body.says(&["location is not active", "not active"]) && !body.says(&["workflow", "calendar"]) {
        return (Class::LocationInactive, Action::Suspend);
    }
    if let Some(member) = body.unknown_property() {
        return (Class::UnknownProperty, Action::StripField(member));
    }
    if body.says(&["slot"]) && body.says(&["available", "taken", "booked"]) {
        return (Class::SlotTaken, Action::NextSlot);
    }
    if body.says(&["already exist", "already_exist", "duplicate"]) || status == 409 {
        return match &body.existing_id {
            Some(id) => (Class::AlreadyExists, Action::AdoptId(id.clone())),
            None => (Class::AlreadyExists, Action::ReadBack),
        };
    }
    if op == Op::MessageSend {
        if let Some(found) = sms::find_code(&body.text) {
            return found;
        }
        if body.says(&["opted out", "opt-out", "unsubscribed", "dnd"]) {
            return (Class::SmsOptOut, Action::SetDnd);
        }
    }
    let is_missing =
        body.says(&["not found", "does not exist", "doesn't exist", "no longer exists", "deleted"]);
    let is_invalid = body.says(&["invalid", "not published", "unpublished", "draft", "not active"]);
    let is_named = body.says(&["pipeline", "stage", "workflow", "calendar"]);
    if is_missing || (is_invalid && is_named) {
        return of_missing(op, body);
    }
    (Class::BadValue, Action::Normalise(body.named_member()))
}
