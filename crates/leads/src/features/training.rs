use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use learn::frame::{Column, ColumnSchema, Frame, Kind};

use super::{Features, Label, Target};
use crate::timeline::Timeline;

/// The column that says which contact a row is of, as a number: rows of one contact must not be on both sides of a
/// split.
pub const CONTACT: &str = "contact";

/// The column with the moment of a row, in days since 1970-01-01: to split by time, not to learn from.
pub const AS_OF: &str = "as_of";

/// The column that says whether the target came about.
pub const GOAL: &str = "goal_reached";

/// Which moments of a contact's life are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// The least time between two rows of one contact. What a score is asked for after every event would otherwise
    /// fill the table with the same people.
    pub gap: SignedDuration,
    /// How long after the last thing that we learned a contact is still asked about, once after [`Sampling::gap`] and then
    /// per [`Sampling::heartbeat`]: people who fell silent are scored as well.
    pub silence: SignedDuration,
    /// The time between two rows in silence.
    pub heartbeat: SignedDuration,
    /// How late we may learn of an outcome.
    pub delay: SignedDuration,
}

impl Default for Sampling {
    /// A row a day at most, in silence one after a day and then one a week, for 30 days; outcomes are known two days later.
    fn default() -> Self {
        Self {
            gap: SignedDuration::from_hours(24),
            silence: SignedDuration::from_hours(24 * 30),
            heartbeat: SignedDuration::from_hours(24 * 7),
            delay: SignedDuration::from_hours(48),
        }
    }
}

impl Sampling {
    /// The moments of `timeline` until `now` at which a score would have been asked for, ascending: when something was
    /// learned, and from time to time in silence.
    pub fn moments(&self, timeline: &Timeline, now: Timestamp) -> Vec<Timestamp> {
        let learned: Vec<Timestamp> = timeline.learned_at().into_iter().filter(|at| *at <= now).collect();
        let mut moments: Vec<Timestamp> = Vec::new();
        let mut ask = |at: Timestamp, gap: SignedDuration| {
            let far = moments.last().is_none_or(|last| at.duration_since(*last) >= gap);
            if far {
                moments.push(at);
            }
        };
        for (place, at) in learned.iter().enumerate() {
            ask(*at, self.gap);
            let next = learned.get(place + 1).copied().unwrap_or(now).min(now);
            let last = at.saturating_add(self.silence).unwrap_or(Timestamp::MAX).min(next);
            for later in self.beats(*at, last) {
                ask(later, self.gap);
            }
        }
        moments
    }

    /// When a contact is asked about who falls silent at `at`, until `last`: after a gap, by when what came in one
    /// burst is known, and then at every heartbeat.
    fn beats(&self, at: Timestamp, last: Timestamp) -> Vec<Timestamp> {
        let mut beats: Vec<Timestamp> =
            at.checked_add(self.gap).into_iter().filter(|beat| *beat > at).collect();
        let mut beat = at;
        while let Ok(later) = beat.checked_add(self.heartbeat)
            && later <= last
            && self.heartbeat > SignedDuration::ZERO
        {
            beats.push(later);
            beat = later;
        }
        beats.retain(|beat| *beat <= last);
        beats.sort_unstable();
        beats
    }
}

/// Rows to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingRows {
    /// The features, with [`CONTACT`], [`AS_OF`] and [`GOAL`] behind them.
    pub frame: Frame,
    /// Rows whose target came about.
    pub positive: usize,
    /// Rows whose target did not.
    pub negative: usize,
    /// Contacts with a row whose target came about: what the switch from prior to model counts.
    pub contacts_reached: usize,
    /// Contacts with rows, and none whose target came about.
    pub contacts_missed: usize,
    /// Moments that were left out because their end is not known yet.
    pub open: usize,
    /// Moments that were left out because there was nothing to foresee: the goal was reached already.
    pub not_asked: usize,
}

impl TrainingRows {
    /// The contact of each row: the groups of a split.
    pub fn contacts(&self) -> Vec<u32> {
        match self.frame.column(CONTACT) {
            Some(Column::Number(contacts)) => contacts.iter().map(|contact| *contact as u32).collect(),
            _ => Vec::new(),
        }
    }
}

/// The rows of `timelines`, one contact each, by what is known `now`.
///
/// Every row holds what was known at its moment and nothing later, and what became of it. Rows whose time is not over
/// ([`Target::settles`]), also where it has come about already, or that have nothing to foresee, are counted and left out.
pub fn training_rows<'a>(
    timelines: impl IntoIterator<Item = &'a Timeline>,
    target: &impl Target,
    sampling: &Sampling,
    zone: &TimeZone,
    now: Timestamp,
) -> TrainingRows {
    let (mut rows, mut contacts, mut moments, mut reached) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut open, mut not_asked) = (0, 0);
    let (mut contacts_reached, mut contacts_missed) = (0, 0);
    for (contact, timeline) in timelines.into_iter().enumerate() {
        let first = reached.len();
        for as_of in sampling.moments(timeline, now) {
            if !target.is_asked(timeline, as_of) {
                not_asked += 1;
                continue;
            }
            let settled = target.settles(as_of, sampling.delay) <= now;
            let label = match target.label(timeline, as_of, now, sampling.delay) {
                Label::Reached(_) if settled => true,
                Label::Missed if settled => false,
                Label::Reached(_) | Label::Missed | Label::Open => {
                    open += 1;
                    continue;
                }
            };
            rows.push(Features::as_of(timeline, as_of, zone));
            contacts.push(contact as f64);
            moments.push(as_of.as_microsecond() as f64 / 86_400e6);
            reached.push(f64::from(u8::from(label)));
        }
        contacts_reached += usize::from(reached[first..].contains(&1.0));
        contacts_missed += usize::from(reached.len() > first && !reached[first..].contains(&1.0));
    }
    let positive = reached.iter().filter(|reached| **reached == 1.0).count();
    let negative = reached.len() - positive;
    let features = Features::frame(&rows);
    let (mut schema, mut columns) = (features.schema().clone(), features.columns().to_vec());
    for (name, kind, cells) in
        [(CONTACT, Kind::Number, contacts), (AS_OF, Kind::Date, moments), (GOAL, Kind::Boolean, reached)]
    {
        schema.columns.push(ColumnSchema {
            name: name.to_owned(),
            kind,
            levels: Vec::new(),
            left_out: None,
            writing: Default::default(),
        });
        columns.push(Column::Number(cells));
    }
    let frame = Frame::new(schema, columns).expect("one cell per row in columns of different names");
    TrainingRows { frame, positive, negative, contacts_reached, contacts_missed, open, not_asked }
}
