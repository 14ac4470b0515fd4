use std::borrow::Cow;

use crate::{StoreError, Value};

/// A statement and its values. The text uses a bare `?` for every value on both databases: SQLite looks
/// numbered parameters up one by one, which makes long statements quadratic; PostgreSQL gets `$1`, `$2`, ...
/// when the statement is sent.
///
/// ```
/// use store::Query;
///
/// let stage = Some("won");
/// let mut query = Query::new("SELECT id FROM deal WHERE owner = ?").bind("ana");
/// if let Some(stage) = stage {
///     query = query.push(" AND stage = ?").bind(stage);
/// }
/// let query = query.push(" AND id IN (").bind_all(["a", "b"]).push(")");
/// assert_eq!(query.text(), "SELECT id FROM deal WHERE owner = ? AND stage = ? AND id IN (?, ?)");
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    text: Cow<'static, str>,
    values: Vec<Value>,
    persistent: bool,
}

impl Query {
    /// Starts with `text`, which is part of the program and never made of input.
    pub fn new(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), values: Vec::new(), persistent: true }
    }

    /// Continues the text.
    pub fn push(mut self, text: &'static str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// The value of the next `?`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Writes one `?` per value, separated by commas, and binds the values. Without values it writes
    /// `NULL`, so that `IN (...)` of an empty list is valid and matches nothing.
    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let before = self.values.len();
        self.values.extend(values.into_iter().map(Into::into));
        let marks = match self.values.len() - before {
            0 => "NULL".to_owned(),
            count => vec!["?"; count].join(", "),
        };
        self.text.to_mut().push_str(&marks);
        self.persistent = false;
        self
    }

    /// The text so far, with a `?` per value.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A statement whose text was assembled by this crate and is used once.
    pub(crate) fn assembled(text: String, values: Vec<Value>) -> Self {
        Self { text: Cow::Owned(text), values, persistent: false }
    }

    /// The same statement, of which many with other values follow: worth preparing once.
    pub(crate) fn prepared(self) -> Self {
        Self { persistent: true, ..self }
    }

    /// Text for SQLite, values, and whether the prepared statement is worth keeping.
    pub(crate) fn for_sqlite(self) -> Result<(Cow<'static, str>, Vec<Value>, bool), StoreError> {
        let places = places(&self.text).count();
        self.checked(places)?;
        Ok((self.text, self.values, self.persistent))
    }

    /// Text for PostgreSQL, values, and whether the prepared statement is worth keeping.
    pub(crate) fn for_postgres(self) -> Result<(Cow<'static, str>, Vec<Value>, bool), StoreError> {
        let (text, places) = numbered(&self.text);
        self.checked(places)?;
        let text = if places == 0 { self.text } else { Cow::Owned(text) };
        Ok((text, self.values, self.persistent))
    }

    fn checked(&self, places: usize) -> Result<(), StoreError> {
        if places == self.values.len() {
            return Ok(());
        }
        Err(StoreError::Placeholders {
            statement: self.text.chars().take(200).collect(),
            places,
            values: self.values.len(),
        })
    }
}

/// Positions of the `?` that stand for values: not those inside quotes or comments.
fn places(text: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    let mut position = 0;
    std::iter::from_fn(move || {
        while position < bytes.len() {
            let here = position;
            match bytes[here] {
                b'?' => {
                    position += 1;
                    return Some(here);
                }
                quote @ (b'\'' | b'"') => position = after(bytes, here + 1, |rest| rest[0] == quote),
                b'-' if bytes[here..].starts_with(b"--") => {
                    position = after(bytes, here + 2, |rest| rest[0] == b'\n');
                }
                b'/' if bytes[here..].starts_with(b"/*") => {
                    position = after(bytes, here + 2, |rest| rest.starts_with(b"*/"));
                }
                _ => position += 1,
            }
        }
        None
    })
}

fn after(bytes: &[u8], from: usize, ends: impl Fn(&[u8]) -> bool) -> usize {
    (from..bytes.len()).find(|at| ends(&bytes[*at..])).map_or(bytes.len(), |at| at + 1)
}

fn numbered(text: &str) -> (String, usize) {
    let mut out = String::with_capacity(text.len() + 16);
    let (mut from, mut count) = (0, 0);
    for place in places(text) {
        count += 1;
        out.push_str(&text[from..place]);
        out.push('$');
        out.push_str(&count.to_string());
        from = place + 1;
    }
    out.push_str(&text[from..]);
    (out, count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_numbered_for_postgresql_except_inside_quotes_and_comments() {
        for (text, expected, count) in [
            ("SELECT 1", "SELECT 1", 0),
            ("a = ? AND b = ?", "a = $1 AND b = $2", 2),
            ("a = '?' AND b = ?", "a = '?' AND b = $1", 1),
            ("a = 'it''s ?' AND \"b?\" = ?", "a = 'it''s ?' AND \"b?\" = $1", 1),
            ("a = ? -- why?\nAND b = ?", "a = $1 -- why?\nAND b = $2", 2),
            ("a = ? /* ? */ + ?", "a = $1 /* ? */ + $2", 2),
            ("a = 'open ?", "a = 'open ?", 0),
            ("ä = ? ", "ä = $1 ", 1),
        ] {
            assert_eq!(numbered(text), (expected.to_owned(), count), "{text}");
        }
    }

    #[test]
    fn a_value_too_many_or_too_few_is_refused_before_it_is_sent() {
        for query in [Query::new("SELECT ?"), Query::new("SELECT ?").bind(1_i64).bind(2_i64)] {
            assert!(matches!(query.clone().for_sqlite(), Err(StoreError::Placeholders { places: 1, .. })));
            assert!(matches!(query.for_postgres(), Err(StoreError::Placeholders { places: 1, .. })));
        }
    }

    #[test]
    fn an_empty_list_matches_nothing_and_is_valid() {
        let query = Query::new("SELECT 1 WHERE 1 IN (").bind_all(Vec::<i64>::new()).push(")");
        assert_eq!(query.text(), "SELECT 1 WHERE 1 IN (NULL)");
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_other_characters(text in "[a-z?'\" \n/*-]{0,40}") {
            let (out, count) = numbered(&text);
            prop_assert_eq!(count, places(&text).count());
            prop_assert_eq!(out.matches('$').count(), count);
        }
    }
}
