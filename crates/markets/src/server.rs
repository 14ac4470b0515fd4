//! Servers that markets' databases can be placed on.

use std::{fmt, str::FromStr};

use kernel::{Ulid, UlidError};
use serde::{Deserialize, Serialize};

/// Which server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerId(Ulid);

impl ServerId {
    pub(crate) const fn nil() -> Self {
        Self(Ulid::from_bytes([0; 16]))
    }
}

impl From<Ulid> for ServerId {
    fn from(id: Ulid) -> Self {
        Self(id)
    }
}

impl fmt::Display for ServerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

impl fmt::Debug for ServerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

impl FromStr for ServerId {
    type Err = UlidError;

    fn from_str(text: &str) -> Result<Self, UlidError> {
        text.parse().map(Self)
    }
}

/// A PostgreSQL server that markets can be placed on. Its URLs hold passwords: they are sealed at rest and shown by
/// nothing.
#[derive(Clone)]
pub struct MarketServer {
    /// Which one.
    pub id: ServerId,
    /// What people call it; unique in the hub.
    pub name: String,
    /// URL of a role that may create databases and roles.
    pub admin_url: String,
    /// Most connections to one market's database from one process, at least 1.
    pub pool_size: u32,
    /// URLs of its read replicas, the same role and password: their database is replaced by the market's.
    pub replicas: Vec<String>,
}

impl fmt::Debug for MarketServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MarketServer({} `{}`, {} replicas)", self.id, self.name, self.replicas.len())
    }
}
