//! Dates as people and programs write them.

use jiff::civil::{Date, DateTime};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// No date is written longer.
const DATE_BYTES_MAX: usize = 48;

/// The day that `text` writes, as days since 1970-01-01; a time of day, if any, is the fraction.
///
/// In ISO 8601 (`2026-01-31`, `20260131T101500`), in digits (`31.01.2026`, `1/31/26`, `2026/1/31`; `day_first` says which
/// of two small numbers is the day), with the month's name (`31 Jan 2026`, `January 31st, 2026`, `31-Jan-26`), or as a month
/// alone, which is its first day (`Jan-2026`, `2026-01`). Two digits of a year are those nearest to 2019.
///
/// A zone is ignored: what counts is the calendar as written.
pub(super) fn date(text: &str, day_first: bool) -> Option<f64> {
    if text.len() < 6 || text.len() > DATE_BYTES_MAX || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if text.len() >= 8
        && text.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && let Ok(at) = text.trim_end_matches(['Z', 'z']).parse::<DateTime>()
    {
        let time = at.time();
        let seconds =
            f64::from(time.hour()) * 3600.0 + f64::from(time.minute()) * 60.0 + f64::from(time.second());
        return Some(days(at.date())? + (seconds + f64::from(time.subsec_nanosecond()) / 1e9) / 86_400.0);
    }
    let (day, time) = match text.find(':') {
        Some(colon) => {
            let (day, _) = text.split_at(text[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len());
            (day, time_of_day(&text[day.len()..])?)
        }
        None => (text, 0.0),
    };
    Some(days(calendar_day(day, day_first)?)? + time)
}

fn days(date: Date) -> Option<f64> {
    Some(f64::from(Date::constant(1970, 1, 1).until(date).ok()?.get_days()))
}

/// One word or number of a date.
enum Part<'a> {
    Digits(&'a str),
    Month(i8),
}

/// The day written in `text`, which holds no time.
fn calendar_day(text: &str, day_first: bool) -> Option<Date> {
    // `2026-01-31T10:15` leaves its T here.
    let text = text.trim_end_matches(['T', 't']);
    let mut parts = Vec::with_capacity(3);
    let mut rest = text.trim_matches(|c: char| c == ' ' || c == ',');
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| {
            if c.is_ascii_digit() {
                'd'
            } else if c.is_alphabetic() {
                'a'
            } else {
                ' '
            }
        };
        let of = kind(first);
        let end = rest.find(|c: char| kind(c) != of).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        match of {
            'd' => parts.push(Part::Digits(word)),
            'a' if is_said_beside(word, &parts) => {}
            'a' => parts.push(Part::Month(month(word)?)),
            _ if word.trim().chars().all(|c| "/.-,".contains(c)) && word.trim().len() <= 1 => {}
            _ => return None,
        }
        if parts.len() > 3 {
            return None;
        }
    }
    let small = |digits: &str| if digits.len() <= 2 { digits.parse::<i8>().ok() } else { None };
    let (year, month, day) = match parts[..] {
        [Part::Digits(y), Part::Digits(m), Part::Digits(d)] if y.len() == 4 => {
            (year(y)?, small(m)?, small(d)?)
        }
        [Part::Digits(d), Part::Digits(m), Part::Digits(y)] if day_first => (year(y)?, small(m)?, small(d)?),
        [Part::Digits(m), Part::Digits(d), Part::Digits(y)] => (year(y)?, small(m)?, small(d)?),
        [Part::Digits(y), Part::Month(m), Part::Digits(d)] if y.len() == 4 => (year(y)?, m, small(d)?),
        [Part::Digits(d), Part::Month(m), Part::Digits(y)]
        | [Part::Month(m), Part::Digits(d), Part::Digits(y)] => (year(y)?, m, small(d)?),
        [Part::Month(m), Part::Digits(y)] | [Part::Digits(y), Part::Month(m)]
            if y.len() == 4 || text.contains('-') =>
        {
            (year(y)?, m, 1)
        }
        [Part::Digits(y), Part::Digits(m)] if y.len() == 4 => (year(y)?, small(m)?, 1),
        [Part::Digits(m), Part::Digits(y)] if y.len() == 4 => (year(y)?, small(m)?, 1),
        _ => return None,
    };
    Date::new(year, month, day).ok()
}

/// Whether `word` may stand in a date without saying anything: a weekday, `of`, or the end of `1st`.
fn is_said_beside(word: &str, before: &[Part<'_>]) -> bool {
    let word = word.to_ascii_lowercase();
    let ends_number = matches!(before.last(), Some(Part::Digits(_)));
    (word.len() >= 3 && WEEKDAYS.iter().any(|day| day.starts_with(&word)))
        || (ends_number && ["st", "nd", "rd", "th", "of"].contains(&word.as_str()))
}

fn month(word: &str) -> Option<i8> {
    let word = word.to_ascii_lowercase();
    let is = |month: &&str| {
        word.len() >= 3 && (month.starts_with(&word) || word == "sept" && month.starts_with("sep"))
    };
    MONTHS.iter().position(is).map(|at| at as i8 + 1)
}

fn year(digits: &str) -> Option<i16> {
    let number: i16 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(number),
        2 if number < 69 => Some(2000 + number),
        2 => Some(1900 + number),
        _ => None,
    }
}

/// The time that `text` writes as a share of a day: `10:15`, `10:15:30.5`, `3:15 PM`, with or without a zone.
fn time_of_day(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(text.len());
    let (clock, behind) = text.split_at(end);
    let mut parts = clock.splitn(3, ':');
    let part = |text: &str, most: f64| text.parse().ok().filter(|value: &f64| *value < most);
    let (mut hour, minute) = (part(parts.next()?, 24.0)?, part(parts.next()?, 60.0)?);
    let second = parts.next().map_or(Some(0.0), |second| part(second, 61.0))?;
    let behind = behind.trim().to_ascii_lowercase().replace('.', "");
    let (half, zone) = match behind.get(..2) {
        Some("am") => (Some(0.0), &behind[2..]),
        Some("pm") => (Some(12.0), &behind[2..]),
        _ => (None, &behind[..]),
    };
    if let Some(half) = half {
        if !(1.0..=12.0).contains(&hour) {
            return None;
        }
        hour = hour % 12.0 + half;
    }
    let zone = zone.trim();
    let is_zone = zone.len() <= 6 && zone.chars().all(|c| c.is_ascii_alphanumeric() || "+-:".contains(c));
    is_zone.then_some((hour * 3600.0 + minute * 60.0 + second) / 86_400.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_days_since_1970() {
        for (text, day) in [
            ("1970-01-01", 0.0),
            ("1969-12-31", -1.0),
            ("2000-03-01", 11_017.0),
            ("20141013T000000", 16_356.0),
            ("2014-10-13T12:00:00Z", 16_356.5),
            ("2014-10-13 06:00:00", 16_356.25),
            ("2014-10-13 06:00", 16_356.25),
            ("2014-10-13 06:00:00 UTC", 16_356.25),
            ("2014-10-13 06:00:00+02:00", 16_356.25),
            ("2014/10/13", 16_356.0),
            ("2014.10.13", 16_356.0),
            ("2014/10/13 6:00", 16_356.25),
            ("13 Oct 2014", 16_356.0),
            ("13-Oct-14", 16_356.0),
            ("Oct 13, 2014", 16_356.0),
            ("October 13th, 2014", 16_356.0),
            ("Mon, 13 Oct 2014 18:00:00 GMT", 16_356.75),
            ("2014-Oct-13", 16_356.0),
            ("Sept 1, 2014", 16_314.0),
            ("Oct-2014", 16_344.0),
            ("October 2014", 16_344.0),
            ("2014-10", 16_344.0),
            ("10/2014", 16_344.0),
        ] {
            for day_first in [false, true] {
                assert_eq!(date(text, day_first), Some(day), "{text}");
            }
        }
        for (text, day) in [
            ("10/13/2014", 16_356.0),
            ("10/13/14 6:00 PM", 16_356.75),
            ("1/2/1970 12:00 am", 1.0),
            ("1-2-70", 1.0),
        ] {
            assert_eq!(date(text, false), Some(day), "{text}");
        }
        for (text, day) in [("13.10.2014", 16_356.0), ("13/10/14 06:00", 16_356.25), ("2.1.1970", 1.0)] {
            assert_eq!(date(text, true), Some(day), "{text}");
        }
        assert_eq!((date("10/13/2014", true), date("13.10.2014", false)), (None, None));
        for text in [
            "",
            "2014-13-01",
            "2014-02-30",
            "yesterday",
            "555-123-4567",
            "10.0.0.1",
            "12-34-5678",
            "Oct",
            "13",
            "1.2.3",
            "10:30",
            "x 10:30",
            "2014-10-13 25:00",
            "2014-10-13 13:00 pm",
            "May 5",
            "v1.2.2014x",
            "3 Main St 12, 2014",
        ] {
            assert_eq!((date(text, false), date(text, true)), (None, None), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}", day_first: bool) {
            let _ = date(&text, day_first);
        }

        #[test]
        fn what_looks_like_a_date_makes_it_panic_neither(
            text in "[0-9]{1,4}[-/. ]([0-9]{1,2}|[A-Za-z]{3})[-/. ][0-9]{1,4}[T ]?([0-9]{0,2}:[0-9]{0,3})?",
            day_first: bool,
        ) {
            let _ = date(&text, day_first);
        }
    }
}
