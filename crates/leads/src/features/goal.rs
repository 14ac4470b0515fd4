use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::timeline::{AppointmentStep, Timeline, View, What};

/// What a market wants to happen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalEvent {
    /// An appointment is booked.
    AppointmentBooked,
    /// The contact comes to an appointment.
    AppointmentShown,
    /// An opportunity reaches this place in its pipeline, as a fraction: 0 is the first stage, 1 the last.
    StageReached(f64),
}

impl GoalEvent {
    fn is(self, what: &What) -> bool {
        match (self, what) {
            (Self::AppointmentBooked, What::Appointment { step, .. }) => {
                matches!(step, AppointmentStep::Booked { .. })
            }
            (Self::AppointmentShown, What::Appointment { step, .. }) => *step == AppointmentStep::Shown,
            (Self::StageReached(share), What::StageMove { place, of, .. }) => {
                f64::from(*place) >= share * f64::from(of.saturating_sub(1).max(1))
            }
            _ => false,
        }
    }
}

/// What a market wants to happen, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    event: GoalEvent,
    horizon_days: u32,
}

/// The horizon is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a goal is looked for in 1 to 730 days, not {0}")]
pub struct GoalError(u32);

/// What became of a contact after a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It came about, at this time.
    Reached(Timestamp),
    /// It did not, and the time for it is over.
    Missed,
    /// It has not yet, or had before we knew: nothing can be learned from it.
    Open,
}

/// What a model is trained to foresee of a contact.
pub trait Target {
    /// What became of the contact after `as_of`, by what is known `now`. `delay` is how late we may still learn of what
    /// happened: until it is over, silence is not a no.
    fn label(&self, timeline: &Timeline, as_of: Timestamp, now: Timestamp, delay: SignedDuration) -> Label;

    /// Whether there is anything to foresee at `as_of`.
    fn is_asked(&self, timeline: &Timeline, as_of: Timestamp) -> bool;

    /// The last instant that counts for a question asked at `as_of`.
    fn ends(&self, as_of: Timestamp) -> Timestamp;

    /// When the label of a question asked at `as_of` is to be read. One kind of end comes early and the other with the
    /// last instant: to read each label as soon as it is there would make young rows nearly all of one kind.
    fn settles(&self, as_of: Timestamp, delay: SignedDuration) -> Timestamp {
        self.ends(as_of).saturating_add(delay).unwrap_or(Timestamp::MAX)
    }
}

impl Default for Goal {
    /// An appointment within 14 days.
    fn default() -> Self {
        Self { event: GoalEvent::AppointmentBooked, horizon_days: 14 }
    }
}

impl Goal {
    /// `event` within `horizon_days`.
    ///
    /// # Errors
    /// When the horizon is not within 1 and 730 days.
    pub fn new(event: GoalEvent, horizon_days: u32) -> Result<Self, GoalError> {
        if (1..=730).contains(&horizon_days) {
            Ok(Self { event, horizon_days })
        } else {
            Err(GoalError(horizon_days))
        }
    }

    /// Whether the goal is reached when a view ends.
    fn is_behind(&self, view: &View<'_>) -> bool {
        let mut happened = view.happenings().iter().map(|happening| &happening.what);
        match self.event {
            GoalEvent::StageReached(_) => happened.any(|what| self.event.is(what)),
            GoalEvent::AppointmentBooked => appointment_ahead(happened, view.until()),
            // Who has an appointment has not come to it yet.
            GoalEvent::AppointmentShown => false,
        }
    }

    /// What is to happen.
    pub fn event(&self) -> GoalEvent {
        self.event
    }

    /// Within how many days.
    pub fn horizon_days(&self) -> u32 {
        self.horizon_days
    }

    /// The last instant that counts for a question asked at `as_of`.
    pub fn until(&self, as_of: Timestamp) -> Timestamp {
        let horizon = SignedDuration::from_hours(24 * i64::from(self.horizon_days));
        as_of.saturating_add(horizon).unwrap_or(Timestamp::MAX)
    }
}

impl Target for Goal {
    /// Whether the goal happened in (`as_of`, `as_of` + horizon]. Open as well when, as we know now, it was reached
    /// already without our knowing: that is no miss.
    fn label(&self, timeline: &Timeline, as_of: Timestamp, now: Timestamp, delay: SignedDuration) -> Label {
        if self.is_behind(&timeline.view(now, as_of)) {
            return Label::Open;
        }
        let until = self.until(as_of);
        let known = timeline.view(now, until.min(now));
        let mut reached = known
            .happenings()
            .iter()
            .filter(|happening| happening.at > as_of && self.event.is(&happening.what));
        match reached.next() {
            Some(happening) => Label::Reached(happening.at),
            None if until.saturating_add(delay).is_ok_and(|known_from| known_from <= now) => Label::Missed,
            None => Label::Open,
        }
    }

    /// Not where the goal is reached already: an appointment is ahead, or the stage is behind.
    fn is_asked(&self, timeline: &Timeline, as_of: Timestamp) -> bool {
        !self.is_behind(&timeline.as_of(as_of))
    }

    fn ends(&self, as_of: Timestamp) -> Timestamp {
        self.until(as_of)
    }
}

fn appointment_ahead<'a>(happened: impl Iterator<Item = &'a What>, as_of: Timestamp) -> bool {
    let mut ahead = std::collections::BTreeMap::new();
    for what in happened {
        if let What::Appointment { appointment, step } = what {
            ahead.insert(appointment, matches!(step, AppointmentStep::Booked { starts } if *starts > as_of));
        }
    }
    ahead.into_values().any(|ahead| ahead)
}
