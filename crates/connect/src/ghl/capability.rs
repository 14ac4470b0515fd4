//! What GoHighLevel has been seen not to accept, operation by operation: so that the second request does without.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::wire::{Ask, Op, Version};

/// After which a lesson is put to the test again: what was refused may be accepted by then.
const LEARNED_FOR: Duration = Duration::from_secs(24 * 3600);

/// One thing that was learned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lesson {
    /// This member is refused.
    Refused(String),
    /// This member is taken and dropped in silence.
    Dropped(String),
    /// The operation is to be asked for under the other version.
    OtherVersion,
}

/// What was learned. Cheap to clone; clones learn together.
#[derive(Clone, Default)]
pub struct Capabilities(Arc<Mutex<BTreeMap<(Op, Lesson), Timestamp>>>);

impl fmt::Debug for Capabilities {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Capabilities(..)")
    }
}

impl Capabilities {
    /// Learns.
    pub fn learn(&self, op: Op, lesson: Lesson, now: Timestamp) {
        self.lock().insert((op, lesson), now);
    }

    /// Forgets: it worked after all.
    pub fn forget(&self, op: Op, lesson: &Lesson) {
        self.lock().remove(&(op, lesson.clone()));
    }

    /// Everything that holds `now`, with when it was learned.
    pub fn all(&self, now: Timestamp) -> Vec<(Op, Lesson, Timestamp)> {
        let mut all = self.lock();
        let oldest = now.checked_sub(LEARNED_FOR).unwrap_or(Timestamp::MIN);
        all.retain(|_, at| *at >= oldest);
        all.iter().map(|((op, lesson), at)| (*op, lesson.clone(), *at)).collect()
    }

    /// Takes what is refused out of `ask`. Says what was taken out.
    pub fn prepare(&self, ask: &mut Ask, now: Timestamp) -> Vec<String> {
        let asked = ask.op;
        let refused = self.all(now).into_iter().filter_map(|(op, lesson, _)| match lesson {
            Lesson::Refused(member) if op == asked => Some(member),
            _ => None,
        });
        refused.filter(|member| ask.strip(member)).collect()
    }

    /// The version to ask under.
    pub fn version(&self, op: Op, now: Timestamp) -> Option<Version> {
        let all = self.all(now);
        let is_other = all.iter().any(|(known, lesson, _)| *known == op && *lesson == Lesson::OtherVersion);
        if is_other { Some(Version::V3) } else { op.operation().version }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Op, Lesson), Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ghl::wire::Body;

    #[test]
    fn what_was_refused_is_left_out_for_a_day() {
        let known = Capabilities::default();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        known.learn(Op::ContactUpdate, Lesson::Refused("gender".to_owned()), now);
        known.learn(Op::ContactUpdate, Lesson::OtherVersion, now);
        let ask = |op| {
            let mut ask = Ask::new(op, &["c"]);
            ask.body = Body::Json(json!({"gender": "x", "name": "n"}));
            ask
        };
        let mut update = ask(Op::ContactUpdate);
        assert_eq!(known.prepare(&mut update, now), ["gender"]);
        assert_eq!(update.body, Body::Json(json!({"name": "n"})));
        assert_eq!(known.version(Op::ContactUpdate, now), Some(Version::V3));
        let mut other = ask(Op::ContactUpsert);
        assert!(known.prepare(&mut other, now).is_empty());
        let tomorrow = now + jiff::SignedDuration::from_hours(25);
        assert!(known.prepare(&mut ask(Op::ContactUpdate), tomorrow).is_empty());
        assert_eq!(known.version(Op::ContactUpdate, tomorrow), Some(Version::V20210728));
    }
}
