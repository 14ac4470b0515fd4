use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// Working days of a full week, Monday to Friday. Holidays are the owners' to book.
pub const WEEKLY_WORKING_DAYS: i8 = 5;

/// The Monday of the day's week.
pub fn monday_of(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
}

/// A calendar week, as far as the plan covers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Week {
    pub monday: Date,
    /// First working day within the plan.
    pub first: Date,
    /// Last working day within the plan.
    pub last: Date,
}

impl Week {
    /// Share of the working days that the plan covers, above 0 and at most 1.
    pub fn share(&self) -> f64 {
        let days =
            self.last.weekday().to_monday_zero_offset() - self.first.weekday().to_monday_zero_offset() + 1;
        f64::from(days) / f64::from(WEEKLY_WORKING_DAYS)
    }

    /// The day of the week (1 is Monday), or the nearest working day that the plan covers.
    pub fn day(&self, weekday: i8) -> Date {
        self.monday.saturating_add(i64::from(weekday - 1).days()).clamp(self.first, self.last)
    }
}

/// Every week with a working day from `first` to `last`, both included.
pub(super) fn weeks(first: Date, last: Date) -> Vec<Week> {
    let mut weeks = Vec::new();
    let mut monday = monday_of(first);
    while monday <= last {
        let friday = monday.saturating_add(4.days());
        let week = Week { monday, first: monday.max(first), last: friday.min(last) };
        if week.first <= week.last {
            weeks.push(week);
        }
        let next = monday.saturating_add(7.days());
        if next == monday || next.weekday() != Weekday::Monday {
            break; // The end of the calendar.
        }
        monday = next;
    }
    weeks
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_plan_from_wednesday_to_tuesday_covers_two_weeks_in_part() {
        let weeks = weeks(date(2026, 1, 21), date(2026, 1, 27));
        assert_eq!(
            weeks,
            [
                Week { monday: date(2026, 1, 19), first: date(2026, 1, 21), last: date(2026, 1, 23) },
                Week { monday: date(2026, 1, 26), first: date(2026, 1, 26), last: date(2026, 1, 27) },
            ]
        );
        assert_eq!(weeks.iter().map(Week::share).collect::<Vec<_>>(), [0.6, 0.4]);
        assert_eq!([1, 4, 5].map(|day| weeks[0].day(day)), [21, 22, 23].map(|day| date(2026, 1, day)));
        assert_eq!(weeks[1].day(5), date(2026, 1, 27));
    }

    #[test]
    fn a_plan_from_saturday_begins_on_monday() {
        let weeks = weeks(date(2026, 1, 24), date(2026, 2, 1));
        assert_eq!(weeks.len(), 1);
        assert_eq!((weeks[0].first, weeks[0].share()), (date(2026, 1, 26), 1.0));
    }

    #[test]
    fn ninety_days_from_a_monday_are_thirteen_weeks() {
        let first = date(2026, 1, 19);
        assert_eq!(weeks(first, first.saturating_add(90.days())).len(), 13);
    }

    #[test]
    fn the_end_of_the_calendar_ends_the_plan() {
        assert!(!weeks(Date::MAX.saturating_sub(10.days()), Date::MAX).is_empty());
    }
}
