use std::{collections::BTreeMap, fmt::Display};

use jiff::Timestamp;
use kernel::Actor;
use serde::{Deserialize, Serialize};

use crate::Hash;

/// Characters of one text of an entry at most; what is longer is cut and ends with `…`.
const TEXT_CHARS_MAX: usize = 1_000;
/// Leading bytes of the canonical form.
const FORM: &[u8] = b"enterprisehub.audit-entry.v1\n";

/// Something that happened and is to be recorded. None of it is personal data of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub(crate) at: Timestamp,
    pub(crate) actor: Actor,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) detail: BTreeMap<String, String>,
}

impl NewEntry {
    /// At the instant `at` (kept to the microsecond), `actor` (by [`Actor::id`]) did `action` (`market.created`: what, dot, past
    /// participle) to `subject` (`market:01J..`: kind, colon, identifier).
    pub fn new(at: Timestamp, actor: &Actor, action: &str, subject: &str) -> Self {
        Self {
            at: Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at),
            actor: Actor::new(clean(actor.id())),
            action: clean(action),
            subject: clean(subject),
            detail: BTreeMap::new(),
        }
    }

    /// With a detail that is not personal: a role, a count, a version.
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.detail.insert(clean(name), clean(&value.to_string()));
        self
    }

    /// With a commitment to a personal value: an HMAC under the person's key. Who has the value and the key can
    /// show that it was this value; when the key is destroyed, nobody can, and the chain stays as it is.
    pub fn with_commitment(self, name: &str, commitment: [u8; 32]) -> Self {
        self.with(name, format_args!("hmac-sha256:{}", Hash::from_bytes(commitment)))
    }

    /// What was done.
    pub fn action(&self) -> &str {
        &self.action
    }
}

/// Without zeros, which a database may not take, and not too long.
fn clean(text: &str) -> String {
    let mut letters = text.chars().map(|letter| if letter == '\0' { '\u{fffd}' } else { letter });
    let mut clean: String = letters.by_ref().take(TEXT_CHARS_MAX).collect();
    if letters.next().is_some() {
        clean.pop();
        clean.push('…');
    }
    clean
}

/// An entry in its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number: 0 for the first, then without gaps.
    pub seq: u64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// Who: a user, an API key, a command, the server itself.
    pub actor: Actor,
    /// What was done: `market.created`.
    pub action: String,
    /// To what: `market:01J..`.
    pub subject: String,
    /// Particulars by name. Personal values only as commitments.
    pub detail: BTreeMap<String, String>,
    /// The hash of the entry before; zeros for the first.
    pub previous: Hash,
    /// The hash of this one: SHA-256 of [`Entry::canonical_bytes`].
    pub hash: Hash,
}

impl Entry {
    /// The bytes that are hashed. They do not depend on how an entry is stored or sent.
    ///
    /// The text `enterprisehub.audit-entry.v1` and a line feed; `previous` (32 bytes); `seq`; `at` as
    /// microseconds since 1970-01-01T00:00Z; `actor`; `action`; `subject`; the number of details; then of each
    /// detail, sorted by the bytes of its name, name and value. Numbers are 8 bytes, most significant first, the
    /// instant in two's complement; a text is its length in bytes as such a number and its UTF-8.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = FORM.to_vec();
        bytes.extend_from_slice(self.previous.as_bytes());
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.at.as_microsecond().to_be_bytes());
        let mut text = |text: &str| {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        text(self.actor.as_str());
        text(&self.action);
        text(&self.subject);
        bytes.extend_from_slice(&(self.detail.len() as u64).to_be_bytes());
        for part in self.detail.iter().flat_map(|(name, value)| [name, value]) {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }

    /// The hash that the entry should have.
    pub fn expected_hash(&self) -> Hash {
        Hash::of(&[&self.canonical_bytes()])
    }

    /// The entry's leaf in the Merkle tree: the RFC 6962 leaf hash of its 32-byte [`Entry::hash`].
    pub fn leaf(&self) -> Hash {
        crate::tree::leaf(self.hash.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let at = "2026-03-01T09:00:00.123456789Z".parse().expect("an instant");
        let new = NewEntry::new(at, &Actor::new("ana"), "a.b", "c:1").with("x", 1).with("aa", "ü");
        crate::chain::append(None, new)
    }

    /// Worked out by hand from the description of [`Entry::canonical_bytes`] and `sha256sum`.
    #[test]
    fn the_canonical_bytes_are_those_described() {
        let expected = [
            b"enterprisehub.audit-entry.v1\n".as_slice(),
            &[0; 32],
            &[0; 8],
            &1_772_355_600_123_456_i64.to_be_bytes(),
            b"\0\0\0\0\0\0\0\x03ana\0\0\0\0\0\0\0\x03a.b\0\0\0\0\0\0\0\x03c:1",
            b"\0\0\0\0\0\0\0\x02",
            b"\0\0\0\0\0\0\0\x02aa\0\0\0\0\0\0\0\x02\xc3\xbc",
            b"\0\0\0\0\0\0\0\x01x\0\0\0\0\0\0\0\x011",
        ]
        .concat();
        assert_eq!(entry().canonical_bytes(), expected);
        assert_eq!(entry().hash, Hash::of(&[&expected]));
    }

    #[test]
    fn texts_are_kept_storable() {
        let long = "ä".repeat(2_000);
        let new = NewEntry::new(Timestamp::UNIX_EPOCH, &Actor::new("a\0b"), "x.y", "z:1").with("long", long);
        assert_eq!(new.actor.as_str(), "a\u{fffd}b");
        assert_eq!(new.detail["long"].chars().count(), TEXT_CHARS_MAX);
        assert!(new.detail["long"].ends_with("ä…"));
    }

    #[test]
    fn an_actor_enters_by_identifier_and_not_by_name() {
        let ana = Actor::new("ana@example.com").known_as("user:01J");
        assert_eq!(NewEntry::new(Timestamp::UNIX_EPOCH, &ana, "x.y", "z:1").actor.as_str(), "user:01J");
    }

    #[test]
    fn a_commitment_is_a_detail_of_its_own_writing() {
        let new = NewEntry::new(Timestamp::UNIX_EPOCH, &Actor::new("a"), "x.y", "z:1");
        let new = new.with_commitment("email", [0xab; 32]);
        assert_eq!(new.detail["email"], format!("hmac-sha256:{}", "ab".repeat(32)));
    }
}
