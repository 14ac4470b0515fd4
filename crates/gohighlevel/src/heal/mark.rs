//! How far a family of entities has been compared, and what is to be done with it next.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Family;

/// A way through all of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// Everything that there is, for the first time.
    Fill,
    /// What changed since the last good watermark, less an overlap.
    Reconcile,
    /// Everything that there is, once more: for what no filter finds.
    Sweep,
    /// After a fill or a sweep: whether those that were in no list are gone.
    Verify,
}

impl Pass {
    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Fill => "fill",
            Self::Reconcile => "reconcile",
            Self::Sweep => "sweep",
            Self::Verify => "verify",
        }
    }

    pub(crate) fn from_id(text: &str) -> Option<Self> {
        [Self::Fill, Self::Reconcile, Self::Sweep, Self::Verify].into_iter().find(|pass| pass.id() == text)
    }
}

/// Where a pass goes on. Identifiers and instants only: nothing personal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cursor {
    /// At the beginning.
    #[default]
    Start,
    /// After this contact.
    Contact(Vec<Value>),
    /// After this opportunity, so many pages into it.
    Opportunity { after: String, id: String, pages: u32 },
    /// After this message.
    Message(String),
    /// In the first of these calendars, from this instant on.
    Calendars { left: Vec<String>, from: Timestamp },
    /// After this entity, among those that were in no list.
    Unlisted(String),
}

/// A family's watermark.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub family: Family,
    /// Of which location: another one begins anew.
    pub location: String,
    /// The pass that is under way.
    pub pass: Option<Pass>,
    pub cursor: Cursor,
    /// From when on what changed is asked for.
    pub from: Option<Timestamp>,
    /// When the pass began: what changes after that is for the next one.
    pub began_at: Option<Timestamp>,
    /// Entities listed by it.
    pub seen: u64,
    /// How many there are to be listed, as the first answer said.
    pub total: Option<u64>,
    /// Entities that were not here as they are there.
    pub brought: u64,
    /// Everything that changed before is here.
    pub good_until: Option<Timestamp>,
    /// Entities listed when it was filled.
    pub filled: u64,
    /// When it was filled.
    pub filled_at: Option<Timestamp>,
    /// When it was last compared as a whole.
    pub swept_at: Option<Timestamp>,
    /// A pass that somebody asked for out of turn.
    pub wanted: Option<Pass>,
    /// Not before, after a failure.
    pub retry_at: Option<Timestamp>,
    /// Failures since the last page that came.
    pub failures: u32,
    /// What the last failure was; nothing personal.
    pub failure: Option<String>,
    /// Grows with every writing; 0 before the first.
    pub version: i64,
}

/// What is to be done with a family now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on with the pass that is under way.
    Go,
    /// Begin this one.
    Begin(Pass),
    /// Nothing before then.
    At(Timestamp),
}

/// How often what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rhythm {
    /// Between two reconciliations.
    pub reconcile: Duration,
    /// Between two sweeps.
    pub sweep: Duration,
}

/// The time before the last good watermark that is asked for again: search runs behind, clocks differ.
pub(crate) const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// How far back messages are compared once a day: what came into their index late, could not be taken in, or failed at the
/// carrier afterwards is found then.
pub(crate) const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The longest wait after failures.
const RETRY_MAX: Duration = Duration::from_secs(1800);
/// The wait after the first failure, doubled with each further one.
const RETRY_FIRST: Duration = Duration::from_secs(15);

impl Mark {
    /// Of a family that nothing is known of yet.
    pub fn new(family: Family, location: &str) -> Self {
        Self {
            family,
            location: location.to_owned(),
            pass: None,
            cursor: Cursor::Start,
            from: None,
            began_at: None,
            seen: 0,
            total: None,
            brought: 0,
            good_until: None,
            filled: 0,
            filled_at: None,
            swept_at: None,
            wanted: None,
            retry_at: None,
            failures: 0,
            failure: None,
            version: 0,
        }
    }

    /// The same, of another location: everything begins anew.
    pub fn moved_to(&self, location: &str) -> Self {
        Self { version: self.version, ..Self::new(self.family, location) }
    }

    /// Whether the first way through all of it is done.
    pub fn is_filled(&self) -> bool {
        self.filled_at.is_some()
    }

    /// What is to be done.
    pub fn next(&self, rhythm: Rhythm, now: Timestamp) -> Next {
        if let Some(retry) = self.retry_at.filter(|retry| *retry > now) {
            return Next::At(retry);
        }
        if self.pass.is_some() {
            return Next::Go;
        }
        let Some(filled_at) = self.filled_at else { return Next::Begin(Pass::Fill) };
        let sweep_at = later(self.swept_at.unwrap_or(filled_at), rhythm.sweep);
        if self.wanted == Some(Pass::Sweep) || sweep_at <= now {
            return Next::Begin(Pass::Sweep);
        }
        let reconcile_at = later(self.good_until.unwrap_or(filled_at), rhythm.reconcile);
        if self.wanted.is_some() || reconcile_at <= now {
            return Next::Begin(Pass::Reconcile);
        }
        Next::At(sweep_at.min(reconcile_at))
    }

    /// The same with `pass` begun. What is asked for out of turn while it runs is asked for still when it ends.
    pub fn begun(self, pass: Pass, now: Timestamp) -> Self {
        let since_good = self.good_until.and_then(|good| good.checked_sub(OVERLAP).ok());
        let from = match pass {
            Pass::Reconcile => since_good,
            // Of what never goes, only what may still have changed.
            Pass::Sweep if !self.family.can_vanish() => {
                let week_ago = now.checked_sub(LOOKED_BACK).unwrap_or(Timestamp::MIN);
                Some(since_good.map_or(week_ago, |good| good.min(week_ago)))
            }
            Pass::Fill | Pass::Sweep | Pass::Verify => None,
        };
        Self {
            pass: Some(pass),
            cursor: Cursor::Start,
            from,
            began_at: Some(now),
            seen: 0,
            total: None,
            brought: 0,
            wanted: None,
            retry_at: None,
            ..self
        }
    }

    /// The same after a page that listed `seen` entities, `brought` of them news.
    pub fn after_page(self, seen: u64, brought: u64, total: Option<u64>, cursor: Cursor) -> Self {
        Self {
            seen: self.seen.saturating_add(seen),
            brought: self.brought.saturating_add(brought),
            total: self.total.or(total),
            cursor,
            retry_at: None,
            failures: 0,
            failure: None,
            ..self
        }
    }

    /// The same after the last page of a pass: done, or on to the verification of who was in no list.
    pub fn after_last(self, now: Timestamp) -> Self {
        match self.pass {
            Some(Pass::Fill | Pass::Sweep) if self.family.can_vanish() => {
                Self { pass: Some(Pass::Verify), cursor: Cursor::Unlisted(String::new()), ..self }
            }
            Some(Pass::Fill | Pass::Sweep | Pass::Verify) => self.ended(true, now),
            Some(Pass::Reconcile) | None => self.ended(false, now),
        }
    }

    fn ended(self, was_whole: bool, now: Timestamp) -> Self {
        let good_until = self.began_at.or(self.good_until);
        Self {
            pass: None,
            cursor: Cursor::Start,
            from: None,
            good_until,
            filled: if self.filled_at.is_none() { self.seen } else { self.filled },
            filled_at: self.filled_at.or(was_whole.then_some(now)),
            swept_at: if was_whole { self.began_at } else { self.swept_at },
            ..self
        }
    }

    /// The same after a failure: it goes on where it stopped, at `again` or after a wait that doubles.
    pub fn failed(self, what: String, again: Option<Timestamp>, now: Timestamp) -> Self {
        let doubled =
            RETRY_FIRST.saturating_mul(1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX));
        let retry_at = again.unwrap_or_else(|| later(now, doubled.min(RETRY_MAX)));
        Self {
            retry_at: Some(retry_at),
            failures: self.failures.saturating_add(1),
            failure: Some(what),
            ..self
        }
    }

    /// The same where its turn comes no sooner than at `until`: nothing failed.
    pub fn put_off(self, until: Timestamp) -> Self {
        Self { retry_at: Some(until), ..self }
    }

    /// The same with `pass` asked for out of turn; a sweep is more than a reconciliation.
    pub fn wanting(self, pass: Pass) -> Self {
        let wanted = if self.wanted == Some(Pass::Sweep) { Pass::Sweep } else { pass };
        Self { wanted: Some(wanted), retry_at: None, ..self }
    }
}

/// `from` and so much more, to the microsecond that is stored.
pub(crate) fn later(from: Timestamp, wait: Duration) -> Timestamp {
    let later = from.checked_add(wait).unwrap_or(Timestamp::MAX);
    Timestamp::from_microsecond(later.as_microsecond()).unwrap_or(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm =
        Rhythm { reconcile: Duration::from_secs(900), sweep: Duration::from_secs(24 * 3600) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("an instant")
    }

    fn filled() -> Mark {
        let mark = Mark::new(Family::Contacts, "L").begun(Pass::Fill, at(0));
        let mark = mark.after_page(100, 100, Some(100), Cursor::Contact(Vec::new())).after_last(at(9));
        assert_eq!(mark.pass, Some(Pass::Verify), "who was in no list is looked at");
        mark.after_last(at(10))
    }

    #[test]
    fn what_was_never_filled_is_filled_first_and_then_compared_in_turn() {
        assert_eq!(Mark::new(Family::Contacts, "L").next(RHYTHM, at(0)), Next::Begin(Pass::Fill));
        let mark = filled();
        assert_eq!((mark.good_until, mark.filled_at), (Some(at(0)), Some(at(10))));
        assert_eq!(
            mark.next(RHYTHM, at(10)),
            Next::At(at(900)),
            "from when it began: later changes were missed"
        );
        assert_eq!(mark.next(RHYTHM, at(900)), Next::Begin(Pass::Reconcile));
        let mark = mark.begun(Pass::Reconcile, at(900));
        assert_eq!(mark.from, Some(at(-300)), "with an overlap");
        let mark = mark.after_last(at(901));
        assert_eq!((mark.good_until, mark.swept_at), (Some(at(900)), Some(at(0))));
        assert_eq!(mark.next(RHYTHM, at(24 * 3600)), Next::Begin(Pass::Sweep));
    }

    #[test]
    fn what_is_asked_for_out_of_turn_comes_next_even_while_a_pass_runs() {
        let mark = filled().wanting(Pass::Sweep).wanting(Pass::Reconcile);
        assert_eq!(mark.next(RHYTHM, at(20)), Next::Begin(Pass::Sweep));
        let mark = mark.begun(Pass::Sweep, at(20)).wanting(Pass::Reconcile);
        assert_eq!(mark.next(RHYTHM, at(21)), Next::Go);
        let mark = mark.after_last(at(22)).after_last(at(23));
        assert_eq!(mark.next(RHYTHM, at(24)), Next::Begin(Pass::Reconcile));
    }

    #[test]
    fn who_waits_for_a_turn_goes_on_where_it_stopped_and_has_not_failed() {
        let mark = Mark::new(Family::Contacts, "L").begun(Pass::Fill, at(0)).put_off(at(10));
        assert_eq!(mark.next(RHYTHM, at(5)), Next::At(at(10)));
        assert_eq!(mark.next(RHYTHM, at(10)), Next::Go);
        assert_eq!((mark.failures, &mark.failure), (0, &None));
    }

    #[test]
    fn messages_are_never_deleted_and_are_looked_back_on_for_a_week_every_day() {
        let mark = Mark::new(Family::Messages, "L").begun(Pass::Fill, at(0)).after_last(at(1));
        assert!(mark.is_filled() && mark.pass.is_none(), "nobody is verified");
        let day = 24 * 3600;
        assert_eq!(mark.next(RHYTHM, at(day)), Next::Begin(Pass::Sweep));
        let recent = Mark { good_until: Some(at(9 * day)), ..mark.clone() }.begun(Pass::Sweep, at(9 * day));
        assert_eq!(recent.from, Some(at(2 * day)));
        let late = Mark { good_until: Some(at(0)), ..mark }.begun(Pass::Sweep, at(30 * day));
        assert_eq!(late.from, Some(at(-300)), "nothing is left out after a month");
        let done = late.after_last(at(30 * day + 1));
        assert_eq!((done.pass, done.swept_at), (None, Some(at(30 * day))));
    }

    #[test]
    fn failures_wait_longer_each_time_and_lose_nothing() {
        let mut mark = Mark::new(Family::Contacts, "L").begun(Pass::Fill, at(0));
        mark = mark.after_page(100, 100, Some(300), Cursor::Contact(vec![Value::from("C")]));
        let mut waits = Vec::new();
        for _ in 0..9 {
            mark = mark.failed("no answer".to_owned(), None, at(0));
            waits.push(mark.retry_at.expect("again").duration_since(at(0)).as_secs());
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1800, 1800]);
        assert_eq!(mark.next(RHYTHM, at(1800)), Next::Go);
        assert_eq!((mark.seen, &mark.cursor), (100, &Cursor::Contact(vec![Value::from("C")])));
    }

    #[test]
    fn another_location_begins_anew() {
        let moved = Mark { version: 7, ..filled() }.moved_to("M");
        assert_eq!((moved.version, moved.filled_at, moved.location.as_str()), (7, None, "M"));
    }
}
