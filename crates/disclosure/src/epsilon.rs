use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A privacy parameter (pure differential privacy), counted in millionths so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epsilon(u64);

/// Millionths in one.
pub(crate) const MICRO: u64 = 1_000_000;

/// A text that is no privacy parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`epsilon` is a number from 0 to 1000 with at most six decimals, such as 0.25")]
pub struct EpsilonError;

impl Epsilon {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(MICRO);

    /// From millionths.
    pub const fn from_micro(micro: u64) -> Self {
        Self(micro)
    }

    /// In millionths.
    pub const fn micro(self) -> u64 {
        self.0
    }

    /// An equal share for each of `parts` figures, rounded down so that the shares never exceed the whole.
    pub const fn split(self, parts: u64) -> Self {
        match self.0.checked_div(parts) {
            Some(share) => Self(share),
            None => Self::ZERO,
        }
    }
}

impl fmt::Display for Epsilon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / MICRO, self.0 % MICRO);
        if part == 0 {
            return write!(f, "{whole}");
        }
        let decimals = format!("{part:06}");
        write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

impl FromStr for Epsilon {
    type Err = EpsilonError;

    fn from_str(text: &str) -> Result<Self, EpsilonError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || whole.len() > 4 || part.len() > 6 {
            return Err(EpsilonError);
        }
        let number = |text: &str| text.parse::<u64>().map_err(|_| EpsilonError);
        let micro = number(whole)? * MICRO + number(&format!("{part:0<6}"))?;
        if micro > 1_000 * MICRO { Err(EpsilonError) } else { Ok(Self(micro)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_are_written_and_read_as_decimals() {
        for (text, micro) in [("0.25", 250_000), ("1", 1_000_000), ("0.000001", 1), ("12.5", 12_500_000)] {
            assert_eq!(text.parse(), Ok(Epsilon::from_micro(micro)));
            assert_eq!(Epsilon::from_micro(micro).to_string(), text);
        }
        for text in ["", ".", "-1", "1.", "1e3", "0.0000001", "1001", "٣"] {
            assert_eq!(text.parse::<Epsilon>(), Err(EpsilonError), "{text}");
        }
    }
}
