use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use cluster::Policy;
use directory::Principal;
use jiff::{SignedDuration, Timestamp};
use kernel::{MarketId, Ulid};
use markets::{Market, MarketPolicy, MarketsError, RateLimits};

use crate::problem::Problem;

/// How long a node goes by what it has read: another node may have saved a new policy meanwhile.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(5);
/// Markets remembered before those that are stale are forgotten.
const REMEMBERED_MAX: usize = 1_000;

static SHIPPED: LazyLock<InForce> = LazyLock::new(|| InForce::from(&MarketPolicy::shipped().rate_limit));

/// What a market's own policy lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Requests within the market, whoever sends them.
    pub market: Policy,
    /// Requests of one API key within it.
    pub key: Policy,
    /// Requests of one person within it, in however many browsers.
    pub person: Policy,
}

impl InForce {
    /// The bound of one caller within the market, and who that is.
    pub fn of_caller(&self, who: &Principal) -> (Policy, Ulid) {
        match who {
            Principal::Key(key) => (self.key, key.id),
            Principal::User(signed_in) => (self.person, signed_in.user.id),
        }
    }
}

impl From<&RateLimits> for InForce {
    fn from(limits: &RateLimits) -> Self {
        Self {
            market: per_minute("market", limits.market_requests_per_minute.value),
            key: per_minute("key", limits.key_requests_per_minute.value),
            person: per_minute("person", limits.person_requests_per_minute.value),
        }
    }
}

/// So many a minute, of which ten seconds' worth may come at once.
fn per_minute(name: &'static str, requests: u32) -> Policy {
    let requests = requests.max(1);
    let quota = requests.div_ceil(6);
    let window = u64::from(quota) * 60_000_000 / u64::from(requests);
    Policy::new(name, quota, Duration::from_micros(window))
}

/// The limits of the markets that are in use, as their policies say.
#[derive(Debug, Default)]
pub struct OfMarkets(Mutex<HashMap<MarketId, (Timestamp, InForce)>>);

impl OfMarkets {
    /// The limits of a market that was entered.
    ///
    /// # Errors
    /// When its database fails.
    pub async fn of(&self, market: &Market, now: Timestamp) -> Result<InForce, Problem> {
        if let Some(known) = self.known(market.id(), now) {
            return Ok(known);
        }
        let read = match market.policy().await {
            Ok(policy) => InForce::from(&policy.rate_limit),
            // The page on which it can be put right has to open.
            Err(error @ MarketsError::Policy(_)) => {
                tracing::error!(market = %market.id(), %error, "the shipped limits are in force");
                Self::shipped()
            }
            Err(error) => return Err(error.into()),
        };
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, (at, _)| is_fresh(*at, now));
        }
        remembered.insert(market.id(), (now, read));
        Ok(read)
    }

    /// The limits of a market whose database is not opened: those that the product ships with.
    pub fn shipped() -> InForce {
        *SHIPPED
    }

    /// Forgets what was read of a market: its policy has changed.
    pub fn forget(&self, market: MarketId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&market);
    }

    fn known(&self, market: MarketId, now: Timestamp) -> Option<InForce> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(&market).filter(|(at, _)| is_fresh(*at, now)).map(|(_, known)| *known)
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at).abs() < FRESH_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_a_minute_keeps_its_rate_and_lets_ten_seconds_worth_come_at_once() {
        for requests in [1, 5, 6, 100, 300, 18_000, 1_000_000] {
            let policy = per_minute("market", requests);
            let rate = f64::from(policy.quota) / policy.window.as_secs_f64() * 60.0;
            assert!((rate / f64::from(requests) - 1.0).abs() < 1e-4, "{requests}: {rate}");
            assert!(policy.quota == requests.div_ceil(6), "{requests}");
        }
    }

    #[test]
    fn the_shipped_limits_are_those_of_the_shipped_policy() {
        let shipped = OfMarkets::shipped();
        assert_eq!((shipped.market.quota, shipped.market.window), (3_000, Duration::from_secs(10)));
        assert_eq!((shipped.key.quota, shipped.person.quota), (1_000, 1_000));
    }
}
