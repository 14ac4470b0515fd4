//! Numbers as people and programs write them.

/// Marks and codes of currencies that may stand before or behind an amount; longer ones before those they begin with.
const CURRENCIES: [&str; 22] = [
    "US$", "R$", "C$", "A$", "$", "\u{20ac}", "\u{a3}", "\u{a5}", "\u{20b9}", "\u{20bd}", "USD", "EUR",
    "GBP", "CHF", "CAD", "AUD", "JPY", "CNY", "INR", "BRL", "SEK", "PLN",
];

/// Marks that may part groups of digits besides the comma or the point: apostrophes and spaces.
const GROUP_MARKS: [char; 6] = ['\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}', '\u{2009}'];

/// The number that `text` writes: `-1234.5`, `1,234.5`, `1 234.5`, `1.2e3`, `$1,200`, `1 200 EUR`, `(1,200)` for -1200 and
/// `12.5%` for 0.125. With `decimal_comma` it is `1.234,5`, and a point parts groups.
///
/// Nothing else: no other unit, no infinity.
pub(super) fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
    let begins = |byte: &u8| byte.is_ascii_digit() || b".+-".contains(byte);
    if !decimal_comma
        && text.as_bytes().first().is_some_and(begins)
        && text.bytes().all(|byte| is_plain(&byte))
    {
        return text.parse().ok().filter(|value: &f64| value.is_finite());
    }
    // What is none begins otherwise, as a rule; this is asked of every text.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (text, in_parentheses) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let (text, scale) = text.strip_suffix('%').map_or((text, 1.0), |text| (text.trim_end(), 0.01));
    let (sign, unsigned) = signed(text);
    let bare = without_currency(unsigned);
    // `$-5` is `-$5`.
    let (sign, bare) = if sign.is_none() && bare != unsigned { signed(bare) } else { (sign, bare) };
    if in_parentheses && sign.is_some() {
        return None;
    }
    let sign = if in_parentheses { -1.0 } else { sign.unwrap_or(1.0) };
    Some(sign * amount(bare, decimal_comma)? * scale)
}

/// The sign before `text`, and what follows it.
fn signed(text: &str) -> (Option<f64>, &str) {
    for (mark, sign) in [("-", -1.0), ("+", 1.0), ("\u{2212}", -1.0)] {
        if let Some(rest) = text.strip_prefix(mark) {
            return (Some(sign), rest);
        }
    }
    (None, text)
}

fn without_currency(text: &str) -> &str {
    let before = CURRENCIES.iter().find_map(|mark| text.strip_prefix(mark)).map(str::trim_start);
    let behind = || CURRENCIES.iter().find_map(|mark| text.strip_suffix(mark)).map(str::trim_end);
    before.or_else(behind).unwrap_or(text)
}

/// The number of digits, groups and decimals in `text`, which has no sign.
fn amount(text: &str, decimal_comma: bool) -> Option<f64> {
    let (mark, group_mark) = if decimal_comma { (',', '.') } else { ('.', ',') };
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == mark) {
        return None;
    }
    let grouped = text.contains(|c: char| c == group_mark || GROUP_MARKS.contains(&c));
    let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
    let value: f64 = if grouped {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = ungrouped(whole, group_mark)?;
        if !digits(fraction) {
            return None;
        }
        format!("{whole}.{fraction}0").parse().ok()?
    } else {
        let usual = |byte: u8| byte.is_ascii_digit() || b"eE+-".contains(&byte);
        if !whole.bytes().chain(fraction.bytes()).all(usual) {
            return None;
        }
        if decimal_comma { text.replace(',', ".").parse().ok()? } else { text.parse().ok()? }
    };
    value.is_finite().then_some(value)
}

/// `1,234,567` without its marks; none when they do not part groups as people do: of three digits, or, as in India, of two
/// before the last three.
fn ungrouped(whole: &str, group_mark: char) -> Option<String> {
    let mark = whole.chars().find(|c| !c.is_ascii_digit())?;
    if mark != group_mark && !GROUP_MARKS.contains(&mark) {
        return None;
    }
    let groups: Vec<&str> = whole.split(mark).collect();
    let (first, rest) = groups.split_first()?;
    let (last, between) = rest.split_last()?;
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let of = |length: usize| between.iter().all(|group| group.len() == length);
    let by_three = of(3) && (1..=3).contains(&first.len());
    let by_two = mark == ',' && of(2) && (1..=2).contains(&first.len());
    (groups.iter().all(digits) && last.len() == 3 && (by_three || by_two)).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, value) in [
            ("12", 12.0),
            ("-0.5", -0.5),
            ("+3", 3.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("1.5E-2", 0.015),
            ("1,234", 1234.0),
            ("1,234,567.25", 1_234_567.25),
            ("12,34,567", 1_234_567.0),
            ("1 234.5", 1234.5),
            ("1\u{a0}234", 1234.0),
            ("1'234'567", 1_234_567.0),
            ("$1,200", 1200.0),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("R$ 1,200.50", 1200.5),
            ("\u{20b9}1,23,456", 123_456.0),
            ("1 200 EUR", 1200.0),
            ("99 \u{20ac}", 99.0),
            ("USD 7", 7.0),
            ("(1,200)", -1200.0),
            ("($5.50)", -5.5),
            ("\u{2212}4", -4.0),
            ("12.5%", 0.125),
            ("100 %", 1.0),
        ] {
            assert_eq!(number(text, false), Some(value), "{text}");
        }
        for text in [
            "",
            "-",
            "%",
            "$",
            "()",
            "1,23",
            "12,34",
            ",123",
            "1,2345",
            "1.2.3",
            "inf",
            "NaN",
            "-inf",
            "0x1f",
            "1_000",
            "1 00",
            "1, 234",
            "1,234 567",
            "abc",
            "4+",
            "1e999",
            "--1",
            "-$-1",
            "(-1)",
            "1e",
            "e5",
            "EUR",
            "12 kg",
            "SKU12",
            "10:30",
            "1/2",
        ] {
            assert_eq!(number(text, false), None, "{text:?}");
        }
    }

    #[test]
    fn a_decimal_comma_is_read_where_the_column_has_one() {
        for (text, value) in [
            ("12,5", 12.5),
            ("-0,25", -0.25),
            ("1.234,5", 1234.5),
            ("1.234.567", 1_234_567.0),
            ("1 234,5", 1234.5),
            ("99", 99.0),
            ("1.200,50 \u{20ac}", 1200.5),
            ("12,5 %", 0.125),
        ] {
            assert_eq!(number(text, true), Some(value), "{text}");
        }
        for text in ["1,2,3", "12.5", "1.23,4", "1,234.5", "a"] {
            assert_eq!(number(text, true), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_finite_number_reads_back(value in -1e15_f64..1e15) {
            prop_assert_eq!(number(&value.to_string(), false), Some(value));
            prop_assert_eq!(number(&value.to_string().replace('.', ","), true), Some(value));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}", decimal_comma: bool) {
            let _ = number(&text, decimal_comma);
        }
    }
}
