use jiff::Timestamp;
use kernel::Ulid;

use crate::{Topics, WebhooksError};

/// Longest description.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 200;
/// Longest address.
pub(crate) const URL_CHARS_MAX: usize = 2000;

/// Where messages go.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its identifier.
    pub id: Ulid,
    /// The whole address; it may hold a token: for those who manage it only.
    pub url: String,
    /// The host of the address.
    pub host: String,
    /// What it is for.
    pub description: String,
    /// What it wants to hear.
    pub topics: Topics,
    /// Grows with every change by a person.
    pub version: u32,
    /// Whether messages go there.
    pub state: EndpointState,
    /// Until when messages are signed with the former secret as well.
    pub former_secret_until: Option<Timestamp>,
    /// Whether there is a secret; none after an import into another hub.
    pub has_secret: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Endpoint({} {} {:?})", self.id, self.host, self.state)
    }
}

/// Whether messages go to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointState {
    /// They do.
    Enabled,
    /// They do, and none has arrived since then.
    Failing {
        /// The first failure after the last success.
        since: Timestamp,
    },
    /// They do not.
    Disabled {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: DisabledReason,
    },
}

impl EndpointState {
    /// A word for tables and filters.
    pub fn label(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Failing { .. } => "Failing",
            Self::Disabled { .. } => "Disabled",
        }
    }
}

/// Why an endpoint is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// A person did it.
    Person,
    /// Nothing arrived for days.
    Failing,
    /// The receiver answered 410: it does not want any more.
    Gone,
}

impl DisabledReason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Person, Self::Failing, Self::Gone];

    /// Its identifier.
    pub fn id(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    /// What to tell people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Person => "Somebody disabled it",
            Self::Failing => "No message arrived for five days",
            Self::Gone => "The receiver answered 410 Gone",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.id() == id)
    }
}

/// An endpoint to be made.
#[derive(Clone)]
pub struct NewEndpoint {
    /// The address: https, public (unless the hub's configuration trusts its host), at most 2 000 characters.
    pub url: String,
    /// What it is for: at most 200 characters, on one line; may be empty.
    pub description: String,
    /// What it wants to hear.
    pub topics: Topics,
}

/// What changes; `None` stays.
#[derive(Clone, Default)]
pub struct EndpointEdit {
    /// As in [`NewEndpoint`].
    pub url: Option<String>,
    /// As in [`NewEndpoint`].
    pub description: Option<String>,
    /// As in [`NewEndpoint`].
    pub topics: Option<Topics>,
    /// Whether messages go there.
    pub enabled: Option<bool>,
}

pub(crate) fn checked_description(text: &str) -> Result<String, WebhooksError> {
    let text = text.trim();
    let fits = text.chars().count() <= DESCRIPTION_CHARS_MAX && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(WebhooksError::Description) }
}
