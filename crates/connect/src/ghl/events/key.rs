use std::fmt;

use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::Event;

/// Members that differ between deliveries of the same news.
const VOLATILE: [&str; 5] = ["type", "webhookId", "timestamp", "versionId", "appId"];

/// What an event says of its entity, as a hash. Shows itself in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SemanticKey([u8; 32]);

impl SemanticKey {
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SemanticKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for SemanticKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SemanticKey({self})")
    }
}

pub(super) fn of(event: &Event) -> SemanticKey {
    let mut hash = Context::new(&SHA256);
    let head = format!("{:?}", event.kind.entity());
    for part in [Some(head.as_str()), event.entity.as_deref(), event.location.as_deref()] {
        text(&mut hash, part.unwrap_or_default());
    }
    // That something is gone is other news than the same contents of something that is there.
    hash.update(&[u8::from(event.kind.is_deletion())]);
    contents(&mut hash, &event.raw, true);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.finish().as_ref());
    SemanticKey(bytes)
}

/// Every value with its kind and length before it, members in order: different values give different bytes.
fn contents(hash: &mut Context, value: &Value, is_top: bool) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(flag) => hash.update(if *flag { b"t" } else { b"f" }),
        Value::Number(number) => {
            hash.update(b"#");
            text(hash, &plain(&number.to_string()));
        }
        Value::String(value) => {
            hash.update(b"s");
            text(hash, value);
        }
        Value::Array(items) => {
            hash.update(b"[");
            items.iter().for_each(|item| contents(hash, item, false));
            hash.update(b"]");
        }
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().filter(|(name, _)| !(is_top && VOLATILE.contains(&name.as_str()))).collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            hash.update(b"{");
            for (name, value) in members {
                text(hash, name);
                contents(hash, value, false);
            }
            hash.update(b"}");
        }
    }
}

fn text(hash: &mut Context, text: &str) {
    hash.update(&(text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

/// `4.0e5`, `400000.0` and `400000` are one number.
fn plain(number: &str) -> String {
    match number.parse::<f64>() {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        Ok(real) if real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0 => (real as i64).to_string(),
        Ok(real) if number.len() <= 17 => real.to_string(),
        _ => number.to_owned(),
    }
}
