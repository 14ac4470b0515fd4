use std::fmt;

use jiff::{SignedDuration, Timestamp};
use kernel::{HubRole, MarketId, MarketRole, Ulid};
use serde::{Deserialize, Serialize};

use crate::{Token, secret};

/// A key works this long unless asked otherwise.
pub const KEY_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A key works at most this long.
pub const KEY_LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
/// What every key begins with, so that scanners of leaked secrets recognise it.
pub const KEY_PREFIX: &str = "ehub_";

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// The hub, as somebody with this role.
    Hub(HubRole),
    /// One market, as somebody with this role.
    Market(MarketId, MarketRole),
}

impl KeyScope {
    /// The market, if it is not the hub.
    pub fn market(self) -> Option<MarketId> {
        match self {
            Self::Hub(_) => None,
            Self::Market(market, _) => Some(market),
        }
    }

    /// The identifier of the role.
    pub fn role_id(self) -> &'static str {
        match self {
            Self::Hub(role) => role.id(),
            Self::Market(_, role) => role.id(),
        }
    }

    /// The role as people read it.
    pub fn role_label(self) -> &'static str {
        match self {
            Self::Hub(role) => role.label(),
            Self::Market(_, role) => role.label(),
        }
    }
}

/// A program's way in. Its secret is shown once and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Identity; the readable part of the key.
    pub id: Ulid,
    /// What it is for.
    pub name: String,
    /// What it opens.
    pub scope: KeyScope,
    /// Who made it; nobody when it was made from a shell.
    pub created_by: Option<Ulid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Last request, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It opens what its scope says.
    Working,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl ApiKey {
    /// How it stands at `now`.
    pub fn state(&self, now: Timestamp) -> KeyState {
        match self.revoked_at {
            Some(_) => KeyState::Revoked,
            None if self.expires_at <= now => KeyState::Expired,
            None => KeyState::Working,
        }
    }
}

/// A key that was just made, with the text that only its bearer has from now on.
#[derive(Clone)]
pub struct NewApiKey {
    /// What is kept of it.
    pub key: ApiKey,
    /// `ehub_<id>_<secret>`, to be shown once.
    pub text: String,
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NewApiKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A key as a request carries it: well formed, not yet known to be right.
pub(crate) struct PresentedKey<'a> {
    pub(crate) id: Ulid,
    secret: &'a str,
}

impl<'a> PresentedKey<'a> {
    /// The parts of `ehub_<id>_<secret>`; `None` for every other text.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
        let is_hex = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
        let well_formed = secret.len() == 32 && secret.bytes().all(is_hex);
        let id = id.parse::<Ulid>().ok().filter(|parsed| parsed.to_string() == id)?;
        well_formed.then_some(Self { id, secret })
    }

    /// Whether the secret is the one of which `stored` is the fingerprint; the time it takes says nothing.
    pub(crate) fn opens(&self, stored: &str) -> bool {
        secret::same(Token::fingerprint(self.secret).as_bytes(), stored.as_bytes())
    }
}

/// The text of a key and the fingerprint of its secret.
pub(crate) fn written(id: Ulid, secret: [u8; 16]) -> (String, String) {
    let secret = secret::hex(&secret);
    let fingerprint = Token::fingerprint(&secret);
    (format!("{KEY_PREFIX}{id}_{secret}"), fingerprint)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_written_key_is_understood_and_opens_only_its_own_lock(id: u128, secret: [u8; 16], other: [u8; 16]) {
            let id = Ulid::from_parts((id >> 80) as u64, id);
            let (text, stored) = written(id, secret);
            let presented = PresentedKey::parse(&text).expect("well formed");
            prop_assert_eq!(presented.id, id);
            prop_assert!(presented.opens(&stored));
            prop_assert!(!stored.contains(&text[32..]));
            prop_assert_eq!(presented.opens(&written(id, other).1), secret == other);
        }

        #[test]
        fn any_text_is_looked_at_without_harm(text in "\\PC{0,80}") {
            let _ = PresentedKey::parse(&text);
            let _ = PresentedKey::parse(&format!("ehub_{text}"));
        }
    }

    #[test]
    fn texts_that_are_no_key_are_told_apart_before_the_store_is_asked() {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let secret = "0123456789abcdef0123456789abcdef";
        assert!(PresentedKey::parse(&format!("ehub_{id}_{secret}")).is_some());
        for text in [
            String::new(),
            format!("ehub_{id}"),
            format!("EHUB_{id}_{secret}"),
            format!("ehub_{}_{secret}", id.to_lowercase()),
            format!("ehub_{id}_{}", secret.to_uppercase()),
            format!("ehub_{id}_{secret}0"),
            format!("ehub_{id}_{secret} "),
            format!("ehub__{id}_{secret}"),
        ] {
            assert!(PresentedKey::parse(&text).is_none(), "{text}");
        }
    }
}
