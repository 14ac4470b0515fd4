//! From a failure to what becomes of its write.

use std::time::Duration;

use connect::ghl::{
    Failure,
    fault::{Action, Backup, Class},
};
use jiff::Timestamp;
use store::queue::Backoff;

use super::office::Outcome;

/// When a write that failed is tried again: for about five hours, then a person decides.
pub(super) const BACKOFF: Backoff =
    Backoff { first: Duration::from_secs(20), longest: Duration::from_secs(3600), attempts_max: 12 };
/// How long a write waits whose cure is a person's: it is looked again every hour, and goes on as soon as it can.
const UNTIL_SEEN_TO: Duration = Duration::from_secs(3600);
/// How long a location that is not active is left alone.
const UNTIL_ACTIVE: Duration = Duration::from_secs(24 * 3600);
/// How long an outage is waited out at a time.
const OUTAGE: Duration = Duration::from_secs(120);
/// How long a message that was let out may wait for others before a person hears of it.
const LATE: Duration = Duration::from_secs(3600);
/// The least and the longest wait that an answer can ask for.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(25 * 3600);

/// What is known beside the failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Failures that counted before.
    pub tries: u32,
    /// Whether the same fails for many.
    pub is_outage: bool,
    /// Since when a message is being sent that the gate let out: somebody waits for it, and for nothing else.
    pub sent_since: Option<Timestamp>,
    pub now: Timestamp,
    /// Any bits.
    pub chance: u64,
}

/// What becomes of a write, and whether a person has to hear of it.
pub(super) struct Settled {
    pub outcome: Outcome,
    pub is_incident: bool,
}

/// Decides by the action that a fault asks for. What only the write itself can do (another stage, workflow, slot,
/// contact, channel) it has done before: what is left of it here has no cure.
pub(super) fn settle(failure: &Failure, seen: Seen) -> Settled {
    let class = failure.fault.class;
    let wait = |wait: Duration| later(failure, seen, wait, false);
    let is_out =
        seen.is_outage && matches!(class, Class::Unavailable | Class::EffectUnknown | Class::NotJson);
    if is_out || never_left(failure) {
        let asked = match &failure.fault.action {
            Action::Retry { after } => *after,
            _ => None,
        };
        let since = seen.sent_since.map(|since| seen.now.duration_since(since));
        let is_incident = since.is_some_and(|since| since.unsigned_abs() >= LATE);
        return Settled { outcome: wait(asked.unwrap_or(OUTAGE).min(OUTAGE)), is_incident };
    }
    match &failure.fault.action {
        Action::Retry { after } => again(failure, seen, *after),
        Action::Park { until } => {
            let until = until.unwrap_or(UNTIL_SEEN_TO);
            Settled { outcome: wait(until), is_incident: seen.sent_since.is_some() && until >= LATE }
        }
        Action::Reschedule { after } => quiet(wait(*after)),
        Action::ReadOnly => quiet(wait(OUTAGE)),
        // Left over although the client did it: tokens are renewed, and the next attempt may find them good.
        Action::Refresh | Action::Remint | Action::FailOver(Backup::Credential) => again(failure, seen, None),
        Action::Suspend => told(wait(UNTIL_ACTIVE)),
        // The connection or a scope is to be given again: nothing is lost meanwhile.
        Action::Rescue => told(wait(UNTIL_SEEN_TO)),
        Action::DeadLetter if matches!(class, Class::RefreshDead | Class::ScopeMissing) => {
            told(wait(UNTIL_SEEN_TO))
        }
        // It may be there; the next attempt looks first.
        Action::ReadBack | Action::RetryParts(_) | Action::Quarantine => again(failure, seen, None),
        Action::FailOver(Backup::Version) | Action::UseCompany => {
            let mut settled = again(failure, seen, None);
            settled.is_incident = true;
            settled
        }
        Action::StripField(_)
        | Action::Normalise(_)
        | Action::AdoptId(_)
        | Action::Tombstone
        | Action::Remap
        | Action::NextSlot
        | Action::SetDnd
        | Action::StopSending
        | Action::FailOver(Backup::Workflow | Backup::Channel)
        | Action::DeadLetter => told(dead(failure)),
    }
}

/// Whether nothing was sent: nobody is reached there, or nothing leaves here. No number of tries says anything about the
/// write then.
fn never_left(failure: &Failure) -> bool {
    const NOT_SENT: [&str; 5] = ["breaker", "paused", "connect", "name", "tls"];
    failure.fault.status.is_none()
        && failure.fault.message.as_deref().is_some_and(|kind| NOT_SENT.contains(&kind))
}

fn quiet(outcome: Outcome) -> Settled {
    Settled { outcome, is_incident: false }
}

fn told(outcome: Outcome) -> Settled {
    Settled { outcome, is_incident: true }
}

fn dead(failure: &Failure) -> Outcome {
    Outcome::Dead { class: Some(failure.fault.class), reason: words(failure) }
}

/// Again after what is asked for or what the number of failures says, as long as there are tries left.
fn again(failure: &Failure, seen: Seen, after: Option<Duration>) -> Settled {
    match BACKOFF.wait(seen.tries + 1, seen.chance) {
        Some(wait) => quiet(later(failure, seen, wait.max(after.unwrap_or_default()), true)),
        None => told(dead(failure)),
    }
}

fn later(failure: &Failure, seen: Seen, wait: Duration, counts: bool) -> Outcome {
    let at = seen.now.checked_add(wait.clamp(WAIT_MIN, WAIT_MAX)).unwrap_or(Timestamp::MAX);
    Outcome::Later { at, counts, class: Some(failure.fault.class), reason: words(failure), afresh: false }
}

/// Why, for the log: what GoHighLevel said comes masked.
fn words(failure: &Failure) -> String {
    format!("{}: {}", failure.op.key(), failure.fault)
}

#[cfg(test)]
mod tests {
    use connect::ghl::{fault::Fault, wire::Op};

    use super::*;

    fn failure(class: Class, action: Action) -> Failure {
        let fault = Fault { class, action, status: Some(500), message: None, trace_id: None };
        Failure {
            op: Op::NoteCreate,
            fault,
            tried: Vec::new(),
            drifts: Vec::new(),
            token: None,
            request: String::new(),
        }
    }

    fn seen(tries: u32) -> Seen {
        Seen { tries, is_outage: false, sent_since: None, now: Timestamp::UNIX_EPOCH, chance: u64::MAX }
    }

    fn seconds(outcome: &Outcome) -> Option<(i64, bool)> {
        match outcome {
            Outcome::Later { at, counts, .. } => Some((at.as_second(), *counts)),
            _ => None,
        }
    }

    #[test]
    fn failures_of_theirs_are_tried_again_until_the_tries_are_used_up_and_a_person_hears_of_it() {
        let fault = failure(Class::Unavailable, Action::Retry { after: None });
        assert_eq!(seconds(&settle(&fault, seen(0)).outcome), Some((20, true)));
        assert_eq!(seconds(&settle(&fault, seen(10)).outcome), Some((3600, true)));
        let last = settle(&fault, seen(11));
        assert!(last.is_incident && matches!(last.outcome, Outcome::Dead { .. }));
    }

    #[test]
    fn what_an_answer_asks_to_wait_is_waited_and_counts_for_nothing() {
        let hour = Duration::from_secs(3600);
        let park = failure(Class::DayLimit, Action::Park { until: Some(5 * hour) });
        assert_eq!(seconds(&settle(&park, seen(11)).outcome), Some((5 * 3600, false)));
        let retry = failure(Class::BurstLimit, Action::Retry { after: Some(2 * hour) });
        assert_eq!(seconds(&settle(&retry, seen(0)).outcome), Some((7200, true)));
    }

    #[test]
    fn an_outage_uses_up_no_tries() {
        let fault = failure(Class::Unavailable, Action::Retry { after: None });
        let settled = settle(&fault, Seen { is_outage: true, ..seen(11) });
        assert_eq!((seconds(&settled.outcome), settled.is_incident), (Some((120, false)), false));
    }

    #[test]
    fn what_never_left_uses_up_no_tries_either() {
        let mut unsent = failure(Class::Unavailable, Action::Retry { after: None });
        unsent.fault = Fault { status: None, message: Some("breaker".to_owned()), ..unsent.fault };
        assert_eq!(seconds(&settle(&unsent, seen(11)).outcome), Some((120, false)));
        unsent.fault.message = Some("timeout".to_owned());
        assert!(
            matches!(settle(&unsent, seen(11)).outcome, Outcome::Dead { .. }),
            "it may be the write itself"
        );
    }

    #[test]
    fn whoever_waits_for_a_message_is_not_kept_waiting_in_silence() {
        let mut unsent = failure(Class::Unavailable, Action::Retry { after: Some(Duration::from_secs(10)) });
        unsent.fault = Fault { status: None, message: Some("breaker".to_owned()), ..unsent.fault };
        let after = |minutes: i64| Seen {
            now: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(minutes),
            sent_since: Some(Timestamp::UNIX_EPOCH),
            ..seen(0)
        };
        let settled = settle(&unsent, after(0));
        assert_eq!((seconds(&settled.outcome), settled.is_incident), (Some((10, false)), false));
        assert!(settle(&unsent, after(60)).is_incident, "an hour is long enough");
        assert!(!settle(&unsent, Seen { sent_since: None, ..after(60) }).is_incident, "nobody waits for it");
        let day = failure(Class::DayLimit, Action::Park { until: Some(5 * LATE) });
        assert!(settle(&day, after(0)).is_incident && !settle(&day, seen(0)).is_incident);
    }

    #[test]
    fn what_waits_for_a_person_is_kept_and_told() {
        for (class, action) in [
            (Class::LocationInactive, Action::Suspend),
            (Class::RefreshDead, Action::DeadLetter),
            (Class::ScopeMissing, Action::DeadLetter),
            (Class::RefreshLost, Action::Rescue),
        ] {
            let settled = settle(&failure(class, action), seen(11));
            assert!(
                settled.is_incident && matches!(settled.outcome, Outcome::Later { counts: false, .. }),
                "{class}"
            );
        }
    }

    #[test]
    fn what_is_wrong_in_itself_ends_at_once() {
        for action in [Action::DeadLetter, Action::Normalise(None), Action::NextSlot, Action::Remap] {
            let settled = settle(&failure(Class::Misaddressed, action), seen(0));
            assert!(settled.is_incident && matches!(settled.outcome, Outcome::Dead { .. }));
        }
    }
}
