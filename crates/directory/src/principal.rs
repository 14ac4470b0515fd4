use kernel::{Actor, HubRole, MarketId, MarketRole, Ulid};

use crate::{ApiKey, KeyScope, SignedIn, User};

/// Who sends a request: a person in a browser, or a program with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A person.
    User(SignedIn),
    /// A program.
    Key(ApiKey),
}

impl Principal {
    /// What they may do in the hub. It gives no right to the contacts of any market.
    pub fn hub_role(&self) -> Option<HubRole> {
        match self {
            Self::User(signed_in) => signed_in.user.hub_role,
            Self::Key(ApiKey { scope: KeyScope::Hub(role), .. }) => Some(*role),
            Self::Key(_) => None,
        }
    }

    /// What they may do in this market, which only a membership or a key of the market says.
    pub fn market_role(&self, market: MarketId) -> Option<MarketRole> {
        match self {
            Self::User(signed_in) => signed_in.market_role(market),
            Self::Key(ApiKey { scope: KeyScope::Market(of, role), .. }) if *of == market => Some(*role),
            Self::Key(_) => None,
        }
    }

    /// The markets they may enter, each with the role, by identifier.
    pub fn markets(&self) -> Vec<(MarketId, MarketRole)> {
        match self {
            Self::User(signed_in) => {
                signed_in.memberships.iter().map(|membership| (membership.market, membership.role)).collect()
            }
            Self::Key(ApiKey { scope: KeyScope::Market(market, role), .. }) => vec![(*market, *role)],
            Self::Key(_) => Vec::new(),
        }
    }

    /// The person, if it is one.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::User(signed_in) => Some(&signed_in.user),
            Self::Key(_) => None,
        }
    }

    /// The person's identifier, if it is one: what contacts are assigned to.
    pub fn user_id(&self) -> Option<Ulid> {
        self.user().map(|user| user.id)
    }

    /// The key, if it is a program.
    pub fn key(&self) -> Option<&ApiKey> {
        match self {
            Self::User(_) => None,
            Self::Key(key) => Some(key),
        }
    }

    /// `user:<id>` or `key:<id>`: one text per principal, without personal data. What trails, idempotency and
    /// rate budgets know them by.
    pub fn subject(&self) -> String {
        match self {
            Self::User(signed_in) => format!("user:{}", signed_in.user.id),
            Self::Key(key) => format!("key:{}", key.id),
        }
    }

    /// The principal as the cause of changes: [`Principal::subject`].
    pub fn actor(&self) -> Actor {
        Actor::new(self.subject())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn key(scope: KeyScope) -> Principal {
        Principal::Key(ApiKey {
            id: Ulid::from_parts(1, 1),
            name: "nightly".into(),
            scope,
            created_by: None,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::MAX,
            last_used_at: None,
            revoked_at: None,
        })
    }

    #[test]
    fn a_key_of_the_hub_enters_no_market_and_a_key_of_a_market_no_other() {
        let (here, there) = (MarketId::from(Ulid::from_parts(1, 2)), MarketId::from(Ulid::from_parts(1, 3)));
        let hub = key(KeyScope::Hub(HubRole::Operator));
        assert_eq!((hub.hub_role(), hub.market_role(here)), (Some(HubRole::Operator), None));
        assert!(hub.markets().is_empty());
        let market = key(KeyScope::Market(here, MarketRole::Agent));
        assert_eq!((market.hub_role(), market.market_role(here)), (None, Some(MarketRole::Agent)));
        assert_eq!(market.market_role(there), None);
        assert_eq!(market.actor().as_str(), "key:00000000010000000000000001");
    }
}
