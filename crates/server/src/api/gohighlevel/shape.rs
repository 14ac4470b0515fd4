//! What the endpoints of the connection to GoHighLevel send. No token is among it, and nothing that an event said.

mod health;
mod out;

use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

pub use health::{Check, Health};
pub use out::{Alias, Incident, PausedChannel, Writes};

/// The market's location in GoHighLevel.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelConnection)]
pub struct Connection {
    /// The location's identifier there.
    location: String,
    /// Its company's.
    company: Option<String>,
    /// What it is called there.
    name: Option<String>,
    /// Its time zone.
    time_zone: Option<String>,
    /// `connected`, `uninstalled` (somebody there took the app out) or `disconnected` (somebody here).
    state: &'static str,
    /// Whether the app's tokens are here.
    has_app: bool,
    /// Whether a private integration token is here.
    has_private: bool,
    /// Since when, the last time.
    connected_at: Timestamp,
    /// When anything of this changed.
    changed_at: Timestamp,
}

impl From<gohighlevel::Connection> for Connection {
    fn from(connection: gohighlevel::Connection) -> Self {
        Self {
            location: connection.location,
            company: connection.company,
            name: connection.name,
            time_zone: connection.time_zone,
            state: connection.state.id(),
            has_app: connection.has_app,
            has_private: connection.has_private,
            connected_at: connection.connected_at,
            changed_at: connection.changed_at,
        }
    }
}

/// Some dead letters.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelDeadLetters)]
pub struct DeadLetters {
    /// The letters, the latest first.
    pub letters: Vec<DeadLetter>,
    /// Where the next page begins; `null`: this was the last.
    pub next_cursor: Option<String>,
}

/// An event that was given up.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelDeadLetter)]
pub struct DeadLetter {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// The published name of the event.
    #[schema(example = "ContactCreate")]
    kind: String,
    /// When it arrived.
    received_at: Timestamp,
    /// When it was given up.
    ended_at: Option<Timestamp>,
    /// How often it was tried.
    attempts: u32,
    /// What went wrong last.
    reason: String,
}

impl From<gohighlevel::DeadLetter> for DeadLetter {
    fn from(letter: gohighlevel::DeadLetter) -> Self {
        let gohighlevel::DeadLetter { id, kind, received_at, ended_at, attempts, reason } = letter;
        Self { id, kind, received_at, ended_at, attempts, reason }
    }
}

/// How many were brought back.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelReplayed)]
pub struct Replayed {
    /// How many.
    pub replayed: u64,
}

/// Some links.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelLinks)]
pub struct Links {
    /// The links.
    pub links: Vec<Link>,
    /// Where the next page begins; `null`: this was the last.
    pub next_cursor: Option<String>,
}

/// Which person here is which entity there.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelLink)]
pub struct Link {
    /// What it is there.
    kind: String,
    /// Its identifier there.
    remote: String,
    /// The person here; nothing when there is none any more.
    #[schema(value_type = Option<String>)]
    contact: Option<Ulid>,
    /// When it was changed there, as last seen.
    remote_updated_at: Option<Timestamp>,
    /// Since when it is gone, or must not come back.
    tombstoned_at: Option<Timestamp>,
    /// Why: `deleted`, `erased`, `suppressed`, or `left` when the market left the location.
    reason: Option<String>,
}

impl From<gohighlevel::Link> for Link {
    fn from(link: gohighlevel::Link) -> Self {
        let gohighlevel::Link { kind, remote, contact, remote_updated_at, tombstoned_at, reason } = link;
        let contact = contact.map(|contact| contact.ulid());
        Self { kind, remote, contact, remote_updated_at, tombstoned_at, reason }
    }
}
