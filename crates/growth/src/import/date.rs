use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// Years that a date of a client can lie in.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// A civil date (`2026-01-19`), the date of a local timestamp (`2026-01-19T08:30`), or the UTC date of an
/// instant (`2026-01-19T23:30:00-05:00` is the 20th).
pub(super) fn parse(text: &str) -> Result<Date, String> {
    let text = text.trim();
    let date = read(text).ok_or_else(|| {
        if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            "is a bare number: format the column as a date, year-month-day".to_owned()
        } else {
            "is not a date such as 2026-01-19, or a timestamp such as 2026-01-19T08:30:00Z".to_owned()
        }
    })?;
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("lies outside the years {} to {}", YEARS.start(), YEARS.end()))
    }
}

fn read(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shape = |at: usize| matches!((at, bytes[at]), (4 | 7, b'-') | (0..=3 | 5 | 6 | 8 | 9, b'0'..=b'9'));
    if bytes.len() < 10 || !(0..10).all(shape) {
        return None;
    }
    // The first ten bytes are ASCII, so the text may be cut after them.
    let (date, time) = text.split_at(10);
    if time.is_empty() {
        return date.parse().ok();
    }
    if !time.starts_with(['T', 't', ' ']) || time.contains('[') {
        return None;
    }
    let has_offset = time.ends_with(['Z', 'z']) || time.contains(['+', '-']);
    if has_offset {
        let instant: Timestamp = text.parse().ok()?;
        Some(instant.to_zoned(TimeZone::UTC).date())
    } else {
        text.parse::<DateTime>().ok().map(DateTime::date)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_and_timestamps_become_utc_dates() {
        for (text, expected) in [
            ("2026-01-19", Some(date(2026, 1, 19))),
            (" 2026-01-19 ", Some(date(2026, 1, 19))),
            ("2026-01-19T23:59:59", Some(date(2026, 1, 19))),
            ("2026-01-19 08:30", Some(date(2026, 1, 19))),
            ("2026-01-19T08:30:00.123456Z", Some(date(2026, 1, 19))),
            ("2026-01-19T23:30:00-05:00", Some(date(2026, 1, 20))),
            ("2026-01-19T01:30:00+02:00", Some(date(2026, 1, 18))),
            ("2026-02-30", None),
            ("2026-1-9", None),
            ("19-01-2026", None),
            ("01/19/2026", None),
            ("20260119", None),
            ("46041", None),
            ("2026-01-19Tnoon", None),
            ("2026-01-19T25:00:00", None),
            ("0026-01-19", None),
            ("9999-12-31", None),
            ("2026-01-1\u{e9}", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text:?}");
        }
    }
}
