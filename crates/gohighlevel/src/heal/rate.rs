//! How many events are usual, and how unlikely it is that so few came by chance.
//!
//! Events of a kind are counted per hour of the week in the market's zone: an office has its hours. From `n` weeks with
//! a mean of `m` in an hour, what is to be expected there is known as a gamma distribution of shape `n m + 1/2` and rate
//! `n` (Jeffreys' prior for a Poisson rate), so that the next count is negative binomial: with one week behind it, a
//! silence says little; after eight, much.

use jiff::{Timestamp, tz::TimeZone};

/// Hours of a week.
pub(crate) const HOURS: u8 = 168;
/// Weeks that a mean remembers: older ones fade, for an office changes.
const WEEKS_MAX: u32 = 8;
/// Weeks of one hour before it is known by itself; before, the same hour of all days stands in.
const WEEKS_MIN: u32 = 2;

/// What is known of an hour of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rate {
    /// Events in it, on average.
    pub mean: f64,
    /// Weeks that it was counted in, at most [`WEEKS_MAX`].
    pub weeks: u32,
}

impl Rate {
    /// With one more week in which `count` events came.
    pub fn with(self, count: u64) -> Self {
        let weeks = (self.weeks + 1).min(WEEKS_MAX);
        Self { mean: self.mean + (count as f64 - self.mean) / f64::from(weeks), weeks }
    }
}

/// The hour of the week that an instant is in: 0 is Monday 00:00.
pub(crate) fn hour_of_week(at: Timestamp, zone: &TimeZone) -> u8 {
    let local = at.to_zoned(zone.clone());
    let day = u8::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
    (day * 24 + u8::try_from(local.hour()).unwrap_or(0)).min(HOURS - 1)
}

/// The rates of one kind of event through the week.
#[derive(Clone, Debug)]
pub(crate) struct Week([Rate; HOURS as usize]);

impl Default for Week {
    fn default() -> Self {
        Self([Rate::default(); HOURS as usize])
    }
}

impl Week {
    /// Sets an hour.
    pub fn set(&mut self, hour: u8, rate: Rate) {
        if let Some(place) = self.0.get_mut(usize::from(hour)) {
            *place = rate;
        }
    }

    /// The rate as it was learned of this hour alone.
    pub fn learned(&self, hour: u8) -> Rate {
        self.0.get(usize::from(hour)).copied().unwrap_or_default()
    }

    /// What is known of an hour: by itself after [`WEEKS_MIN`] weeks, else by the same hour of all days; nothing when
    /// that was counted less often, too.
    pub fn rate(&self, hour: u8) -> Option<Rate> {
        let own = self.learned(hour);
        if own.weeks >= WEEKS_MIN {
            return Some(own);
        }
        let alike: Vec<Rate> = (0..7).map(|day| self.learned(day * 24 + hour % 24)).collect();
        let weeks: u32 = alike.iter().map(|rate| rate.weeks).sum();
        let sum: f64 = alike.iter().map(|rate| rate.mean * f64::from(rate.weeks)).sum();
        (weeks > WEEKS_MIN).then(|| Rate { mean: sum / f64::from(weeks), weeks: weeks.min(WEEKS_MAX) })
    }

    /// What is to be expected from `from` until `until`; nothing when an hour between them is not known.
    pub fn expected(&self, from: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Rate> {
        const HOUR: i64 = 3_600;
        let (begin, end) = (from.as_second(), until.as_second());
        let mut total = Rate { mean: 0.0, weeks: WEEKS_MAX };
        let mut hour = begin.div_euclid(HOUR) * HOUR;
        while hour < end {
            let known = self.rate(hour_of_week(Timestamp::from_second(hour).ok()?, zone))?;
            let covered = (hour + HOUR).min(end) - hour.max(begin);
            total.mean += known.mean * covered as f64 / HOUR as f64;
            total.weeks = total.weeks.min(known.weeks);
            hour += HOUR;
        }
        Some(total)
    }
}

/// How likely it is that at most `observed` events come where `expected` is known.
pub(crate) fn chance_of_so_few(expected: Rate, observed: u64) -> f64 {
    let weeks = f64::from(expected.weeks.max(1));
    let shape = weeks * expected.mean + 0.5;
    // Negative binomial: ln p(0) = shape ln(n / (n + 1)), p(i + 1) = p(i) (shape + i) / (i + 1) / (n + 1).
    let mut term = shape * (weeks / (weeks + 1.0)).ln();
    let mut sum = term;
    for i in 0..observed {
        let i = i as f64;
        term += ((shape + i) / (i + 1.0)).ln() - (weeks + 1.0).ln();
        // ln(e^sum + e^term), without leaving the range of numbers.
        let (large, small) = if sum > term { (sum, term) } else { (term, sum) };
        sum = large + (small - large).exp().ln_1p();
        // What is as likely as not needs no exact figure.
        if sum > -0.7 {
            break;
        }
    }
    sum.exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_week_begins_on_monday_in_the_markets_zone() {
        let zone = TimeZone::get("America/Los_Angeles").expect("a zone");
        assert_eq!(hour_of_week(at("2026-11-23T08:00:00Z"), &zone), 0, "Monday 00:00 in Los Angeles");
        assert_eq!(hour_of_week(at("2026-11-23T07:59:59Z"), &zone), 167, "Sunday 23:59");
        assert_eq!(hour_of_week(at("2026-11-23T08:00:00Z"), &TimeZone::UTC), 8);
        // The hour keeps its number when the clocks change.
        assert_eq!(
            hour_of_week(at("2026-06-01T16:00:00Z"), &zone),
            hour_of_week(at("2026-11-23T17:00:00Z"), &zone)
        );
    }

    #[test]
    fn the_chance_of_silence_agrees_with_the_closed_form() {
        // P(0) = (n / (n + 1))^(n m + 1/2): worked out by a calculator.
        for (mean, weeks, chance) in
            [(5.0, 8, 0.008_478_6), (0.5, 8, 0.588_591_0), (20.0, 8, 6.166_24e-9), (5.0, 1, 0.022_097_1)]
        {
            let found = chance_of_so_few(Rate { mean, weeks }, 0);
            assert!((found / chance - 1.0).abs() < 1e-3, "{mean} in {weeks} weeks: {found} is not {chance}");
        }
    }

    #[test]
    fn few_weeks_say_less_than_many() {
        let of = |weeks| chance_of_so_few(Rate { mean: 12.0, weeks }, 0);
        assert!(of(8) < of(2) && of(2) < of(1), "{} {} {}", of(8), of(2), of(1));
    }

    #[test]
    fn an_hour_is_known_by_itself_or_by_the_same_hour_of_other_days() {
        let mut week = Week::default();
        assert_eq!(week.rate(9), None);
        for day in 0..3 {
            week.set(day * 24 + 9, Rate { mean: f64::from(day) * 3.0, weeks: 1 });
        }
        assert_eq!(week.rate(9), Some(Rate { mean: 3.0, weeks: 3 }), "one week, three days");
        week.set(9, Rate { mean: 7.0, weeks: 2 });
        assert_eq!(week.rate(9), Some(Rate { mean: 7.0, weeks: 2 }), "two weeks of its own");
        assert_eq!(week.rate(10), None);
    }

    #[test]
    fn parts_of_hours_count_as_parts() {
        let mut week = Week::default();
        for hour in 0..HOURS {
            week.set(hour, Rate { mean: f64::from(hour % 24), weeks: 4 });
        }
        let (from, until) = (at("2026-11-23T09:30:00Z"), at("2026-11-23T11:15:00Z"));
        let expected = week.expected(from, until, &TimeZone::UTC).expect("known");
        assert!((expected.mean - (4.5 + 10.0 + 2.75)).abs() < 1e-9, "{expected:?}");
        assert_eq!(expected.weeks, 4);
    }

    proptest! {
        #[test]
        fn the_chance_grows_with_what_came_and_falls_with_what_was_expected(
            mean in 0.0_f64..500.0, weeks in 1_u32..9, observed in 0_u64..400,
        ) {
            let of = |mean, observed| chance_of_so_few(Rate { mean, weeks }, observed);
            prop_assert!((0.0..=1.0).contains(&of(mean, observed)));
            prop_assert!(of(mean, observed) <= of(mean, observed + 1) + 1e-12 || of(mean, observed) > 0.49);
            prop_assert!(of(mean + 1.0, observed) <= of(mean, observed) + 1e-12 || of(mean, observed) > 0.49);
        }

        #[test]
        fn a_mean_stays_among_what_was_counted(counts in proptest::collection::vec(0_u64..1000, 1..40)) {
            let rate = counts.iter().fold(Rate::default(), |rate, count| rate.with(*count));
            let (min, max) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
            prop_assert!(rate.mean >= min as f64 - 1e-9 && rate.mean <= max as f64 + 1e-9);
            prop_assert_eq!(rate.weeks, u32::try_from(counts.len()).unwrap_or(u32::MAX).min(WEEKS_MAX));
        }
    }
}
