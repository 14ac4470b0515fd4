//! When the clock of an offer stops, and when an offer ends by what others do.

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{StoreError, Tx};

use crate::{
    records::offer,
    routing::{Due, EscalationAction},
    timeline::Timeline,
};

/// When somebody first spoke to the person from `since` on, as far as the timeline knows.
pub(super) fn first_action(timeline: &Timeline, since: Timestamp) -> Option<Timestamp> {
    let seen = timeline.as_of(Timestamp::MAX);
    let spoken = seen.happenings().iter().filter(|one| one.at >= since && one.what.outbound().is_some());
    spoken.map(|one| one.at).min()
}

/// Somebody spoke to the person at `happened_at`: the clock of its offer stops, in the transaction in which that is told.
pub(crate) async fn acted_in(
    tx: &mut Tx,
    contact: PersonId,
    happened_at: Timestamp,
) -> Result<(), StoreError> {
    offer::act(tx, contact, happened_at).await.map(|_| ())
}

/// The contact was given to `to`: an offer to anybody else has ended.
pub(crate) async fn assigned_in(
    tx: &mut Tx,
    contact: PersonId,
    to: Option<Ulid>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(current) = offer::current(&mut *tx, contact).await? else { return Ok(()) };
    if current.agent != to {
        offer::end(tx, current.id, "reassigned", at).await?;
    }
    Ok(())
}

/// The lead was won or lost: its offer has ended.
pub(crate) async fn closed_in(tx: &mut Tx, contact: PersonId, at: Timestamp) -> Result<(), StoreError> {
    offer::end_of(tx, contact, "closed", at).await.map(|_| ())
}

/// Rounds in which an hour is looked for that suits both: a week of nights and mornings on either side.
const ROUNDS: usize = 14;

/// The first instant from `from` on that is `allowed` and at which the agent is `there`, where each answers with the next
/// one from an instant on; `from` when they have none in common soon.
pub(super) fn common(
    from: Timestamp,
    allowed: impl Fn(Timestamp) -> Timestamp,
    there: impl Fn(Timestamp) -> Timestamp,
) -> Timestamp {
    let mut at = from;
    for _ in 0..ROUNDS {
        let open = allowed(at);
        at = there(open);
        if at == open {
            return at;
        }
    }
    from
}

/// The clock of an offer that follows on one that nobody acted on. The manager is told when the first one promised, not an
/// hour after the last.
pub(super) fn kept_promise(mut due: Due, before: &Due, now: Timestamp) -> Due {
    let promised = before.escalations.iter().find(|(_, action)| *action == EscalationAction::TellManager);
    let Some((promised, _)) = promised else { return due };
    for (at, action) in &mut due.escalations {
        if *action == EscalationAction::TellManager {
            *at = (*at).min((*promised).max(now));
        }
    }
    due.escalations.sort_by_key(|(at, _)| *at);
    due
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::routing::Policy;

    #[test]
    fn a_clock_begins_where_the_hours_of_both_meet() {
        let at = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        let next = |from: i64, to: i64| {
            move |now: Timestamp| {
                let (day, hour) =
                    (now.as_second().div_euclid(86_400), now.as_second().rem_euclid(86_400) / 3_600);
                match hour {
                    hour if hour < from => at(24 * day + from),
                    hour if hour < to => now,
                    _ => at(24 * (day + 1) + from),
                }
            }
        };
        assert_eq!(
            common(at(21), next(8, 20), next(10, 22)),
            at(24 + 10),
            "not at eight, when nobody is there"
        );
        assert_eq!(common(at(9), next(8, 20), next(10, 22)), at(10));
        assert_eq!(common(at(12), next(8, 20), next(10, 22)), at(12));
        assert_eq!(
            common(at(12), next(8, 12), next(13, 22)),
            at(12),
            "never both: it runs from the offer on"
        );
    }

    #[test]
    fn a_lead_that_goes_from_hand_to_hand_still_reaches_a_manager_in_time() {
        let first: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let clock = Policy::shipped().clock();
        let mut before = clock.due(Some(first));
        for round in 1..=3 {
            let now = first + SignedDuration::from_mins(15 * round);
            let due = kept_promise(clock.due(Some(now)), &before, now);
            let manager = due.escalations.iter().find(|(_, action)| *action == EscalationAction::TellManager);
            assert_eq!(manager.map(|(at, _)| *at), Some(first + SignedDuration::from_mins(60)), "{round}");
            assert!(due.escalations.is_sorted_by_key(|(at, _)| *at));
            before = due;
        }
        let late = first + SignedDuration::from_hours(5);
        let due = kept_promise(clock.due(Some(late)), &before, late);
        assert_eq!(due.escalations[0], (late, EscalationAction::TellManager));
    }
}
