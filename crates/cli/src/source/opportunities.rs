//! The opportunities of `ehub growth project`, read from JSON one by one: a bad one does not stop the good ones.

use std::{collections::HashSet, sync::Arc};

use growth::projection::Opportunity;
use kernel::{Arr, Currency, Rejection};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::exit::{Failure, Outcome};

/// The largest ARR that a projection counts exactly.
const ARR_MAX: Decimal = Decimal::from_parts(0x4876_e800, 0x17, 0, false, 0);

/// The opportunities in a JSON list, and why the others are not among them.
///
/// # Errors
/// When the text is no JSON list or holds nothing.
pub fn parse(bytes: &[u8], name: &str, currency: Currency) -> Outcome<(Vec<Opportunity>, Vec<Rejection>)> {
    const SHAPE: &str =
        r#"the file is a list: [{"id": "a", "arr": 12000, "probability": 0.6, "close_days": 30}, ...]"#;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Failure::new(format_args!("{name} is not JSON: {error}")).advise(SHAPE))?;
    let Value::Array(items) = value else {
        return Err(Failure::new(format_args!("{name} holds no list of opportunities")).advise(SHAPE));
    };
    if items.is_empty() {
        return Err(Failure::new(format_args!("{name} holds no opportunity")).advise(SHAPE));
    }
    let mut seen = HashSet::new();
    let (mut good, mut rejected) = (Vec::with_capacity(items.len()), Vec::new());
    for (row, item) in (1..).zip(&items) {
        match opportunity(item, currency, &seen) {
            Ok(one) => {
                seen.insert(one.id.clone());
                good.push(one);
            }
            Err(Fault { field, value, message }) => {
                rejected.push(Rejection { row, field: field.to_owned(), value, message });
            }
        }
    }
    Ok((good, rejected))
}

struct Fault {
    field: &'static str,
    value: String,
    message: String,
}

fn opportunity(item: &Value, currency: Currency, seen: &HashSet<Arc<str>>) -> Result<Opportunity, Fault> {
    let Value::Object(fields) = item else {
        return Err(Fault {
            field: "",
            value: item.to_string(),
            message: "is not an object with id, arr, probability and close_days".to_owned(),
        });
    };
    Ok(Opportunity {
        id: take(fields, "id", "a text that no earlier opportunity has", |value| {
            let id = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            (!id.is_empty() && !seen.contains(id.as_str())).then(|| Arc::from(id))
        })?,
        arr: take(fields, "arr", "an amount from 0 to 100 000 000 000", |value| {
            let text = value.as_number()?.to_string();
            let amount = text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()?;
            (Decimal::ZERO..=ARR_MAX).contains(&amount).then(|| Arr::new(amount, currency))
        })?,
        probability: take(fields, "probability", "a fraction from 0 to 1", |value| {
            value.as_f64().filter(|chance| (0.0..=1.0).contains(chance))
        })?,
        close_days: take(fields, "close_days", "a whole number of days, 0 or more", |value| {
            value.as_u64().and_then(|days| u32::try_from(days).ok())
        })?,
    })
}

fn take<T>(
    fields: &Map<String, Value>,
    field: &'static str,
    wanted: &'static str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<T, Fault> {
    let found = fields.get(field).unwrap_or(&Value::Null);
    read(found).ok_or_else(|| Fault {
        field,
        value: match found {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
        message: format!("must be {wanted}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_a_hundred_thousand_millions() {
        assert_eq!(ARR_MAX, Decimal::from(100_000_000_000_u64));
    }

    #[test]
    fn amounts_keep_their_digits() {
        let text = r#"[{"id": 7, "arr": 0.1, "probability": 1, "close_days": 0}, {"id": "b", "arr": 1.5e3, "probability": 0, "close_days": 9}]"#;
        let (good, rejected) = parse(text.as_bytes(), "test", Currency::USD).expect("a list");
        assert_eq!(rejected, []);
        let amounts: Vec<_> = good.iter().map(|one| one.arr.amount().to_string()).collect();
        assert_eq!((amounts, &*good[0].id), (vec!["0.1".to_owned(), "1500".to_owned()], "7"));
    }
}
