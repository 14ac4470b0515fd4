use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Time, tz::TimeZone};
use kernel::{Locale, Vertical};
use serde::{Deserialize, Serialize};

use super::{PassedOver, Wanted};

/// How far ahead working hours are looked for, in days.
const AHEAD_DAYS: i64 = 14;

/// Somebody who takes leads. Lists that are empty are no limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Names them.
    pub id: String,
    /// The team.
    pub team: Option<String>,
    /// How many leads of each turn are theirs, in relation to the others; 0 takes no part.
    pub weight: u32,
    /// Open leads that they can hold; none is no limit.
    pub open_max: Option<u32>,
    /// Open leads that they hold.
    pub open: u32,
    /// Leads that they take in a day; none is no limit.
    pub daily_max: Option<u32>,
    /// Leads that they were given today.
    pub today: u32,
    /// Lines of business that they serve.
    pub verticals: BTreeSet<Vertical>,
    /// Areas that they serve.
    pub areas: BTreeSet<String>,
    /// Least and highest price that they serve, both inclusive.
    pub prices: Option<(u64, u64)>,
    /// Languages that they speak (`es`); asked for only when a contact asked for one.
    pub languages: BTreeSet<String>,
    /// When they work; none is always.
    pub hours: Option<Hours>,
    /// When they are away.
    pub absences: Vec<Absence>,
}

/// A time away: from `from` on, back at `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// From when on.
    pub from: Timestamp,
    /// When they are back.
    pub until: Timestamp,
}

/// Working hours of a week.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    zone: TimeZone,
    days: [Option<DayHours>; 7],
}

/// Working hours of a day, in local time: from `from` on, until `to`, which is outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayHours {
    /// The beginning.
    pub from: Time,
    /// The end, later than the beginning.
    pub to: Time,
}

/// Why working hours are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("working hours end after they begin: {from} to {to} is none (split a night at midnight)")]
pub struct AgentError {
    from: Time,
    to: Time,
}

impl Hours {
    /// Hours in `zone` for each day from Monday on; none is a day off.
    ///
    /// # Errors
    /// When a day ends before it begins.
    pub fn new(zone: TimeZone, days: [Option<DayHours>; 7]) -> Result<Self, AgentError> {
        match days.iter().flatten().find(|day| day.from >= day.to) {
            Some(DayHours { from, to }) => Err(AgentError { from: *from, to: *to }),
            None => Ok(Self { zone, days }),
        }
    }

    /// Whether `now` is within them.
    pub fn open_at(&self, now: Timestamp) -> bool {
        let local = self.zone.to_datetime(now);
        self.days[local.weekday().to_monday_zero_offset() as usize]
            .is_some_and(|day| day.from <= local.time() && local.time() < day.to)
    }

    /// The next instant, `now` included, that is within them; none when there is none within two weeks.
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        if self.open_at(now) {
            return Some(now);
        }
        let today = self.zone.to_datetime(now).date();
        (0..=AHEAD_DAYS).find_map(|ahead| {
            let date = today.checked_add(jiff::Span::new().days(ahead)).ok()?;
            let day = self.days[date.weekday().to_monday_zero_offset() as usize]?;
            // An hour that the clock skips begins when the clock has skipped it.
            let begins = self.zone.to_ambiguous_timestamp(date.to_datetime(day.from)).compatible().ok()?;
            (begins > now).then_some(begins)
        })
    }
}

impl Agent {
    /// An agent of weight 1 without limits.
    pub fn named(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            team: None,
            weight: 1,
            open_max: None,
            open: 0,
            daily_max: None,
            today: 0,
            verticals: BTreeSet::new(),
            areas: BTreeSet::new(),
            prices: None,
            languages: BTreeSet::new(),
            hours: None,
            absences: Vec::new(),
        }
    }

    /// Why they cannot take a lead now; none when they can.
    pub(super) fn cannot(&self, wanted: &Wanted, now: Timestamp) -> Option<PassedOver> {
        if self.weight == 0 {
            return Some(PassedOver::NoWeight);
        }
        if let Some(what) = self.does_not_serve(wanted) {
            return Some(PassedOver::DoesNotServe { what });
        }
        if self.open_max.is_some_and(|most| self.open >= most) {
            return Some(PassedOver::Full { open: self.open });
        }
        if self.daily_max.is_some_and(|most| self.today >= most) {
            return Some(PassedOver::EnoughToday { today: self.today });
        }
        if let Some(until) = self.back_at(now) {
            return Some(PassedOver::Absent { until: self.next_free(until) });
        }
        match &self.hours {
            Some(hours) if !hours.open_at(now) => {
                let begins = hours.next_open(now).map(|begins| self.next_free(begins));
                Some(PassedOver::OffHours { begins })
            }
            _ => None,
        }
    }

    /// When the absence that `now` lies in ends, those that follow on it included.
    fn back_at(&self, now: Timestamp) -> Option<Timestamp> {
        let covers = |at: Timestamp| {
            let away = self.absences.iter().filter(|away| away.from <= at && at < away.until);
            away.map(|away| away.until).max()
        };
        let mut back = covers(now)?;
        while let Some(later) = covers(back) {
            back = later;
        }
        Some(back)
    }

    /// The first instant from `from` on at which they are at work and not away; `from` when there is none near.
    pub(crate) fn next_free(&self, from: Timestamp) -> Timestamp {
        let mut at = from;
        // Each step passes one absence or one night.
        for _ in 0..=2 * AHEAD_DAYS {
            let open = match &self.hours {
                Some(hours) => match hours.next_open(at) {
                    Some(open) => open,
                    None => return from,
                },
                None => at,
            };
            match self.back_at(open) {
                Some(back) => at = back,
                None => return open,
            }
        }
        from
    }

    /// What of `wanted` they do not serve. What is not known is no reason.
    fn does_not_serve(&self, wanted: &Wanted) -> Option<String> {
        let outside = |limits: bool, serves: bool| limits && !serves;
        if let Some(vertical) = wanted.vertical
            && outside(!self.verticals.is_empty(), self.verticals.contains(&vertical))
        {
            return Some(vertical.to_string());
        }
        if let Some(area) = &wanted.area
            && outside(!self.areas.is_empty(), self.areas.contains(area))
        {
            return Some(area.clone());
        }
        if let (Some(price), Some((from, to))) = (wanted.price, self.prices)
            && !(from..=to).contains(&price)
        {
            return Some(format!("a price of {price}"));
        }
        let language = wanted.language_asked_for.as_ref().map(Locale::language);
        language
            .filter(|language| outside(!self.languages.is_empty(), self.languages.contains(*language)))
            .map(|language| format!("the language asked for ({language})"))
    }

    /// Takes account of a lead that they were given.
    pub fn take(&mut self) {
        self.open += 1;
        self.today += 1;
    }
}
