use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::compare::hash;

/// What a prediction was made from, in 64 bits: tells whether two predictions saw the same, without keeping what
/// they saw.
///
/// SipHash-2-4 over the columns by name, so that their order does not matter. Not a secret: small sets of features
/// can be guessed from it. Written as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeaturesHash(u64);

/// The key, "learn.features.1" in little-endian words: part of the definition.
const KEY: [u64; 2] = [u64::from_le_bytes(*b"learn.fe"), u64::from_le_bytes(*b"atures.1")];

impl FeaturesHash {
    /// The hash of `features`: pairs of a column's name and its cell as text.
    pub fn of<'a>(features: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut features: Vec<(&str, &str)> = features.into_iter().collect();
        features.sort_unstable();
        let mut message = Vec::new();
        for text in features.into_iter().flat_map(|(name, cell)| [name, cell]) {
            message.extend_from_slice(&(text.len() as u64).to_le_bytes());
            message.extend_from_slice(text.as_bytes());
        }
        Self(hash(KEY, &message))
    }
}

impl fmt::Display for FeaturesHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl fmt::Debug for FeaturesHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FeaturesHash({self})")
    }
}

impl FromStr for FeaturesHash {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u64::from_str_radix(text, 16) {
            Ok(hash) if digits => Ok(Self(hash)),
            _ => Err(LedgerError::NoHash { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for FeaturesHash {
    type Error = LedgerError;

    fn try_from(text: String) -> Result<Self, LedgerError> {
        text.parse()
    }
}

impl From<FeaturesHash> for String {
    fn from(hash: FeaturesHash) -> Self {
        hash.to_string()
    }
}
