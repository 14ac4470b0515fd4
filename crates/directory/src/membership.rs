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

impl Member {
    /// Whether contacts and leads may be given to them: they may come in, and their role sees those that are theirs.
    pub fn may_hold_contacts(&self) -> bool {
        self.user.is_enabled() && may_hold_contacts(self.membership.role)
    }
}

/// Whether contacts and leads may be given to somebody who is `of` in a market: the role sees those that are theirs.
pub fn may_hold_contacts(of: MarketRole) -> bool {
    match of {
        MarketRole::Owner | MarketRole::Manager | MarketRole::Agent => true,
        MarketRole::Analyst | MarketRole::Viewer => false,
    }
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
    fn who_sees_figures_only_holds_no_contacts() {
        let able: Vec<_> = MarketRole::ALL.iter().filter(|role| may_hold_contacts(**role)).collect();
        assert_eq!(able, [&MarketRole::Owner, &MarketRole::Manager, &MarketRole::Agent]);
    }

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
