use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A 128-bit identifier that sorts by creation time: 48 bits of milliseconds since 1970-01-01T00:00Z,
/// then 80 random bits; written as 26 characters of Crockford's base 32
/// (<https://github.com/ulid/spec>). Time and randomness are arguments, so that tests are exact.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Ulid(u128);

/// The text is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 26 characters of 0-9 and A-Z without I, L, O, U, the first at most 7")]
pub struct UlidError;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Ulid {
    /// The identifier of the instant `unix_millis` (lower 48 bits are used) with `random` (lower 80 bits).
    pub fn from_parts(unix_millis: u64, random: u128) -> Self {
        Self((u128::from(unix_millis) << 80) | (random & ((1 << 80) - 1)))
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub fn unix_millis(self) -> u64 {
        (self.0 >> 80) as u64
    }

    /// The 16 bytes, most significant first: they sort as the text does.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The identifier of 16 bytes, most significant first; any 16 bytes are one.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for Ulid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for position in (0..26).rev() {
            let digit = (self.0 >> (position * 5)) & 31;
            write!(out, "{}", char::from(ALPHABET[digit as usize]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Ulid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Ulid {
    type Err = UlidError;

    fn from_str(text: &str) -> Result<Self, UlidError> {
        let bytes = text.as_bytes();
        if bytes.len() != 26 || bytes[0] > b'7' {
            return Err(UlidError);
        }
        bytes
            .iter()
            .try_fold(0_u128, |value, byte| {
                let digit = ALPHABET
                    .iter()
                    .position(|letter| *letter == byte.to_ascii_uppercase())
                    .ok_or(UlidError)?;
                Ok((value << 5) | digit as u128)
            })
            .map(Self)
    }
}

impl From<Ulid> for String {
    fn from(id: Ulid) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for Ulid {
    type Error = UlidError;

    fn try_from(text: String) -> Result<Self, UlidError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_specification_reads_back() {
        let id: Ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("valid");
        assert_eq!(id.unix_millis(), 1_469_922_850_259);
        assert_eq!(id.to_string(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    }

    #[test]
    fn texts_that_are_no_identifier_are_refused() {
        for text in
            ["", "01ARZ3NDEKTSV4RRFFQ69G5FA", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAU"]
        {
            assert_eq!(text.parse::<Ulid>(), Err(UlidError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_value_agree_and_sort_by_time(millis in 0_u64..(1 << 48), random: u128, later in 1_u64..1000) {
            let id = Ulid::from_parts(millis, random);
            prop_assert_eq!(id.to_string().parse::<Ulid>(), Ok(id));
            prop_assert_eq!(Ulid::from_bytes(id.to_bytes()), id);
            if millis + later < (1 << 48) {
                let next = Ulid::from_parts(millis + later, 0);
                prop_assert!(id < next && id.to_string() < next.to_string());
            }
        }
    }
}
