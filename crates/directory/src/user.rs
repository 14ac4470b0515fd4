use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, HubRole, MarketId, MarketRole, Ulid};
use serde::{Deserialize, Serialize};

use crate::{Email, Membership, Token};

/// How long a proof of identity is recent enough for changes that matter: keys, second factors, other people.
pub const PROOF_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// A person who may come in. Name and e-mail are personal data of staff; they are kept in the hub's database
/// and nowhere else, and [`Directory::erase_user`](crate::Directory::erase_user) takes them away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identity.
    pub id: Ulid,
    /// What they sign in with, unique.
    pub email: Email,
    /// What they are called.
    pub name: String,
    /// What they may do in the hub; nothing when they only belong to markets.
    pub hub_role: Option<HubRole>,
    /// Whether they have set a password.
    pub has_password: bool,
    /// Whether they are asked for a one-time code after the first step.
    pub has_second_factor: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they may no longer come in.
    pub disabled_at: Option<Timestamp>,
    /// Since when their name and e-mail are gone.
    pub erased_at: Option<Timestamp>,
}

impl User {
    /// The user as the cause of changes, as people recognise them: by e-mail; in trails by identifier.
    pub fn actor(&self) -> Actor {
        Actor::new(self.email.as_str()).known_as(format!("user:{}", self.id))
    }

    /// Whether they may come in.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// The letters that stand for the person.
    pub fn initials(&self) -> String {
        let words = self.name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(2).filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
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
    /// When they last showed that they are who they are: at sign-in, or when asked again.
    pub proven_at: Timestamp,
    /// Last request, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends even if used.
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether the last proof is at most [`PROOF_LIFETIME`] old at `now`. Without, changes that matter ask again.
    pub fn is_proven(&self, now: Timestamp) -> bool {
        now.duration_since(self.proven_at) <= PROOF_LIFETIME
    }
}

/// Who sends a request from a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The browser.
    pub session: Session,
    /// The markets the person belongs to, by identifier.
    pub memberships: Vec<Membership>,
}

impl SignedIn {
    /// What the person may do in this market.
    pub fn market_role(&self, market: MarketId) -> Option<MarketRole> {
        self.memberships.iter().find(|membership| membership.market == market).map(|found| found.role)
    }
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

/// Where somebody stands who has shown the first factor.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Inside.
    In(Box<Started>),
    /// Asked for the second factor: [`Directory::finish_sign_in`](crate::Directory::finish_sign_in) within the time.
    SecondStep(Pending),
}

/// A sign-in that waits for the second factor.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The secret that only this browser has.
    pub token: Token,
    /// When it is given up.
    pub expires_at: Timestamp,
}
