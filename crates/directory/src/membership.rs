use jiff::Timestamp;
use kernel::{MarketId, MarketRole, Ulid};
use serde::{Deserialize, Serialize};

use crate::User;

/// That a user belongs to a market, and as what. It says nothing about any other market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Who.
    pub user_id: Ulid,
    /// Where.
    pub market: MarketId,
    /// As what.
    pub role: MarketRole,
    /// Since when.
    pub created_at: Timestamp,
}

/// Somebody of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The person.
    pub user: User,
    /// As what they belong.
    pub membership: Membership,
}
