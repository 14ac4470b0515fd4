use jiff::civil::Date;
use kernel::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{
    metrics::ClientMetrics,
    policy::{Metric, Values},
};

/// A number (or date) that a proposition prints, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is (`Leads per month`).
    pub label: String,
    /// As printed (`$37,500`, `34%`, `26 January 2026`).
    pub value: String,
    /// What it counts (`USD per year`, `percent`, `date`).
    pub unit: String,
    /// The input or constant it is, or the calculation that made it from others.
    pub source: String,
}

/// Collects every number while a proposition is written: text gets its numbers only from here.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    currency: Currency,
    facts: Vec<Fact>,
}

impl Figures {
    pub(super) fn new(currency: Currency) -> Self {
        Self { currency, facts: Vec::new() }
    }

    pub(super) fn into_facts(self) -> Vec<Fact> {
        self.facts
    }

    /// Registers a fact and gives back its printed value.
    pub(super) fn state(
        &mut self,
        label: impl Into<String>,
        value: impl Into<String>,
        unit: impl Into<String>,
        source: impl Into<String>,
    ) -> String {
        let fact =
            Fact { label: label.into(), value: value.into(), unit: unit.into(), source: source.into() };
        let value = fact.value.clone();
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
        value
    }

    pub(super) fn money(&mut self, label: &str, amount: Decimal, per: &str, source: &str) -> String {
        let unit = format!("{}{per}", self.currency);
        self.state(label, money(amount, self.currency), unit, source)
    }

    pub(super) fn percent(&mut self, label: &str, fraction: f64, source: &str) -> String {
        self.state(label, percent(fraction), "percent", source)
    }

    pub(super) fn count(&mut self, label: &str, count: f64, unit: &str, source: &str) -> String {
        self.state(label, number(count, 1), unit, source)
    }

    pub(super) fn date(&mut self, label: &str, date: Date, source: &str) -> String {
        self.state(label, day(date), "date", source)
    }

    /// A metric of a client as people read it; `None` when it is unknown.
    pub(super) fn metric(
        &mut self,
        client: &ClientMetrics,
        values: &Values,
        metric: Metric,
    ) -> Option<String> {
        let value = values.get(metric)?;
        let source = if metric == Metric::Usage && client.usage_derived {
            "client data: monthly_active_locations / locations_count".to_owned()
        } else {
            format!("client data: {}", metric.id())
        };
        let (text, unit) = self.shown(metric, value);
        Some(self.state(label(metric), text, unit, source))
    }

    /// A threshold of a metric, printed as the metric is.
    pub(super) fn threshold(&mut self, metric: Metric, value: f64, source: &str) -> String {
        let (text, unit) = self.shown(metric, value);
        self.state(format!("{}, threshold", label(metric)), text, unit, source)
    }

    /// A metric's value as printed, and its unit.
    pub(super) fn shown(&self, metric: Metric, value: f64) -> (String, String) {
        match metric {
            Metric::Satisfaction => (format!("{} of 5", number(value, 1)), "scale from 1 to 5".to_owned()),
            Metric::Usage => (percent(value), "percent".to_owned()),
            Metric::LeadsGrowth | Metric::LocationsGrowth => {
                (percent(value), "percent, month over month".to_owned())
            }
            Metric::Roi => (format!("{}%", number(value, 1)), "percent".to_owned()),
            Metric::CurrentArr | Metric::CurrentMrr => {
                let amount = Decimal::from_f64_retain(value).unwrap_or_default();
                let per = if metric == Metric::CurrentArr { "per year" } else { "per month" };
                (money(amount, self.currency), format!("{} {per}", self.currency))
            }
            _ => (number(value, 1), "count".to_owned()),
        }
    }
}

/// The metric's name at the start of a line.
pub(super) fn label(metric: Metric) -> String {
    let text = match metric {
        Metric::Usage => "share of the product in use",
        Metric::Roi => "return on the current subscription",
        Metric::CurrentArr => "current subscription",
        Metric::Nps => "net promoter score",
        Metric::Leads => "leads processed per month",
        Metric::LeadsGrowth => "growth of leads per month",
        Metric::LocationsGrowth => "growth of locations per month",
        Metric::Referrals => "clients referred to us",
        Metric::FeatureRequests => "open feature requests",
        other => other.label(),
    };
    capitalised(text)
}

/// The text with its first letter large.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `26 January 2026`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `$37,500`, `EUR 1,250.50`: cents only where there are any.
pub(super) fn money(amount: Decimal, currency: Currency) -> String {
    let cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize();
    let digits = if cents.scale() == 0 { cents.to_string() } else { format!("{cents:.2}") };
    let grouped = grouped(&digits);
    let (sign, grouped) = grouped.strip_prefix('-').map_or(("", grouped.as_str()), |rest| ("-", rest));
    if currency == Currency::USD {
        format!("{sign}${grouped}")
    } else {
        format!("{sign}{currency} {grouped}")
    }
}

/// A fraction in percent with at most one decimal; two significant digits below one percent.
pub(super) fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    if value != 0.0 && value.abs() < 0.01 {
        "less than 0.01%".to_owned()
    } else if value.abs() < 1.0 {
        format!("{}%", number(value, 2))
    } else {
        format!("{}%", number(value, 1))
    }
}

/// Thousands grouped, at most so many decimals, no trailing zeros.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let fixed = format!("{value:.decimals$}");
    let trimmed =
        if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { &fixed };
    grouped(if trimmed == "-0" { "0" } else { trimmed })
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn numbers_print_as_people_write_them() {
        assert_eq!(number(1_234_567.0, 1), "1,234,567");
        assert_eq!(number(-1_234.56, 1), "-1,234.6");
        assert_eq!(number(4.60, 1), "4.6");
        assert_eq!(number(100.0, 0), "100");
        assert_eq!(number(-0.04, 1), "0");
        assert_eq!(percent(0.347), "34.7%");
        assert_eq!(percent(0.0047), "0.47%");
        assert_eq!(percent(0.000_01), "less than 0.01%");
        assert_eq!(day(date(2026, 1, 5)), "5 January 2026");
    }

    #[test]
    fn money_prints_cents_only_where_there_are_any() {
        let euro = "EUR".parse().expect("code");
        assert_eq!(money(Decimal::from(37_500), Currency::USD), "$37,500");
        assert_eq!(money(Decimal::new(-1_250_500, 3), Currency::USD), "-$1,250.50");
        assert_eq!(money(Decimal::new(125_050, 2), euro), "EUR 1,250.50");
        assert_eq!(money(Decimal::from(25_000) / Decimal::from(12), Currency::USD), "$2,083.33");
    }
}
