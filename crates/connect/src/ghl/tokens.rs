//! Tokens: kept, renewed in time by one, and rescued.
//!
//! GoHighLevel's refresh tokens work once and give a new pair; for 30 seconds the same one gives the same pair again.
//! Who loses the new pair has lost the connection, and a person must give consent again. Hence:
//!
//! 1. **Written before used.** A new pair goes to the [`TokenStore`] by compare-and-swap on its version, and only then
//!    into a request. What could not be written is kept and written first next time.
//! 2. **One renews.** Within a process one task per account, and everybody who waits takes what it brought. Between
//!    processes the store decides: the one that was late takes what is there.
//! 3. **In time.** At 80 % of its life, so that no request finds it dead; a request that is told so all the same
//!    ([`Keeper::rejected`]) has it renewed, unless somebody did meanwhile.
//! 4. **Rescue.** A refresh token that is refused: read the store again (somebody else may have won), then have the
//!    company's token make a new one for the location, then take the private integration token, and then say that the
//!    connection is to be made again.
//! 5. **No loops.** A location that is not active and a scope that is missing are not cured by renewing; the
//!    location is left alone for a day.

mod access;
mod issuer;
mod keeper;
mod store;

use std::{fmt, time::Duration};

use jiff::Timestamp;
use zeroize::Zeroizing;

pub use access::{Access, Route, TokenError};
pub use issuer::{Issuer, IssuerFuture, Refusal};
pub use keeper::{Keeper, Waits};
pub use store::{MemoryStore, StoreError, StoreFuture, Stored, Swap, TokenStore};

/// For how long a spent refresh token gives the same pair again (published with the change, 2025).
pub const SAME_PAIR: Duration = Duration::from_secs(30);
/// How long an account that is refused for good is left alone: a location that is not active.
pub const SUSPENDED: Duration = Duration::from_secs(24 * 3600);

/// A token. Shows itself only by [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, to send or seal it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// Whose tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// A location (a sub-account), by the app.
    Location(String),
    /// A company (an agency), by the app.
    Company(String),
    /// A location, by a private integration token that a person made there.
    Private(String),
}

impl Account {
    /// The location or company.
    pub fn resource(&self) -> &str {
        match self {
            Self::Location(id) | Self::Company(id) | Self::Private(id) => id,
        }
    }

    /// A word for logs and tables.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Location(_) => "location",
            Self::Company(_) => "company",
            Self::Private(_) => "private",
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.kind(), self.resource())
    }
}

/// What an account has been given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// What requests carry.
    pub access: Secret,
    /// What a new pair is had for; a private integration token has none.
    pub refresh: Option<Secret>,
    /// When it was given.
    pub given_at: Timestamp,
    /// When the access token dies; a private integration token says nothing.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The company of the account, for the rescue.
    pub company: Option<String>,
    /// Who gave consent, to be asked again.
    pub user: Option<String>,
}

impl Tokens {
    /// A private integration token.
    pub fn private(access: Secret, given_at: Timestamp) -> Self {
        Self {
            access,
            refresh: None,
            given_at,
            expires_at: None,
            scopes: Vec::new(),
            company: None,
            user: None,
        }
    }

    /// Whether its time to be renewed has come: 80 % of its life.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires| {
            let life = expires.duration_since(self.given_at);
            now.duration_since(self.given_at).as_secs_f64() >= 0.8 * life.as_secs_f64()
        })
    }

    /// Whether it is dead.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires| expires <= now)
    }

    /// Whether one of `wanted` is among its scopes; when either is unknown, it may be.
    pub fn has_scope(&self, wanted: &[String]) -> bool {
        wanted.is_empty() || self.scopes.is_empty() || wanted.iter().any(|scope| self.scopes.contains(scope))
    }
}

#[cfg(test)]
mod tests;
