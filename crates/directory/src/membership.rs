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

/// Whether somebody who is `of` in a market may make others `role` there, or take that role from them: owners every
/// role, managers every role but owner, others none. Nobody raises themselves.
pub fn may_appoint(of: MarketRole, role: MarketRole) -> bool {
    match of {
        MarketRole::Owner => true,
        MarketRole::Manager => role != MarketRole::Owner,
        MarketRole::Analyst | MarketRole::Agent | MarketRole::Viewer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_appoints_beyond_their_own_role() {
        assert!(MarketRole::ALL.iter().all(|role| may_appoint(MarketRole::Owner, *role)));
        assert!(may_appoint(MarketRole::Manager, MarketRole::Manager));
        assert!(!may_appoint(MarketRole::Manager, MarketRole::Owner));
        for of in [MarketRole::Analyst, MarketRole::Agent, MarketRole::Viewer] {
            assert!(MarketRole::ALL.iter().all(|role| !may_appoint(of, *role)), "{of}");
        }
    }
}
