use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of a market in addresses and commands: a small letter, then at most 39 small letters, digits and
/// hyphens (`[a-z][a-z0-9-]{0,39}`), no hyphen at the end. Unique within a hub; never part of a file's path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MarketName(String);

/// Most characters of a market's name.
const CHARS_MAX: usize = 40;

/// The text is no name for a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarketNameError {
    /// No character at all.
    #[error("a market needs a name")]
    Empty,
    /// More than 40 characters.
    #[error("a market's name has at most 40 characters")]
    Long,
    /// The first character is no small letter.
    #[error("a market's name begins with a small letter from a to z")]
    First,
    /// A hyphen at the end.
    #[error("a market's name does not end with a hyphen")]
    Last,
    /// A word that the hub's own addresses and audit chain use.
    #[error("`{0}` is a word of the hub's own; name the market otherwise")]
    Reserved(&'static str),
    /// Something else than small letters, digits and hyphens.
    #[error("a market's name has small letters, digits and hyphens only, not `{0}`")]
    Letter(char),
}

/// What a market cannot be called: `/markets/new` is a page, and `hub` is the chain of the hub.
const RESERVED: [&str; 2] = ["hub", "new"];

impl MarketName {
    /// Reads a name, strictly: nothing is trimmed or changed.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, MarketNameError> {
        let first = text.chars().next().ok_or(MarketNameError::Empty)?;
        let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if let Some(letter) = text.chars().find(|letter| !allowed(*letter)) {
            return Err(MarketNameError::Letter(letter));
        }
        if !first.is_ascii_lowercase() {
            return Err(MarketNameError::First);
        }
        if text.len() > CHARS_MAX {
            return Err(MarketNameError::Long);
        }
        if text.ends_with('-') {
            return Err(MarketNameError::Last);
        }
        if let Some(word) = RESERVED.iter().find(|word| **word == text) {
            return Err(MarketNameError::Reserved(word));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MarketName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for MarketName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for MarketName {
    type Err = MarketNameError;

    fn from_str(text: &str) -> Result<Self, MarketNameError> {
        Self::parse(text)
    }
}

impl From<MarketName> for String {
    fn from(name: MarketName) -> Self {
        name.0
    }
}

impl TryFrom<String> for MarketName {
    type Error = MarketNameError;

    fn try_from(text: String) -> Result<Self, MarketNameError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_could_be_mistaken_for_a_path_or_another_name_are_refused() {
        for (text, error) in [
            ("", MarketNameError::Empty),
            ("../etc", MarketNameError::Letter('.')),
            ("a/b", MarketNameError::Letter('/')),
            ("a\\b", MarketNameError::Letter('\\')),
            ("a\0", MarketNameError::Letter('\0')),
            ("a%2fb", MarketNameError::Letter('%')),
            ("Alpha", MarketNameError::Letter('A')),
            ("älpha", MarketNameError::Letter('ä')),
            (" alpha", MarketNameError::Letter(' ')),
            ("alpha\n", MarketNameError::Letter('\n')),
            ("1alpha", MarketNameError::First),
            ("-alpha", MarketNameError::First),
            ("alpha-", MarketNameError::Last),
            ("hub", MarketNameError::Reserved("hub")),
            ("new", MarketNameError::Reserved("new")),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", MarketNameError::Long),
        ] {
            assert_eq!(MarketName::parse(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_slug_is_a_name_as_it_stands(text in "[a-z][a-z0-9-]{0,38}[a-z0-9]") {
            prop_assume!(!RESERVED.contains(&text.as_str()));
            prop_assert_eq!(MarketName::parse(&text).map(String::from), Ok(text));
        }

        #[test]
        fn whatever_is_taken_is_safe_in_a_path(text in "\\PC{0,45}") {
            if let Ok(name) = MarketName::parse(&text) {
                prop_assert!(name.as_str().bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')));
                prop_assert!((1..=40).contains(&name.as_str().len()));
            }
        }
    }
}
