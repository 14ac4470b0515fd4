//! Reading a JSON body strictly, and saying by a JSON pointer (RFC 6901) what is wrong with it.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};

use crate::problem::Problem;

/// Most items of one list in a body.
pub const ITEMS_MAX: usize = 10_000;

/// The value that a body describes.
///
/// # Errors
/// 400 when it is no JSON, or has a member twice; 422 when it does not fit, with a pointer to what does not.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let no_json = |error: serde_json::Error| Problem::bad_request(format!("The body is no JSON: {error}."));
    let mut value: Value = serde_json::from_slice(bytes).map_err(no_json)?;
    serde_json::from_slice::<EachMemberOnce>(bytes).map_err(no_json)?;
    if !value.is_object() {
        return Err(Problem::invalid("The body does not fit: send a JSON object."));
    }
    tidy(&mut value, &mut String::new())?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (pointer, reason) = (pointer(error.path()), error.inner().to_string());
        let problem = Problem::invalid(format!("The body does not fit: {reason}."));
        problem.with_pointer(&pointer, reason)
    })
}

/// Refuses what no endpoint takes, and writes every number without a fraction as an integer.
fn tidy(value: &mut Value, at: &mut String) -> Result<(), Problem> {
    let nul = |at: &str| {
        Problem::invalid("A text has a NUL character, which no text may have.")
            .with_pointer(at, "has a NUL character")
    };
    match value {
        Value::String(text) if text.contains('\0') => Err(nul(at)),
        Value::Number(number) => {
            if let Some(integer) = integer(number) {
                *number = integer;
            }
            Ok(())
        }
        Value::Array(items) => {
            if items.len() > ITEMS_MAX {
                let text = format!("has more than {ITEMS_MAX} items");
                return Err(Problem::invalid(format!("A list {text}.")).with_pointer(at, text));
            }
            items.iter_mut().enumerate().try_for_each(|(index, item)| below(at, &index.to_string(), item))
        }
        Value::Object(members) => members.iter_mut().try_for_each(|(name, member)| {
            if name.contains('\0') { Err(nul(at)) } else { below(at, name, member) }
        }),
        _ => Ok(()),
    }
}

fn below(at: &mut String, name: &str, value: &mut Value) -> Result<(), Problem> {
    let length = at.len();
    step(at, name);
    let done = tidy(value, at);
    at.truncate(length);
    done
}

fn step(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => step(&mut pointer, &index.to_string()),
            Segment::Map { key } => step(&mut pointer, key),
            Segment::Enum { variant } => step(&mut pointer, variant),
            Segment::Unknown => break,
        }
    }
    pointer
}

/// `53.0`, `5.3e1` and `53.00` as 53; `None` for what has a fraction, is an integer already, or is too long to be
/// one that anybody asks for.
fn integer(number: &Number) -> Option<Number> {
    let text = number.to_string();
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let shift = exponent - i32::try_from(fraction.len()).ok()?;
    let mut all = format!("{whole}{fraction}");
    match shift {
        0..=40 => all.extend(std::iter::repeat_n('0', usize::try_from(shift).ok()?)),
        -400..0 => {
            let cut = usize::try_from(-shift).ok()?;
            let keep = all.len().saturating_sub(cut);
            if all.as_bytes()[keep..].iter().any(|digit| *digit != b'0') {
                return None;
            }
            all.truncate(keep);
        }
        _ => return None,
    }
    let all = all.trim_start_matches('0');
    if all.len() > 40 {
        return None;
    }
    let written = if all.is_empty() { "0".to_owned() } else { format!("{sign}{all}") };
    written.parse().ok()
}

/// Reads anything, and fails where an object has a member twice: of two answers none is the right one.
struct EachMemberOnce;

impl<'de> Deserialize<'de> for EachMemberOnce {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = EachMemberOnce;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EachMemberOnce, A::Error> {
                let mut seen = HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if seen.contains(&name) {
                        return Err(de::Error::custom(format_args!("the member `{name}` is there twice")));
                    }
                    map.next_value::<EachMemberOnce>()?;
                    seen.insert(name);
                }
                Ok(EachMemberOnce)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<EachMemberOnce, A::Error> {
                while items.next_element::<EachMemberOnce>()?.is_some() {}
                Ok(EachMemberOnce)
            }

            fn visit_bool<E>(self, _: bool) -> Result<EachMemberOnce, E> {
                Ok(EachMemberOnce)
            }

            fn visit_i64<E>(self, _: i64) -> Result<EachMemberOnce, E> {
                Ok(EachMemberOnce)
            }

            fn visit_u64<E>(self, _: u64) -> Result<EachMemberOnce, E> {
                Ok(EachMemberOnce)
            }

            fn visit_f64<E>(self, _: f64) -> Result<EachMemberOnce, E> {
                Ok(EachMemberOnce)
            }

            fn visit_str<E>(self, _: &str) -> Result<EachMemberOnce, E> {
                Ok(EachMemberOnce)
            }

            fn visit_unit<E>(self) -> Result<EachMemberOnce, E> {
                Ok(EachMemberOnce)
            }
        }
        input.deserialize_any(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        days: u32,
        #[serde(default)]
        of: Vec<Part>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Part {
        share: f64,
    }

    fn asked(text: &str) -> Result<Asked, Problem> {
        read(text.as_bytes())
    }

    #[test]
    fn a_number_without_a_fraction_is_an_integer_however_it_is_written() {
        for text in ["53", "53.0", "53.000", "5.3e1", "530E-1", "0.053e3"] {
            let read = asked(&format!("{{\"days\":{text}}}")).expect(text);
            assert_eq!(read.days, 53, "{text}");
        }
        for text in ["53.5", "5.31e1", "1e-1", "-1.0", "1e99", "\"53\""] {
            assert!(asked(&format!("{{\"days\":{text}}}")).is_err(), "{text}");
        }
        let zero = asked("{\"days\":0.0,\"of\":[{\"share\":-0.0},{\"share\":0.25}]}").expect("fits");
        assert_eq!((zero.days, zero.of[1].share), (0, 0.25));
    }

    #[test]
    fn what_does_not_fit_is_pointed_at() {
        for (text, at) in [
            ("{\"days\":1,\"of\":[{\"share\":1},{\"share\":\"x\"}]}", "#/of/1/share"),
            ("{\"days\":-3}", "#/days"),
            ("{\"days\":1,\"of\":[{\"share\":1,\"a/b\":2}]}", "#/of/0/a~1b"),
            ("{\"days\":1,\"of\":\"\\u0000\"}", "#/of"),
        ] {
            let problem = asked(text).expect_err(text);
            assert_eq!(problem.status(), 422, "{text}");
            assert_eq!(problem.errors()[0].pointer.as_deref(), Some(at), "{text}");
        }
    }

    #[test]
    fn a_body_that_says_two_things_says_nothing() {
        for text in
            ["{\"days\":1,\"days\":2}", "{\"days\":1,\"of\":[{\"share\":1,\"share\":1}]}", "{", "[1]x"]
        {
            assert_eq!(asked(text).expect_err(text).status(), 400, "{text}");
        }
        assert_eq!(asked("[1]").expect_err("a list").status(), 422);
    }

    #[test]
    fn endless_lists_are_refused_before_they_are_read() {
        let items = vec!["{\"share\":1}"; ITEMS_MAX + 1].join(",");
        let problem = asked(&format!("{{\"days\":1,\"of\":[{items}]}}")).expect_err("too many");
        assert_eq!(problem.errors()[0].pointer.as_deref(), Some("#/of"));
    }
}
