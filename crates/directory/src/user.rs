use jiff::Timestamp;
use kernel::{Actor, Ulid};
use serde::{Deserialize, Serialize};

use crate::{Email, Token};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, including users.
    Owner,
    /// The daily work.
    Member,
}

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Member];

    /// Stable identifier, as stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Member => "Member",
        }
    }

    /// The role with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id() == id)
    }
}

/// A person who may come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identity.
    pub id: Ulid,
    /// What they sign in with, unique.
    pub email: Email,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they have set a password.
    pub has_password: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they may no longer come in.
    pub disabled_at: Option<Timestamp>,
}

impl User {
    /// The user as the cause of changes.
    pub fn actor(&self) -> Actor {
        Actor::new(self.email.as_str())
    }
}

/// One browser in which a user is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Identity, for lists and revocation; it opens nothing.
    pub id: Ulid,
    /// Whose.
    pub user_id: Ulid,
    /// The browser, as it calls itself.
    pub label: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// Last request, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends even if used.
    pub expires_at: Timestamp,
}

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The browser.
    pub session: Session,
}

/// A session that has just begun, with the token that only its bearer has from now on.
#[derive(Clone, Debug)]
pub struct Started {
    /// The secret for the cookie.
    pub token: Token,
    /// The person.
    pub user: User,
    /// The browser.
    pub session: Session,
}
