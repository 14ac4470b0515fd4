//! Blind indexes: a keyed fingerprint by which an e-mail address or a phone number is found without being
//! stored. Equal values have equal indexes within one [`IndexKey`] (a market's), so an index tells who is the
//! same person there, and nothing else without the key.

use std::fmt;

use ring::hmac;

use crate::{Key, normalise_email, normalise_phone};

/// The secret of a market's indexes. Shown by nothing.
#[derive(Clone, Debug)]
pub struct IndexKey(Key);

impl IndexKey {
    /// The index key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Key::from_bytes(bytes))
    }

    /// The index key that belongs to a market's key.
    pub fn of(market: &Key) -> Self {
        Self(market.derive("enterprisehub.blind-index.v1"))
    }
}

/// The fingerprint of one normalised value: HMAC-SHA-256, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindIndex([u8; 32]);

impl BlindIndex {
    /// The bytes to store and to search for.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("BlindIndex(..)")
    }
}

impl From<BlindIndex> for Vec<u8> {
    fn from(index: BlindIndex) -> Self {
        index.0.to_vec()
    }
}

/// The index of an e-mail address; `None` when the text is none ([`normalise_email`] says why).
pub fn email(key: &IndexKey, address: &str) -> Option<BlindIndex> {
    Some(index(key, "email", &normalise_email(address).ok()?))
}

/// The index of a phone number written in `default_region` (`us-wa` or `us`); `None` when it cannot be
/// normalised ([`normalise_phone`] says why).
pub fn phone(key: &IndexKey, number: &str, default_region: &str) -> Option<BlindIndex> {
    Some(index(key, "phone", &normalise_phone(number, default_region).ok()?))
}

/// The index of a value that the caller normalised, as a kind of its own (`external-id`).
pub fn other(key: &IndexKey, kind: &str, normalised: &str) -> BlindIndex {
    index(key, &format!("other/{kind}"), normalised)
}

fn index(key: &IndexKey, kind: &str, normalised: &str) -> BlindIndex {
    let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.0.expose()));
    signing.update(&(kind.len() as u64).to_be_bytes());
    signing.update(kind.as_bytes());
    signing.update(normalised.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(signing.sign().as_ref());
    BlindIndex(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_written_differently_has_the_same_index() {
        let key = IndexKey::from_bytes([1; 32]);
        assert_eq!(email(&key, "Ana@Example.com "), email(&key, "ana@example.com"));
        assert_eq!(phone(&key, "(206) 555-0123", "us-wa"), phone(&key, "+1 206 555 0123", "de-by"));
        assert_ne!(email(&key, "ana@example.com"), email(&key, "bob@example.com"));
        assert_eq!(email(&key, "no address"), None);
        assert_eq!(phone(&key, "555", "us-wa"), None);
    }

    #[test]
    fn indexes_of_two_markets_or_two_kinds_have_nothing_in_common() {
        let (a, b) = (IndexKey::of(&Key::from_bytes([1; 32])), IndexKey::of(&Key::from_bytes([2; 32])));
        assert_ne!(email(&a, "ana@example.com"), email(&b, "ana@example.com"));
        assert_ne!(email(&a, "ana@example.com"), Some(other(&a, "email", "ana@example.com")));
        assert_eq!(
            format!("{:?} {:?}", email(&a, "ana@example.com"), a),
            "Some(BlindIndex(..)) IndexKey(Key(..))"
        );
    }
}
