use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An e-mail address, trimmed and in lower case: what a person signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Email(String);

/// The text is no e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an e-mail address: name@domain, at most 254 characters")]
pub struct EmailError(pub String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let address = text.trim().to_lowercase();
        let plain = address.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
        match address.split_once('@') {
            Some((name, domain))
                if plain
                    && address.len() <= 254
                    && !name.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@') =>
            {
                Ok(Self(address))
            }
            _ => Err(EmailError(text.chars().take(254).collect())),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised_and_other_texts_refused() {
        assert_eq!(" Ana@Example.COM ".parse::<Email>().map(String::from), Ok("ana@example.com".to_owned()));
        assert!("owner@localhost".parse::<Email>().is_ok());
        let long = format!("{}@example.com", "a".repeat(250));
        for text in ["", "ana", "@example.com", "ana@", "a@b@c", "a b@c", "a\n@b", long.as_str()] {
            assert!(text.parse::<Email>().is_err(), "{text}");
        }
    }
}
