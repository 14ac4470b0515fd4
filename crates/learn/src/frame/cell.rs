//! What the text of one cell says.

use jiff::civil::{Date, DateTime};

/// Texts that mean "not known" in every file, in lower case.
const MISSING: [&str; 8] = ["", "na", "n/a", "#n/a", "null", "nan", "none", "?"];

/// The length of the longest of [`MISSING`].
const MISSING_BYTES_MAX: usize = 4;

/// Whether `text` means "not known": nothing but white space, one of the usual markers, or one of `further`.
pub(super) fn is_missing(text: &str, further: &[String]) -> bool {
    let text = text.trim();
    if text.len() > MISSING_BYTES_MAX && further.is_empty() {
        return false;
    }
    let is = |marker: &str| marker.trim().eq_ignore_ascii_case(text);
    MISSING.into_iter().any(is) || further.iter().any(|marker| is(marker))
}

/// The number that `text` writes: `-1234.5`, `1,234.5` (groups of three), `1.2e3`, `$1,200`, and `12.5%` for 0.125.
///
/// Nothing else: no decimal comma, no unit, no infinity.
pub(super) fn number(text: &str) -> Option<f64> {
    let (text, scale) = text.strip_suffix('%').map_or((text, 1.0), |text| (text.trim_end(), 0.01));
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let text = ['$', '\u{20ac}', '\u{a3}'].iter().find_map(|mark| text.strip_prefix(*mark)).unwrap_or(text);
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|first| first.is_ascii_digit() || *first == b'.')
        || !bytes.iter().all(|byte| byte.is_ascii_digit() || b".,eE+-".contains(byte))
    {
        return None;
    }
    let value: f64 = if bytes.contains(&b',') { ungrouped(text)?.parse() } else { text.parse() }.ok()?;
    value.is_finite().then_some(sign * value * scale)
}

/// `1,234,567.8` without its commas; none when they do not part groups of three digits.
fn ungrouped(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = (1..=3).contains(&first.len())
        && digits(first)
        && digits(fraction)
        && groups.all(|group| group.len() == 3 && digits(group));
    well_formed.then(|| format!("{}.{fraction}0", whole.replace(',', "")))
}

/// The truth value that `text` writes, in whatever case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let is = |word: &&str| word.eq_ignore_ascii_case(text);
    if ["yes", "true", "y", "t", "1"].iter().any(is) {
        return Some(true);
    }
    ["no", "false", "n", "f", "0"].iter().any(is).then_some(false)
}

/// The day that `text` writes in ISO 8601, as days since 1970-01-01; a time of day, if any, is the fraction.
///
/// A zone is ignored: what counts is the calendar as written.
pub(super) fn date(text: &str) -> Option<f64> {
    if text.len() < 8 || !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let at: DateTime = text.trim_end_matches(['Z', 'z']).parse().ok()?;
    let day = Date::constant(1970, 1, 1).until(at.date()).ok()?.get_days();
    let time = at.time();
    let seconds =
        f64::from(time.hour()) * 3600.0 + f64::from(time.minute()) * 60.0 + f64::from(time.second());
    Some(f64::from(day) + (seconds + f64::from(time.subsec_nanosecond()) / 1e9) / 86_400.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_strictly() {
        for (text, value) in [
            ("12", 12.0),
            ("-0.5", -0.5),
            ("+3", 3.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("1.5E-2", 0.015),
            ("1,234", 1234.0),
            ("1,234,567.25", 1_234_567.25),
            ("$1,200", 1200.0),
            ("-$5", -5.0),
            ("12.5%", 0.125),
            ("100 %", 1.0),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in [
            "", "-", "%", "1,23", "12,34", ",123", "1,2345", "1.2.3", "inf", "NaN", "0x1f", "1_000", "1 000",
            "abc", "4+", "1e999", "--1", "1e", "e5",
        ] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn missing_markers_are_read_in_any_case_and_the_callers_are_added() {
        let further = ["Select".to_owned()];
        for text in ["", "  ", "NA", "n/a", "NULL", "NaN", "None", "?", "select", " Select "] {
            assert!(is_missing(text, &further), "{text:?}");
        }
        for text in ["0", "No", "unknown", "-"] {
            assert!(!is_missing(text, &further), "{text:?}");
        }
        assert!(!is_missing("Select", &[]));
    }

    #[test]
    fn no_marker_is_longer_than_the_longest() {
        assert!(MISSING.iter().all(|marker| marker.len() <= MISSING_BYTES_MAX));
    }

    #[test]
    fn dates_are_days_since_1970() {
        for (text, day) in [
            ("1970-01-01", 0.0),
            ("1969-12-31", -1.0),
            ("2000-03-01", 11_017.0),
            ("20141013T000000", 16_356.0),
            ("2014-10-13T12:00:00Z", 16_356.5),
            ("2014-10-13 06:00:00", 16_356.25),
        ] {
            assert_eq!(date(text), Some(day), "{text}");
        }
        for text in ["", "2014-13-01", "2014-02-30", "13.10.2014", "yesterday", "10/13/2014"] {
            assert_eq!(date(text), None, "{text:?}");
        }
    }

    #[test]
    fn truth_has_ten_spellings() {
        assert_eq!(["Yes", "TRUE", "y", "t", "1"].map(boolean), [Some(true); 5]);
        assert_eq!(["No", "false", "N", "F", "0"].map(boolean), [Some(false); 5]);
        assert_eq!(["maybe", "", "2", "yes!"].map(boolean), [None; 4]);
    }

    proptest! {
        #[test]
        fn every_finite_number_reads_back(value in -1e15_f64..1e15) {
            prop_assert_eq!(number(&value.to_string()), Some(value));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = (number(&text), boolean(&text), date(&text), is_missing(&text, &[]));
        }
    }
}
