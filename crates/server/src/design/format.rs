//! Numbers, money, shares and times as people read them. One place, so that a figure looks the same on
//! every page, in every e-mail and beside every chart.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{Arr, Currency, Money, Mrr};
use maud::{Markup, html};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

/// What is written where a value is not known; never a zero.
pub const UNKNOWN: &str = "unknown";

/// An amount with its currency, of whatever period.
pub trait Amount {
    /// Amount in major units, and its currency.
    fn parts(&self) -> (Decimal, Currency);
}

impl Amount for Money {
    fn parts(&self) -> (Decimal, Currency) {
        (self.amount, self.currency)
    }
}

impl Amount for Arr {
    fn parts(&self) -> (Decimal, Currency) {
        (self.amount(), self.currency())
    }
}

impl Amount for Mrr {
    fn parts(&self) -> (Decimal, Currency) {
        (self.amount(), self.currency())
    }
}

/// `$1,234.50`: every cent.
pub fn money(amount: &impl Amount) -> String {
    let (value, currency) = amount.parts();
    signed_money(value, currency, &grouped(&fixed(value.abs(), 2)))
}

/// `$1,235`: whole units.
pub fn money_whole(amount: &impl Amount) -> String {
    let (value, currency) = amount.parts();
    let rounded = value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    signed_money(rounded, currency, &grouped(&fixed(rounded.abs(), 0)))
}

/// `$28.6K`: three digits or so.
pub fn money_compact(amount: &impl Amount) -> String {
    let (value, currency) = amount.parts();
    signed_money(value, currency, &short_scale(value.abs()))
}

/// The compact amount, with the exact one in its tooltip.
pub fn money_figure(amount: &impl Amount) -> Markup {
    html! { span.num title=(money(amount)) { (money_compact(amount)) } }
}

/// `1,234.5`: up to `digits` decimals, without trailing zeros.
pub fn number(value: f64, digits: u32) -> String {
    let Some(decimal) = Decimal::from_f64_retain(value) else {
        return if value.is_nan() { UNKNOWN.to_owned() } else { format!("{value:e}") };
    };
    let rounded = decimal.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero).normalize();
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "−" } else { "" };
    format!("{sign}{}", grouped(&rounded.abs().to_string()))
}

/// `72.0`: exactly `digits` decimals, so that a column of numbers lines up.
pub fn decimal(value: f64, digits: u32) -> String {
    match Decimal::from_f64_retain(value) {
        Some(value) => {
            let rounded = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
            let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "−" } else { "" };
            format!("{sign}{}", grouped(&fixed(rounded.abs(), digits)))
        }
        None => number(value, digits),
    }
}

/// `1,234`: a count.
pub fn count(value: impl TryInto<u64>) -> String {
    value.try_into().map_or_else(|_| UNKNOWN.to_owned(), |value| grouped(&value.to_string()))
}

/// `1 client`, `12 clients`: a count with its noun.
pub fn counted(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// `12.5 %` of a fraction (0.125); up to `digits` decimals.
pub fn percent(fraction: f64, digits: u32) -> String {
    if fraction.is_nan() { UNKNOWN.to_owned() } else { format!("{} %", number(fraction * 100.0, digits)) }
}

/// `68.5 %` of a chance; what is nearly impossible or nearly sure is not rounded to either.
pub fn chance(chance: f64) -> String {
    match chance {
        chance if chance > 0.0 && chance < 0.0005 => "below 0.1 %".to_owned(),
        chance if chance > 0.9995 && chance < 1.0 => "above 99.9 %".to_owned(),
        chance => percent(chance, 1),
    }
}

/// `+3.2`, `−1`, `0`: a change.
pub fn signed(value: f64, digits: u32) -> String {
    let text = number(value, digits);
    if value > 0.0 && text != "0" { format!("+{text}") } else { text }
}

/// `21 Nov 2026`.
pub fn date(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// `21 Nov 2026, 11:32 UTC`.
pub fn instant(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::UTC).strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// `3 days ago`, `in 2 hours`, `just now`.
pub fn relative(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - then.as_second();
    let past = seconds >= 0;
    let seconds = seconds.unsigned_abs();
    let (value, unit) = match seconds {
        0..=44 => return if past { "just now".to_owned() } else { "in a moment".to_owned() },
        45..=3_569 => (seconds.div_ceil(60).max(1), "minute"),
        3_570..=84_599 => ((seconds + 1_800) / 3_600, "hour"),
        84_600..=2_591_999 => ((seconds + 43_200) / 86_400, "day"),
        2_592_000..=31_535_999 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let text = if value == 1 { format!("1 {unit}") } else { format!("{value} {unit}s") };
    if past { format!("{text} ago") } else { format!("in {text}") }
}

/// A `<time>` that reads relative and carries the exact instant.
pub fn when(then: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(then.to_string()) title=(instant(then)) { (relative(then, now)) } }
}

/// A `<time>` of a civil date.
pub fn day(value: Date) -> Markup {
    html! { time.nowrap datetime=(value.to_string()) { (date(value)) } }
}

/// The plain number behind an amount, for charts and bars; never for sums.
pub fn plain(amount: &impl Amount) -> f64 {
    amount.parts().0.to_f64().unwrap_or(f64::NAN)
}

fn symbol(currency: Currency) -> String {
    match currency.code() {
        "USD" => "$".to_owned(),
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "JPY" => "¥".to_owned(),
        "CAD" => "CA$".to_owned(),
        "AUD" => "A$".to_owned(),
        code => format!("{code}\u{a0}"),
    }
}

fn signed_money(value: Decimal, currency: Currency, digits: &str) -> String {
    let sign = if value.is_sign_negative() && !value.is_zero() { "−" } else { "" };
    format!("{sign}{}{digits}", symbol(currency))
}

fn fixed(value: Decimal, digits: u32) -> String {
    let rounded = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    format!("{rounded:.*}", digits as usize)
}

fn short_scale(value: Decimal) -> String {
    let scales = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")];
    for (index, (size, letter)) in scales.iter().enumerate() {
        let scaled = value / Decimal::from(*size);
        let digits = if scaled >= Decimal::ONE_HUNDRED { 0 } else { 1 };
        let rounded = scaled.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        if rounded >= Decimal::ONE {
            // 999.96K is 1M, not 1,000K.
            if rounded >= Decimal::ONE_THOUSAND && index > 0 {
                return format!("1{}", scales[index - 1].1);
            }
            return format!("{}{letter}", grouped(&rounded.normalize().to_string()));
        }
    }
    grouped(&value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize().to_string())
}

/// Thousands separators in a plain, unsigned decimal text.
fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::with_capacity(text.len() + text.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(text: &str) -> Money {
        Money::new(text.parse().expect("a decimal"), Currency::USD)
    }

    #[test]
    fn money_is_exact_whole_or_compact() {
        for (amount, exact, whole, compact) in [
            ("0", "$0.00", "$0", "$0"),
            ("1234.5", "$1,234.50", "$1,235", "$1.2K"),
            ("-28645.833333", "−$28,645.83", "−$28,646", "−$28.6K"),
            ("999.994", "$999.99", "$1,000", "$1K"),
            ("999960", "$999,960.00", "$999,960", "$1M"),
            ("158645.83", "$158,645.83", "$158,646", "$159K"),
            ("3240000", "$3,240,000.00", "$3,240,000", "$3.2M"),
            ("-0.001", "$0.00", "$0", "$0"),
        ] {
            let amount = dollars(amount);
            let got = (money(&amount), money_whole(&amount), money_compact(&amount));
            let got = (got.0.replace("−$0.00", "$0.00"), got.1, got.2.replace("−$0", "$0"));
            assert_eq!((got.0.as_str(), got.1.as_str(), got.2.as_str()), (exact, whole, compact));
        }
    }

    #[test]
    fn numbers_shares_and_changes() {
        assert_eq!(number(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(number(f64::NAN, 2), UNKNOWN);
        assert_eq!(number(-0.0001, 1), "0");
        assert_eq!((decimal(72.0, 1).as_str(), decimal(-1_234.56, 1).as_str()), ("72.0", "−1,234.6"));
        assert_eq!(percent(0.125, 1), "12.5 %");
        assert_eq!(percent(f64::NAN, 1), UNKNOWN);
        assert_eq!(
            [0.0, 1e-9, 0.685, 0.99999, 1.0].map(chance),
            ["0 %", "below 0.1 %", "68.5 %", "above 99.9 %", "100 %"]
        );
        assert_eq!(signed(3.25, 1), "+3.3");
        assert_eq!(signed(-1.0, 1), "−1");
        assert_eq!(counted(1, "client", "clients"), "1 client");
        assert_eq!(counted(5000, "client", "clients"), "5,000 clients");
    }

    #[test]
    fn distances_in_time_are_rounded_to_one_unit() {
        let now = Timestamp::from_second(1_800_000_000).expect("an instant");
        for (seconds_ago, text) in [
            (0, "just now"),
            (60, "1 minute ago"),
            (3_600, "1 hour ago"),
            (-7_200, "in 2 hours"),
            (86_400 * 3, "3 days ago"),
            (86_400 * 65, "2 months ago"),
            (86_400 * 800, "2 years ago"),
        ] {
            let then = Timestamp::from_second(1_800_000_000 - seconds_ago).expect("an instant");
            assert_eq!(relative(then, now), text);
        }
    }
}
