use std::{cell::RefCell, rc::Rc};

use jiff::{Timestamp, civil};
use serde_json::{Map, Value};

/// A value that is not what the contract says. The value itself is not kept: it may name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Where: `contact.tags`.
    pub path: String,
    /// What was expected: `a list`.
    pub expected: &'static str,
    /// What was found: `a text`.
    pub found: &'static str,
}

/// What was read, and where it was not what the contract says.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded<T> {
    /// What could be read; values that drifted are missing in it.
    pub value: T,
    /// What drifted: a reason for an alarm, none for stopping.
    pub drifts: Vec<Drift>,
}

/// The answer says nothing of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No JSON: the page of a content network, or nothing.
    #[error("the answer is not JSON")]
    NotJson,
    /// JSON without what makes it an answer.
    #[error("the answer lacks what was asked for")]
    Empty(Vec<Drift>),
}

/// What can be read from an answer, tolerantly.
pub trait FromWire: Sized {
    /// Reads it; nothing when what identifies it is missing.
    fn read(fields: &Fields<'_>) -> Option<Self>;
}

/// Reads an answer.
///
/// # Errors
/// When it is no JSON, or lacks what identifies it.
pub fn decode<T: FromWire>(body: &[u8]) -> Result<Decoded<T>, Unreadable> {
    // Deletions may be answered with nothing at all.
    let body: &[u8] = if body.trim_ascii().is_empty() { b"{}" } else { body };
    let root: Value = serde_json::from_slice(body).map_err(|_| Unreadable::NotJson)?;
    let fields = Fields::of(&root);
    let value = T::read(&fields);
    let drifts = fields.drifts();
    match value {
        Some(value) => Ok(Decoded { value, drifts }),
        None => Err(Unreadable::Empty(drifts)),
    }
}

/// The members of a JSON object, read tolerantly: a number may be a text and a text a number, what is missing or
/// null is missing, and a value of another kind is missing and noted as a [`Drift`].
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    value: &'a Value,
    path: String,
    drifts: Rc<RefCell<Vec<Drift>>>,
}

impl<'a> Fields<'a> {
    /// The members of `value`.
    pub fn of(value: &'a Value) -> Self {
        Self { value, path: String::new(), drifts: Rc::default() }
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// What drifted so far, here and in everything read through this.
    pub fn drifts(&self) -> Vec<Drift> {
        self.drifts.borrow().clone()
    }

    /// A member as it is; null counts as missing.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.members()?.get(name).filter(|value| !value.is_null())
    }

    /// All members.
    pub fn members(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// A text that says something; numbers are texts, too.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            other => self.drifted(name, "a text", other),
        }
    }

    /// The first of `names` that is a text: spellings of one thing.
    pub fn first_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A finite number; texts that are one, too.
    pub fn number(&self, name: &str) -> Option<f64> {
        let value = self.get(name)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite()).or_else(|| self.drifted(name, "a number", value))
    }

    /// A whole number from 0.
    pub fn count(&self, name: &str) -> Option<u64> {
        let number = self.number(name)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
        let count = (0.0..9e15).contains(&number).then_some(number as u64);
        count.or_else(|| self.drifted(name, "a whole number", self.get(name)?))
    }

    /// Yes or no; texts and 0 and 1, too.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" || text.is_empty() => {
                Some(false)
            }
            Value::Number(number) if number.as_u64() == Some(1) => Some(true),
            Value::Number(number) if number.as_u64() == Some(0) => Some(false),
            other => self.drifted(name, "yes or no", other),
        }
    }

    /// An instant: ISO 8601 with offset, a date (midnight UTC), or the epoch in seconds or milliseconds.
    pub fn instant(&self, name: &str) -> Option<Timestamp> {
        let value = self.get(name)?;
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return None;
        }
        instant(value).or_else(|| self.drifted(name, "an instant", value))
    }

    /// A list of texts; a lone text is a list of one.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let one = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match self.get(name) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| one(item).or_else(|| self.drifted(name, "texts", item)))
                .collect(),
            Some(value) => one(value).or_else(|| self.drifted(name, "a list", value)).into_iter().collect(),
        }
    }

    /// An object; what is missing has no members.
    pub fn object(&self, name: &str) -> Self {
        match self.get(name) {
            Some(value @ Value::Object(_)) => self.child(name, value),
            None => self.child(name, &Value::Null),
            Some(other) => {
                self.drifted::<()>(name, "an object", other);
                self.child(name, &Value::Null)
            }
        }
    }

    /// The objects of a list. Lists in lists are one list: the published examples have them.
    pub fn each(&self, name: &str) -> Vec<Self> {
        match self.get(name) {
            None => Vec::new(),
            Some(Value::Array(items)) => self.items(name, items),
            Some(value @ Value::Object(_)) => vec![self.child(name, value)],
            Some(other) => {
                self.drifted::<()>(name, "a list", other);
                Vec::new()
            }
        }
    }

    /// Reads every object of a list; those without what identifies them are left out and noted.
    pub fn list<T: FromWire>(&self, name: &str) -> Vec<T> {
        let mut read = Vec::new();
        for item in self.each(name) {
            match T::read(&item) {
                Some(value) => read.push(value),
                None => self.note(&item.path, "an item with an identifier", item.value),
            }
        }
        read
    }

    fn items(&self, name: &str, items: &'a [Value]) -> Vec<Self> {
        let mut all = Vec::new();
        for item in items {
            match item {
                Value::Object(_) => all.push(self.child(name, item)),
                Value::Array(inner) => all.extend(
                    inner.iter().filter(|value| value.is_object()).map(|value| self.child(name, value)),
                ),
                other => self.note(&self.below(name), "objects", other),
            }
        }
        all
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        Self { value, path: self.below(name), drifts: self.drifts.clone() }
    }

    fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn drifted<T>(&self, name: &str, expected: &'static str, found: &Value) -> Option<T> {
        self.note(&self.below(name), expected, found);
        None
    }

    fn note(&self, path: &str, expected: &'static str, found: &Value) {
        let drift = Drift { path: path.to_owned(), expected, found: kind(found) };
        let mut drifts = self.drifts.borrow_mut();
        // A page of a hundred items drifts alike a hundred times.
        if !drifts.contains(&drift) {
            drifts.push(drift);
        }
    }
}

/// An instant in any of the forms that are seen: see [`Fields::instant`].
pub(crate) fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and is out of range then")]
            let number = number.as_i64().or_else(|| number.as_f64().map(|number| number as i64))?;
            epoch(number)
        }
        Value::String(text) => {
            let text = text.trim();
            if let Ok(instant) = text.parse::<Timestamp>() {
                return Some(instant);
            }
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
                return epoch(text.parse().ok()?);
            }
            // Without an offset: in the documents such times are UTC.
            let civil = text.parse::<civil::DateTime>().ok()?;
            civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        }
        _ => None,
    }
}

/// Seconds until the year 5138, milliseconds from March 1973: no instant of interest is both.
fn epoch(number: i64) -> Option<Timestamp> {
    match number.unsigned_abs() {
        ..100_000_000_000 => Timestamp::from_second(number).ok(),
        _ => Timestamp::from_millisecond(number).ok(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_may_be_texts_and_texts_numbers() {
        let value = json!({"a": "41.5", "b": 7, "c": "true", "d": 0, "e": null, "f": "", "g": 1.5e3});
        let fields = Fields::of(&value);
        assert_eq!(fields.number("a"), Some(41.5));
        assert_eq!(fields.text("b").as_deref(), Some("7"));
        assert_eq!((fields.flag("c"), fields.flag("d")), (Some(true), Some(false)));
        assert_eq!((fields.text("e"), fields.text("f"), fields.number("f")), (None, None, None));
        assert_eq!(fields.count("g"), Some(1500));
        assert!(fields.drifts().is_empty());
    }

    #[test]
    fn what_is_of_another_kind_is_missing_and_noted_without_its_value() {
        let value = json!({"contact": {"tags": {"secret": 1}, "dnd": "perhaps", "items": ["x", "x"]}});
        let fields = Fields::of(&value);
        let contact = fields.object("contact");
        assert!(
            contact.texts("tags").is_empty()
                && contact.flag("dnd").is_none()
                && contact.each("items").is_empty()
        );
        let drifts = fields.drifts();
        let paths: Vec<&str> = drifts.iter().map(|drift| drift.path.as_str()).collect();
        assert_eq!(paths, ["contact.tags", "contact.dnd", "contact.items"]);
        assert!(!format!("{drifts:?}").contains("secret") && !format!("{drifts:?}").contains("perhaps"));
    }

    #[test]
    fn instants_come_in_many_forms() {
        for (value, expected) in [
            (json!("2021-11-26T12:41:02.193Z"), "2021-11-26T12:41:02.193Z"),
            (json!("2023-09-25T16:00:00+05:30"), "2023-09-25T10:30:00Z"),
            (json!("2023-01-01"), "2023-01-01T00:00:00Z"),
            (json!("2023-01-01 10:11:12"), "2023-01-01T10:11:12Z"),
            (json!(1_714_032_441), "2024-04-25T08:07:21Z"),
            (json!(1_714_032_441_000_i64), "2024-04-25T08:07:21Z"),
            (json!("1714032441000"), "2024-04-25T08:07:21Z"),
        ] {
            assert_eq!(instant(&value), Some(expected.parse().unwrap()), "{value}");
        }
        for value in [json!("soon"), json!(""), json!([]), json!(true), json!("99999999999999999999")] {
            assert_eq!(instant(&value), None, "{value}");
        }
    }

    #[test]
    fn lists_in_lists_are_one_list() {
        let value = json!({"stages": [[{"id": "1"}], [], {"id": "2"}]});
        assert_eq!(Fields::of(&value).each("stages").len(), 2);
    }

    proptest! {
        #[test]
        fn no_number_makes_an_instant_panic(number: i64, real: f64) {
            let _ = (instant(&json!(number)), instant(&json!(real)));
        }
    }
}
