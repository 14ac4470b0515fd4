//! Who may call what. Every route declares it where it is registered; a route that does not is closed.
//!
//! [`Routes`] is the only way into the server's router: each registration names its [`Access`], in terms of the
//! rights of [`rights`]. The [`guard`](guard()) looks the matched route up in the table that the registrations wrote and
//! answers 401, 403, 404, 429 or 503 before the handler runs. A matched route without an entry is answered with
//! 500, never with content.
//!
//! **A market in the path.** A route whose path has `{market}` concerns that market. Who has no role in it is told
//! that there is nothing at this address, with the very body of a market that does not exist.

mod guard;
mod local;
pub mod rights;
mod routes;

use std::{collections::BTreeMap, fmt};

pub use guard::{NOTHING_HERE, guard, lacks_second_step};
pub use local::is_local;
pub use rights::{HubRoles, MarketRoles};
pub use routes::{Laid, Routes};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Anyone, signed in or not.
    Public,
    /// Another system that shows who it is by its signature under the body, which the handler verifies. Such a route
    /// stands apart from all others: no session, no budget of a caller, no name of a request ([`Routes::receiver`]).
    Signed,
    /// Any user of the hub and, under `/api/`, any API key.
    SignedIn,
    /// Any user of the hub in person: no API key.
    Person,
    /// Callers with one of these roles in the hub.
    Hub(HubRoles),
    /// Callers with one of these roles in the market that the path names.
    Market(MarketRoles),
    /// Callers with one of the former roles in the hub, or of the latter in the market that the path names.
    Either(HubRoles, MarketRoles),
    /// As [`Access::Either`], for what the hub itself has on record of the market: it is not entered, and may be
    /// closed. Handlers take [`Known`](crate::viewer::Known).
    Record(HubRoles, MarketRoles),
    /// Programs on this machine and at the addresses that the configuration allows; from elsewhere, callers with
    /// one of these roles in the hub.
    Local(HubRoles),
}

impl fmt::Display for Access {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => out.write_str("anyone"),
            Self::Signed => out.write_str("whose signature is verified"),
            Self::SignedIn => out.write_str("signed in"),
            Self::Person => out.write_str("in person"),
            Self::Hub(hub) => write!(out, "hub {hub}"),
            Self::Market(market) => write!(out, "market {market}"),
            Self::Either(hub, market) | Self::Record(hub, market) => {
                write!(out, "hub {hub} or market {market}")
            }
            Self::Local(hub) => write!(out, "this machine or hub {hub}"),
        }
    }
}

/// Whether a request must name itself, so that it can be repeated safely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// An `Idempotency-Key` is heeded where it is sent.
    #[default]
    Optional,
    /// Without an `Idempotency-Key` the request is refused (400).
    Required,
}

/// What is known of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Who may call it.
    pub access: Access,
    /// Its largest body in bytes; `None`: the hub's general limit.
    pub body_bytes_max: Option<usize>,
    /// Whether an `Idempotency-Key` must come along.
    pub naming: Naming,
    /// Whether its answers go on for long (events): they count against their own cap, not against the market's
    /// requests at work.
    pub lasting: bool,
}

impl Declared {
    fn new(access: Access) -> Self {
        Self { access, body_bytes_max: None, naming: Naming::Optional, lasting: false }
    }
}

/// What [`Routes`] knows of each route: `(path pattern, method) -> declaration`.
pub type AccessTable = BTreeMap<(String, String), Declared>;
