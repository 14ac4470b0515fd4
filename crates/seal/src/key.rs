use std::{fmt, str::FromStr};

use kernel::{Ulid, UlidError};
use ring::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// 32 secret bytes. Wiped from memory when dropped; shown by nothing.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// The key of these bytes, which come from a random generator or from where keys are kept.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key of two random numbers of 128 bits each.
    pub fn from_entropy(high: u128, low: u128) -> Self {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&high.to_be_bytes());
        bytes[16..].copy_from_slice(&low.to_be_bytes());
        Self::from_bytes(bytes)
    }

    /// The secret itself, to be wrapped or handed to a signer: never to be logged, shown or stored as it is.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Another key, which this one and `purpose` determine and which tells nothing about this one: HMAC-SHA-256
    /// of the purpose. One key is never used for two things.
    pub fn derive(&self, purpose: &str) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.expose()), purpose.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Self::from_bytes(bytes)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(..)")
    }
}

/// Which key sealed something. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(Ulid);

/// The text names no key.
pub type KeyIdError = UlidError;

impl KeyId {
    /// The key with this identifier.
    pub fn new(id: Ulid) -> Self {
        Self(id)
    }

    /// The identifier.
    pub fn ulid(self) -> Ulid {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", Key::from_bytes([0xAB; 32])), "Key(..)");
    }

    #[test]
    fn purposes_part_keys_and_the_same_purpose_gives_the_same() {
        let key = Key::from_entropy(1, 2);
        assert_eq!(key.derive("a").expose(), key.derive("a").expose());
        assert_ne!(key.derive("a").expose(), key.derive("b").expose());
        assert_ne!(key.derive("a").expose(), key.expose());
    }
}
