use std::borrow::Cow;

use kernel::Currency;
use rust_decimal::Decimal;

/// How a number may be written besides plain digits, and what was used in one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) thousands: bool,
    pub(super) currency: bool,
    pub(super) percent: bool,
    pub(super) decimal_comma: bool,
    /// Points may stand between thousands. Never set in what was used: that is `thousands`.
    pub(super) point_groups: bool,
}

impl Style {
    pub(super) fn is_plain(self) -> bool {
        self == Self::default()
    }
}

/// A number in plain notation: sign, digits, point, exponent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written<'a> {
    pub(super) plain: Cow<'a, str>,
    pub(super) style: Style,
}

/// Reduces `text` to plain notation, if it can mean only one number.
///
/// `allowed` says what the field and the file permit: a currency sign on money, `%` on fractions and
/// percentages, a decimal comma in files whose separator is not the comma.
pub(super) fn plain<'a>(text: &'a str, allowed: Style, currency: Currency) -> Result<Written<'a>, String> {
    let mut style = Style::default();
    let mut body = text.trim();
    if allowed.currency {
        let (rest, stripped) = without_currency(body, currency)?;
        body = rest;
        style.currency = stripped;
    }
    if let Some(rest) = body.strip_suffix('%') {
        if !allowed.percent {
            return Err("is a percentage, and this column is none: write the number alone".to_owned());
        }
        style.percent = true;
        body = rest.trim_end();
    }
    let unsigned = body.strip_prefix(['-', '+']).unwrap_or(body);
    if allowed.point_groups && allowed.thousands && is_grouped(unsigned, b'.', b',') {
        return with_points_between_thousands(body, style);
    }
    if is_plain(body) {
        return Ok(Written { plain: Cow::Borrowed(body), style });
    }
    if !unsigned.contains(',') {
        return Err(refusal(unsigned));
    }
    if allowed.thousands && is_grouped(unsigned, b',', b'.') {
        let one_group = unsigned.matches(',').count() == 1 && !unsigned.contains('.');
        if one_group && allowed.decimal_comma && !style.currency {
            return Err(
                "may have a decimal comma or a thousands separator: write it without commas".to_owned()
            );
        }
        style.thousands = true;
        return Ok(Written { plain: Cow::Owned(body.replace(',', "")), style });
    }
    let with_point = body.replacen(',', ".", 1);
    if allowed.decimal_comma && is_plain(&with_point) {
        style.decimal_comma = true;
        return Ok(Written { plain: Cow::Owned(with_point), style });
    }
    Err(refusal(unsigned))
}

/// Whether `text` shows that the point of its file stands before decimals: `4.5`, but not `1.200`.
pub(super) fn has_decimal_point(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    unsigned.contains('.') && is_plain(unsigned) && !is_grouped(unsigned, b'.', b',')
}

/// `1.234.567,5` of a file that may write points between thousands. One group alone (`1.234`) could be
/// either.
fn with_points_between_thousands(body: &str, mut style: Style) -> Result<Written<'_>, String> {
    if !body.contains(',') && body.matches('.').count() == 1 {
        return Err("may have a decimal point or a thousands separator: write it without".to_owned());
    }
    style.thousands = true;
    style.decimal_comma = body.contains(',');
    Ok(Written { plain: Cow::Owned(body.replace('.', "").replace(',', ".")), style })
}

/// The number as a finite double; percent signs divide by 100 when `hundredth`.
pub(super) fn double(written: &Written<'_>, hundredth: bool) -> Result<f64, String> {
    let number: f64 = written.plain.parse().map_err(|_| refusal(&written.plain))?;
    if !number.is_finite() {
        return Err("is too large to be a number".to_owned());
    }
    Ok(if hundredth && written.style.percent { number / 100.0 } else { number })
}

/// The number, exactly.
pub(super) fn decimal(written: &Written<'_>) -> Result<Decimal, String> {
    let exact = if written.plain.contains(['e', 'E']) {
        Decimal::from_scientific(written.plain.trim_start_matches('+'))
    } else {
        Decimal::from_str_exact(&written.plain)
    };
    exact
        .map(|amount| amount.normalize())
        .map_err(|_| "is too large, or has more digits than the 28 that are kept exactly".to_owned())
}

fn refusal(text: &str) -> String {
    let word = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
    match word.as_str() {
        "nan" | "inf" | "infinity" | "infinite" | "#div/0!" | "#num!" => {
            "is not a finite number: leave the cell empty if the value is unknown".to_owned()
        }
        _ => "is not a number such as 1234.5: leave the cell empty if the value is unknown".to_owned(),
    }
}

/// `[+-] digits [. digits] [e [+-] digits]`, with at least one digit before the exponent.
fn is_plain(text: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.as_bytes();
    if let [b'+' | b'-', after @ ..] = rest {
        rest = after;
    }
    let whole = digits(rest);
    rest = &rest[whole..];
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return false;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = after.strip_prefix(b"-").or_else(|| after.strip_prefix(b"+")).unwrap_or(after);
        let exponent = digits(after);
        return exponent > 0 && exponent == after.len();
    }
    rest.is_empty()
}

/// `d{1,3}(,ddd)+[.d+]` without a leading zero, for a `thousands` of `,` and a `decimals` of `.`.
fn is_grouped(text: &str, thousands: u8, decimals: u8) -> bool {
    let (whole, fraction) = text.split_once(char::from(decimals)).unwrap_or((text, "0"));
    let mut groups = whole.split(char::from(thousands));
    let first = groups.next().unwrap_or_default();
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    whole.contains(char::from(thousands))
        && all_digits(fraction)
        && all_digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && all_digits(group))
}

/// Drops the sign or code of the import's currency; another currency is refused.
fn without_currency(text: &str, currency: Currency) -> Result<(&str, bool), String> {
    const SIGNS: [(char, &str); 5] =
        [('$', "USD"), ('\u{20ac}', "EUR"), ('\u{a3}', "GBP"), ('\u{a5}', "JPY"), ('\u{20b9}', "INR")];
    let foreign = |code: &str| format!("is in {code}, and the import is in {currency}: convert it first");
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let letters = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    let found = SIGNS
        .iter()
        .find_map(|(symbol, code)| {
            let rest = unsigned.strip_prefix(*symbol).or_else(|| unsigned.strip_suffix(*symbol))?;
            Some((*code, rest))
        })
        .or_else(|| {
            let (code, rest) = unsigned.split_once(' ').filter(|(code, _)| letters(code))?;
            Some((code, rest))
        })
        .or_else(|| {
            let (rest, code) = unsigned.rsplit_once(' ').filter(|(_, code)| letters(code))?;
            Some((code, rest))
        });
    match found {
        None => Ok((text, false)),
        // Several dollars share the sign: it stands for whichever the import is in.
        Some((code, rest)) if code == currency.code() || (code == "USD" && is_dollar(currency)) => {
            if sign {
                Err("is negative".to_owned())
            } else {
                Ok((rest.trim(), true))
            }
        }
        Some((code, _)) => Err(foreign(code)),
    }
}

fn is_dollar(currency: Currency) -> bool {
    matches!(currency.code(), "USD" | "CAD" | "AUD" | "NZD" | "SGD" | "HKD")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Style = Style {
        thousands: false,
        currency: false,
        percent: false,
        decimal_comma: false,
        point_groups: false,
    };
    const MONEY: Style = Style { thousands: true, currency: true, ..NONE };
    const FRACTION: Style = Style { percent: true, ..NONE };

    fn read(text: &str, allowed: Style) -> Option<f64> {
        plain(text, allowed, Currency::USD).and_then(|written| double(&written, true)).ok()
    }

    #[test]
    fn a_number_has_one_meaning_or_none() {
        for (text, expected) in [
            ("1234.5", Some(1234.5)),
            (" +2 ", Some(2.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("$1,234.50", Some(1234.5)),
            ("1,234,567", Some(1_234_567.0)),
            ("USD 1,200", Some(1200.0)),
            ("1200 USD", Some(1200.0)),
            ("\u{20ac}5", None),
            ("EUR 5", None),
            ("12,34", None),
            ("1,2345", None),
            ("0,850", None),
            ("1.234,50", None),
            ("-$5", None),
            ("NaN", None),
            ("inf", None),
            ("-Infinity", None),
            ("1e999", None),
            ("0x10", None),
            ("1_000", None),
            ("(5)", None),
            ("12%", None),
            ("", None),
            ("-", None),
            (".", None),
            ("1e", None),
        ] {
            assert_eq!(read(text, MONEY), expected, "{text:?}");
        }
        assert_eq!(read("12%", FRACTION), Some(0.12));
        assert_eq!(read("12 %", FRACTION), Some(0.12));
        assert_eq!(read("$12", FRACTION), None);
    }

    #[test]
    fn a_decimal_comma_is_read_only_where_no_other_meaning_is_left() {
        let allowed = Style { decimal_comma: true, ..MONEY };
        for (text, expected) in [
            ("2400,5", Some(2400.5)),
            ("0,850", Some(0.85)),
            ("1,234", None),
            ("1,234.5", Some(1234.5)),
            ("1,2,3", None),
        ] {
            assert_eq!(read(text, allowed), expected, "{text:?}");
        }
    }

    #[test]
    fn points_between_thousands_are_read_only_where_no_other_meaning_is_left() {
        let allowed = Style { decimal_comma: true, point_groups: true, ..MONEY };
        for (text, expected) in [
            ("1.234,5", Some(1234.5)),
            ("-1.234.567,25", Some(-1_234_567.25)),
            ("1.234.567", Some(1_234_567.0)),
            ("\u{24}1.234,50", Some(1234.5)),
            ("1.234", None),
            ("12.34", Some(12.34)),
            ("0.125", Some(0.125)),
            ("1234.125", Some(1234.125)),
            ("1.23.456", None),
            ("1.234.567.8", None),
        ] {
            assert_eq!(read(text, allowed), expected, "{text:?}");
        }
        // A score of three decimals is no thousand.
        assert_eq!(read("4.125", Style { thousands: false, ..allowed }), Some(4.125));
        assert_eq!(read("4,125", Style { thousands: false, ..allowed }), Some(4.125));
        assert_eq!(read("1.234", MONEY), Some(1.234));
    }

    #[test]
    fn money_keeps_every_digit() {
        let written = plain("$1,234,567,890.123456789", MONEY, Currency::USD).expect("a number");
        assert_eq!(decimal(&written).expect("exact").to_string(), "1234567890.123456789");
        let scientific = plain("1.5e3", MONEY, Currency::USD).expect("a number");
        assert_eq!(decimal(&scientific).expect("exact").to_string(), "1500");
        let long = plain("0.12345678901234567890123456789012", MONEY, Currency::USD).expect("a number");
        assert!(decimal(&long).is_err());
    }
}
