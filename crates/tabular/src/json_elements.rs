//! Where the elements of a JSON array begin and end, found without believing that each is valid, so that
//! one damaged element does not hide the ones after it.

/// The bytes of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// First position at or after `from` that is no white space.
pub(crate) fn skip_space(text: &[u8], from: usize) -> usize {
    let space = text[from.min(text.len())..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    from.min(text.len()) + space
}

/// End of the value that starts at `start`: the separator or closing bracket after it, or the end of the text.
pub(crate) fn value_end(text: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (offset, byte) in text[start..].iter().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b'}' | b']' | b',' if depth == 0 => return start + offset,
            _ => {}
        }
    }
    text.len()
}

/// Start of the next element after a damaged one: the next `{` behind `},` or at the beginning of a line.
pub(crate) fn next_object(text: &[u8], from: usize) -> Option<usize> {
    (from..text.len()).find(|at| {
        text[*at] == b'{' && {
            let before = &text[..*at];
            let trimmed = before.trim_ascii_end();
            let on_new_line = before[trimmed.len()..].contains(&b'\n');
            let after_object =
                trimmed.strip_suffix(b",").is_some_and(|rest| rest.trim_ascii_end().ends_with(b"}"));
            on_new_line || after_object
        }
    })
}

/// The text with `NaN`, `Infinity` and `-Infinity` in quotes where they stand outside of strings; `None` when
/// there are none.
pub(crate) fn with_quoted_non_numbers(text: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut written = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while at < text.len() {
        if text[at] == b'"' {
            at = string_end(text, at);
        } else if let Some(word) = WORDS.iter().find(|word| text[at..].starts_with(word)) {
            written.extend_from_slice(&text[copied..at]);
            written.push(b'"');
            written.extend_from_slice(word);
            written.push(b'"');
            at += word.len();
            copied = at;
        } else {
            at += 1;
        }
    }
    (copied > 0).then(|| {
        written.extend_from_slice(&text[copied..]);
        written
    })
}

/// The arrays of objects among the members of the object that starts at `start`: (name, position of `[`).
pub(crate) fn arrays_of_objects(text: &[u8], start: usize) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut at = start + 1;
    loop {
        at = skip_space(text, at);
        if text.get(at) != Some(&b'"') {
            return found;
        }
        let key_end = string_end(text, at);
        let name = serde_json::from_slice::<String>(&text[at..key_end]).unwrap_or_default();
        at = skip_space(text, key_end);
        if text.get(at) != Some(&b':') {
            return found;
        }
        at = skip_space(text, at + 1);
        if text.get(at) == Some(&b'[') && text.get(skip_space(text, at + 1)) == Some(&b'{') {
            found.push((name, at));
        }
        at = value_end(text, at);
        if text.get(at) != Some(&b',') {
            return found;
        }
        at += 1;
    }
}

/// End of the string whose opening quote is at `start`.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut escaped = false;
    for (offset, byte) in text[start + 1..].iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return start + offset + 2,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_inside_strings_and_nests_do_not_end_a_value() {
        let text = br#"{"a":"},]\"{","b":[1,{"c":2}]} ,{"#;
        assert_eq!(value_end(text, 0), 31);
    }

    #[test]
    fn bare_words_for_no_number_are_quoted_outside_of_strings_only() {
        let quoted = |text: &str| {
            with_quoted_non_numbers(text.as_bytes()).map(|text| String::from_utf8(text).expect("UTF-8"))
        };
        assert_eq!(
            quoted(r#"{"NaN":NaN,"a":"NaN \" NaN","b":[-Infinity,Infinity]}"#).as_deref(),
            Some(r#"{"NaN":"NaN","a":"NaN \" NaN","b":["-Infinity","Infinity"]}"#)
        );
        assert_eq!(quoted(r#"{"a":"NaN"}"#), None);
        assert_eq!(quoted(r#"{"a":"NaN"#), None);
    }

    #[test]
    fn the_arrays_of_an_object_are_found_by_name() {
        let text = br#"{"as_of":"2026-01-19","tags":["x"],"clients":[ {"a":1} ],"n":1}"#;
        assert_eq!(arrays_of_objects(text, 0), [("clients".to_owned(), 45)]);
    }

    #[test]
    fn a_damaged_element_is_left_at_the_next_object() {
        let text = br#"{"a":"x},{"b":2}"#;
        assert_eq!(next_object(text, 1), Some(9));
        assert_eq!(next_object(text, 10), None);
    }
}
