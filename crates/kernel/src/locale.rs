use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// In which language and by which habits a market writes: language, script and region of BCP 47, in the case
/// that the standard recommends (`en-US`, `zh-Hant-TW`, `de`). Variants and extensions are not taken.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Locale(String);

/// The text is no locale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a locale: a language, perhaps a script, perhaps a region, such as en-US or zh-Hant-TW")]
pub struct LocaleError(String);

impl Locale {
    /// The whole tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language: `en`.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    fn from_str(text: &str) -> Result<Self, LocaleError> {
        let mut parts = text.split('-').peekable();
        let language = parts.next().is_some_and(|part| {
            (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
        });
        let script = |part: &&str| {
            part.len() == 4
                && part.bytes().enumerate().all(|(at, byte)| {
                    if at == 0 { byte.is_ascii_uppercase() } else { byte.is_ascii_lowercase() }
                })
        };
        let region = |part: &&str| {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase()))
                || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        parts.next_if(script);
        parts.next_if(region);
        if language && parts.next().is_none() {
            Ok(Self(text.to_owned()))
        } else {
            Err(LocaleError(text.chars().take(40).collect()))
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

impl TryFrom<String> for Locale {
    type Error = LocaleError;

    fn try_from(text: String) -> Result<Self, LocaleError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_script_and_region_are_taken_in_their_usual_case() {
        for text in ["en-US", "de", "zh-Hant-TW", "es-419", "haw-US", "sr-Latn"] {
            assert_eq!(text.parse::<Locale>().map(String::from), Ok(text.to_owned()));
        }
        for text in ["", "e", "en_US", "en-us", "EN", "en-US-x-a", "en--US", "en-", "zh-hant"] {
            assert!(text.parse::<Locale>().is_err(), "{text}");
        }
        assert_eq!("zh-Hant-TW".parse::<Locale>().expect("valid").language(), "zh");
    }
}
