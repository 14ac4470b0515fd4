use jiff::{Timestamp, civil::Time, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::place;

/// Hours in which a market sends nothing to anybody, on no channel: its own rule beside the law's, in its own time zone.
/// Where both speak, the stricter wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketHours {
    /// IANA name of the market's time zone.
    pub zone: String,
    /// The first quiet minute.
    pub begin: Time,
    /// The first minute that is not quiet; the same as `begin` when none is. It may lie on the next day.
    pub end: Time,
    /// Where the hours come from.
    pub source: String,
}

impl MarketHours {
    /// No quiet hours at all.
    pub fn none(zone: impl Into<String>, source: impl Into<String>) -> Self {
        Self { zone: zone.into(), begin: Time::midnight(), end: Time::midnight(), source: source.into() }
    }

    /// Whether nothing is sent at an instant; none when the zone is not known.
    pub fn quiet_at(&self, at: Timestamp) -> Option<bool> {
        Some(self.is_quiet(self.known_zone()?.to_datetime(at).time()))
    }

    /// The first instant from `at` on that is not quiet; none when the zone is not known.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = self.known_zone()?;
        let local = zone.to_datetime(at);
        if !self.is_quiet(local.time()) {
            return Some(at);
        }
        // The end of today or tomorrow; a third day where the clock skips over an end.
        let mut date = local.date();
        for _ in 0..3 {
            let ends = zone.to_ambiguous_timestamp(date.to_datetime(self.end)).compatible().ok()?;
            if ends > at && !self.is_quiet(zone.to_datetime(ends).time()) {
                return Some(ends);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn is_quiet(&self, local: Time) -> bool {
        if self.begin <= self.end {
            self.begin <= local && local < self.end
        } else {
            self.begin <= local || local < self.end
        }
    }

    fn known_zone(&self) -> Option<TimeZone> {
        place::zone(&self.zone)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn hours(zone: &str, begin: Time, end: Time) -> MarketHours {
        MarketHours { begin, end, ..MarketHours::none(zone, "a test") }
    }

    #[test]
    fn a_night_ends_on_the_next_morning_and_a_lunch_on_the_same_day() {
        let night = hours("America/Los_Angeles", time(21, 0, 0, 0), time(8, 0, 0, 0));
        for (now, open) in [
            ("2026-03-03T04:59:59Z", "2026-03-03T04:59:59Z"),
            ("2026-03-03T05:00:00Z", "2026-03-03T16:00:00Z"),
            ("2026-03-03T12:00:00Z", "2026-03-03T16:00:00Z"),
            ("2026-03-03T16:00:00Z", "2026-03-03T16:00:00Z"),
        ] {
            assert_eq!(night.next_open(at(now)), Some(at(open)), "{now}");
            assert_eq!(night.quiet_at(at(now)), Some(now != open), "{now}");
        }
        let lunch = hours("America/New_York", time(12, 0, 0, 0), time(13, 0, 0, 0));
        assert_eq!(lunch.next_open(at("2026-03-03T17:30:00Z")), Some(at("2026-03-03T18:00:00Z")));
    }

    #[test]
    fn an_hour_that_the_clock_skips_ends_when_the_clock_has_skipped_it() {
        // 8 March 2026: 02:00 is followed by 03:00.
        let early = hours("America/New_York", time(22, 0, 0, 0), time(2, 30, 0, 0));
        let open = early.next_open(at("2026-03-08T06:00:00Z")).expect("an instant");
        assert_eq!(open, at("2026-03-08T07:30:00Z"));
        assert_eq!(early.quiet_at(open), Some(false));
    }

    #[test]
    fn no_hours_are_never_quiet_and_an_unknown_zone_says_nothing() {
        let none = MarketHours::none("America/Denver", "a test");
        assert_eq!(none.next_open(at("2026-03-03T05:00:00Z")), Some(at("2026-03-03T05:00:00Z")));
        let nowhere = MarketHours::none("Mars/Olympus", "a test");
        assert_eq!(
            (nowhere.quiet_at(Timestamp::UNIX_EPOCH), nowhere.next_open(Timestamp::UNIX_EPOCH)),
            (None, None)
        );
    }
}
