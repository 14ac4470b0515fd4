use std::collections::HashSet;

use jiff::{Unit, civil::Date};
use rust_decimal::{
    Decimal, MathematicalOps,
    prelude::{FromPrimitive, ToPrimitive},
};

use super::{
    definition::{Aggregate, Measure, MetricRule},
    evidence::Evidence,
    table::{Datum, Row},
};

impl Evidence<'_> {
    /// The metric of a client by its rule, or nothing where it is unknown.
    pub(super) fn metric(&self, rule: &MetricRule, client: &str, as_of: Date) -> Datum {
        let measured = self.measure(&rule.of, client, as_of);
        let Some(over) = &rule.over else {
            return transformed(rule, measured);
        };
        let ratio = match (measured, self.measure(over, client, as_of)) {
            (Datum::Number(of), Datum::Number(over))
                if !over.is_zero() && rule.over_minimum.is_none_or(|minimum| over >= minimum) =>
            {
                of.checked_div(over).map_or(Datum::Empty, Datum::Number)
            }
            _ => Datum::Empty,
        };
        transformed(rule, ratio)
    }

    fn measure(&self, measure: &Measure, client: &str, as_of: Date) -> Datum {
        let newest = days_before(as_of, measure.ending_days_ago);
        let oldest = measure.window_days.map(|days| days_before(newest, days));
        let rows = self.known_rows(&measure.table, client, as_of).filter(|row| {
            row.recorded <= newest
                && oldest.is_none_or(|oldest| row.recorded > oldest)
                && measure.conditions.iter().all(|condition| {
                    condition.holds(self.datum(&measure.table, &condition.column, row, as_of))
                })
        });
        if measure.aggregate == Aggregate::Count {
            return Datum::Number(Decimal::from(rows.count()));
        }
        let values = rows.flat_map(|row| {
            let datum = move |column| (row, self.datum(&measure.table, column, row, as_of));
            measure.columns.iter().map(move |column| datum(column))
        });
        match aggregate(measure.aggregate, values.filter(|(_, datum)| **datum != Datum::Empty), as_of) {
            Datum::Empty => measure.when_none.map_or(Datum::Empty, Datum::Number),
            measured => measured,
        }
    }
}

fn days_before(date: Date, days: u32) -> Date {
    date.saturating_sub(jiff::Span::new().days(days))
}

fn aggregate<'a>(how: Aggregate, values: impl Iterator<Item = (&'a Row, &'a Datum)>, as_of: Date) -> Datum {
    let numbers = |values: &mut dyn Iterator<Item = (&'a Row, &'a Datum)>| -> Vec<Decimal> {
        values
            .filter_map(|(_, datum)| match datum {
                Datum::Number(number) => Some(*number),
                _ => None,
            })
            .collect()
    };
    let dates = |values: &mut dyn Iterator<Item = (&'a Row, &'a Datum)>| -> Vec<Date> {
        values
            .filter_map(|(_, datum)| match datum {
                // A date of the future within a known row is an appointment, not a record.
                Datum::Date(date) if *date <= as_of => Some(*date),
                _ => None,
            })
            .collect()
    };
    let mut values = values;
    let number = |number: Option<Decimal>| number.map_or(Datum::Empty, Datum::Number);
    let date = |date: Option<Date>| date.map_or(Datum::Empty, Datum::Date);
    match how {
        Aggregate::Count => number(Some(Decimal::from(values.count()))),
        Aggregate::Distinct => {
            let different: HashSet<String> = values.map(|(_, datum)| text(datum)).collect();
            number(Some(Decimal::from(different.len())))
        }
        Aggregate::Sum => number(sum(&numbers(&mut values))),
        Aggregate::Mean => {
            let numbers = numbers(&mut values);
            number(sum(&numbers).and_then(|sum| sum.checked_div(Decimal::from(numbers.len()))))
        }
        Aggregate::Minimum => number(numbers(&mut values).into_iter().min()),
        Aggregate::Maximum => number(numbers(&mut values).into_iter().max()),
        Aggregate::Newest => {
            values.max_by_key(|(row, _)| row.recorded).map_or(Datum::Empty, |(_, datum)| datum.clone())
        }
        Aggregate::Earliest => date(dates(&mut values).into_iter().min()),
        Aggregate::Latest => date(dates(&mut values).into_iter().max()),
        Aggregate::MonthsSinceEarliest => number(dates(&mut values).into_iter().min().and_then(|first| {
            let span = first.until((Unit::Month, as_of)).ok()?;
            Some(Decimal::from(span.get_months()))
        })),
        Aggregate::DaysSinceLatest => number(dates(&mut values).into_iter().max().and_then(|last| {
            let span = last.until((Unit::Day, as_of)).ok()?;
            Some(Decimal::from(span.get_days()))
        })),
    }
}

/// The sum, or nothing where there is nothing to add or the sum has no place in 96 bits.
fn sum(numbers: &[Decimal]) -> Option<Decimal> {
    let (first, rest) = numbers.split_first()?;
    rest.iter().try_fold(*first, |sum, number| sum.checked_add(*number))
}

fn transformed(rule: &MetricRule, measured: Datum) -> Datum {
    let Datum::Number(number) = measured else { return measured };
    let rooted = match rule.root {
        None | Some(1) => Some(number),
        Some(2) => number.sqrt(),
        Some(root) => number
            .to_f64()
            .filter(|number| *number >= 0.0)
            .and_then(|number| Decimal::from_f64(number.powf(1.0 / f64::from(root)))),
    };
    let moved = rooted
        .and_then(|number| number.checked_mul(rule.scale.unwrap_or(Decimal::ONE)))
        .and_then(|number| number.checked_add(rule.offset.unwrap_or(Decimal::ZERO)));
    let Some(number) = moved else { return Datum::Empty };
    Datum::Number(rule.clamp.map_or(number, |[lower, upper]| number.clamp(lower, upper)))
}

/// A datum as a cell's text.
pub(super) fn text(datum: &Datum) -> String {
    match datum {
        Datum::Empty => String::new(),
        Datum::Text(text) => text.clone(),
        Datum::Number(number) => number.normalize().to_string(),
        Datum::Date(date) => date.to_string(),
    }
}
