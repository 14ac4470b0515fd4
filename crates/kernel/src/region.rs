use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where a market does business: a country of ISO 3166-1 and, when laws and portals differ below it, a
/// subdivision of ISO 3166-2, in small letters: `us-wa`, `de`, `gb-eng`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region(String);

/// The text is no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a region: a country of two small letters, and perhaps a subdivision, such as us-wa")]
pub struct RegionError(String);

impl Region {
    /// The whole code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country in capital letters, as telephone numbers and addresses ask for it: `US`.
    pub fn country(&self) -> String {
        self.0.split('-').next().unwrap_or_default().to_ascii_uppercase()
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let small = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
        let valid = match text.split_once('-') {
            None => text.len() == 2 && small(text),
            Some((country, below)) => {
                country.len() == 2
                    && small(country)
                    && (1..=3).contains(&below.len())
                    && below.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            }
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(RegionError(text.chars().take(40).collect())) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Self, RegionError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_stands_alone_or_before_a_subdivision() {
        for text in ["us-wa", "de", "gb-eng", "fr-75", "us-dc"] {
            assert_eq!(text.parse::<Region>().map(String::from), Ok(text.to_owned()));
        }
        assert_eq!("us-wa".parse::<Region>().expect("valid").country(), "US");
        for text in ["", "u", "usa", "US-WA", "us-", "us-abcd", "us_wa", "us-wa-1", "../x"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
