//! When a telephone may be called or texted: hours by law of the place, in the recipient's own time.
//!
//! ```
//! use leads::{Channel, calling_hours::{CallingHours, Whereabouts}};
//!
//! // A Floridian with a number of New York: both count, and the stricter wins.
//! let whereabouts = Whereabouts::of(Some("FL".parse()?), Some("+12125550123"));
//! let hours = CallingHours::shipped();
//! let night = "2026-11-21T04:00:00Z".parse()?;
//! let judged = hours.judge(Channel::Sms, &whereabouts, night)?;
//! assert!(!judged.allowed);
//! // Eight in the morning of the panhandle, which is in the Central zone.
//! assert_eq!(judged.next, "2026-11-21T14:00:00Z".parse()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Flow.** [`Whereabouts`] says in which states and zones somebody may be; the rows of each place that are in
//! force are laid over the federal ones; an instant is allowed when it is allowed in every zone where the person
//! may be.
//!
//! **Invariants.** What is not known narrows and never widens. Outside the days of a row the answer is a
//! [`NotKnown`], not a guess.

mod table;
mod whereabouts;

pub use table::{CallingHours, CallingHoursFault, Law, OpenHours, SHIPPED_TOML, Status};
pub use whereabouts::{Basis, Spot, Whereabouts};

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    Channel,
    place::{self, State},
};

/// Days that are searched for the next allowed instant: two weeks have every weekday twice.
const SEARCH_DAYS: i8 = 15;

/// What the table says of one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Whether the channel may be used now.
    pub allowed: bool,
    /// The first allowed instant from then on: the instant itself where it is allowed.
    pub next: Timestamp,
    /// Rows that were asked, in the order of the table.
    pub rows: Vec<String>,
    /// The place and row that forbid it now, the first of them.
    pub because: Option<String>,
}

/// Why the table has no answer. No answer is no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NotKnown {
    /// The number or address belongs to a country that the table does not cover.
    #[error("no calling hours are known for `{country}`: the table covers the United States")]
    Country {
        /// Calling code with `+`, or ISO 3166-1.
        country: String,
    },
    /// The day is before the first day that the rows of a place are claimed for.
    #[error("the calling hours of {place} are known from {from} on, not for {day}")]
    TooEarly {
        /// `US` or a state.
        place: String,
        /// The first day of its rows.
        from: Date,
        /// The day asked for, in the zone of the place.
        day: Date,
    },
    /// The day is after the one by which somebody should have looked at the row again.
    #[error("row {row} was to be reviewed by {review_by}; what holds on {day} is not known")]
    Overdue {
        /// The row.
        row: String,
        /// The last day that it is relied upon.
        review_by: Date,
        /// The day asked for, in the zone of the place.
        day: Date,
    },
    /// Nothing is allowed within two weeks: the zones leave no common hour.
    #[error("no hour of the next two weeks is allowed in every zone where the recipient may be")]
    Never,
}

impl CallingHours {
    /// Whether a channel may be used at an instant, and when next. Channels without a row (e-mail) always may.
    ///
    /// # Errors
    /// [`NotKnown`]: the table has no answer.
    pub fn judge(
        &self,
        channel: Channel,
        whereabouts: &Whereabouts,
        at: Timestamp,
    ) -> Result<Judged, NotKnown> {
        if !self.governs(channel) {
            return Ok(Judged { allowed: true, next: at, rows: Vec::new(), because: None });
        }
        if let Some(country) = whereabouts.foreign() {
            return Err(NotKnown::Country { country: country.to_owned() });
        }
        let (rows, because) = self.look(channel, whereabouts, at)?;
        let next = if because.is_none() { at } else { self.next_allowed(channel, whereabouts, at)? };
        Ok(Judged { allowed: because.is_none(), next, rows, because })
    }

    /// The first instant from `at` on at which a channel may be used.
    ///
    /// # Errors
    /// [`NotKnown`]: the table has no answer for a day on the way.
    pub fn next_allowed(
        &self,
        channel: Channel,
        whereabouts: &Whereabouts,
        at: Timestamp,
    ) -> Result<Timestamp, NotKnown> {
        if !self.governs(channel) {
            return Ok(at);
        }
        if let Some(country) = whereabouts.foreign() {
            return Err(NotKnown::Country { country: country.to_owned() });
        }
        let last =
            at.checked_add(Span::new().hours(24 * i32::from(SEARCH_DAYS))).map_err(|_| NotKnown::Never)?;
        let mut candidate = at;
        // Every round moves the candidate to an opening of some place, or nothing moves and every place is open.
        while candidate <= last {
            let before = candidate;
            for spot in whereabouts.spots() {
                candidate = self.opening(channel, spot, candidate)?;
            }
            if candidate == before {
                return Ok(candidate);
            }
        }
        Err(NotKnown::Never)
    }

    /// The rows asked at an instant, and what forbids it.
    fn look(
        &self,
        channel: Channel,
        whereabouts: &Whereabouts,
        at: Timestamp,
    ) -> Result<(Vec<String>, Option<String>), NotKnown> {
        let mut asked: Vec<&str> = Vec::new();
        let mut because = None;
        for spot in whereabouts.spots() {
            let local = spot.zone().to_datetime(at);
            for law in self.in_force(channel, spot.state, local.date())? {
                if !asked.contains(&law.id.as_str()) {
                    asked.push(&law.id);
                }
                if because.is_none() && !law.allows(local) {
                    let clock = local.time().strftime("%H:%M").to_string();
                    let day = local.date().strftime("%A");
                    because = Some(format!(
                        "it is {day} {clock} in {} ({}), where {} allows {}",
                        spot.zone_name(),
                        spot.state.name(),
                        law.id,
                        law.on(local.date().weekday()),
                    ));
                }
            }
        }
        let order = |id: &&str| self.hours.iter().position(|law| law.id == *id);
        asked.sort_by_key(order);
        Ok((asked.into_iter().map(str::to_owned).collect(), because))
    }

    /// The first instant from `at` on that every row of one place allows; an instant past the search when none is.
    fn opening(&self, channel: Channel, spot: &Spot, at: Timestamp) -> Result<Timestamp, NotKnown> {
        let zone = spot.zone();
        let local = zone.to_datetime(at);
        let mut date = local.date();
        for _ in 0..=SEARCH_DAYS {
            let laws = self.in_force(channel, spot.state, date)?;
            let common = laws
                .iter()
                .try_fold(OpenHours::WHOLE_DAY, |common, law| common.within(law.on(date.weekday())));
            if let Some(open) = common {
                let (opens, closes) = (instant(zone, date, &open.opens), instant(zone, date, &open.closes));
                if let (Some(opens), Some(closes)) = (opens, closes) {
                    let first = at.max(opens);
                    // The clock has the last word: on days that skip or repeat an hour, too.
                    if first < closes && laws.iter().all(|law| law.allows(zone.to_datetime(first))) {
                        return Ok(first);
                    }
                }
            }
            date = date.tomorrow().map_err(|_| NotKnown::Never)?;
        }
        Err(NotKnown::Never)
    }

    /// The federal row and those of a state in force on a day.
    fn in_force(&self, channel: Channel, state: State, day: Date) -> Result<Vec<&Law>, NotKnown> {
        let mut laws = Vec::new();
        for place in [table::FEDERAL, state.code()] {
            let rows =
                || self.hours.iter().filter(move |law| law.place == place && law.channels.contains(&channel));
            let Some(first) = rows().map(|law| law.from).min() else { continue };
            let law = rows().find(|law| law.holds_on(day));
            let Some(law) = law else {
                return Err(NotKnown::TooEarly { place: place.to_owned(), from: first, day });
            };
            if day > law.review_by {
                return Err(NotKnown::Overdue { row: law.id.clone(), review_by: law.review_by, day });
            }
            laws.push(law);
        }
        Ok(laws)
    }
}

fn instant(zone: &TimeZone, date: Date, time: &jiff::civil::Time) -> Option<Timestamp> {
    zone.to_timestamp(date.to_datetime(*time)).ok()
}

/// The spot's zone; every name in the tables exists, as a test makes sure.
fn zone_of(name: &str) -> TimeZone {
    place::zone(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests;
