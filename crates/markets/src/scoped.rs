//! Identifiers that know their market.

use std::{fmt, str::FromStr};

use kernel::MarketId;
use serde::{Deserialize, Serialize};

/// An identifier together with the market it belongs to. The same identifier in two markets is never equal, never
/// hashes alike, and is written with its market, so that a job, a cache entry or a link carried into another
/// market is noticed instead of meaning somebody else.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MarketScoped<Id> {
    market: MarketId,
    id: Id,
}

/// A value of one market was used in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this belongs to the market {belongs}, not to {used}")]
pub struct WrongMarket {
    /// Whose it is.
    pub belongs: MarketId,
    /// Where it was used.
    pub used: MarketId,
}

impl<Id> MarketScoped<Id> {
    /// `id` as `market` means it.
    pub fn new(market: MarketId, id: Id) -> Self {
        Self { market, id }
    }

    /// Whose it is.
    pub fn market(&self) -> MarketId {
        self.market
    }

    /// The identifier, for use in `market` alone.
    ///
    /// # Errors
    /// [`WrongMarket`] in every other one.
    pub fn within(&self, market: MarketId) -> Result<&Id, WrongMarket> {
        if self.market == market {
            Ok(&self.id)
        } else {
            Err(WrongMarket { belongs: self.market, used: market })
        }
    }
}

impl<Id: fmt::Display> fmt::Display for MarketScoped<Id> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.market, self.id)
    }
}

impl<Id: fmt::Display> fmt::Debug for MarketScoped<Id> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl<Id: FromStr<Err: fmt::Display>> FromStr for MarketScoped<Id> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (market, id) = text.split_once(':').ok_or("a market and an identifier, with a colon between")?;
        let market = market.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { market, id: id.parse().map_err(|error| format!("{error}"))? })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use kernel::{PersonId, Ulid};
    use proptest::prelude::*;

    use super::*;

    fn market(number: u128) -> MarketId {
        Ulid::from_parts(1, number).into()
    }

    #[test]
    fn the_same_identifier_in_two_markets_is_neither_equal_nor_hashes_alike() {
        let id = PersonId::from(Ulid::from_parts(1, 1));
        let (here, there) = (MarketScoped::new(market(1), id), MarketScoped::new(market(2), id));
        assert_ne!(here, there);
        assert_eq!(HashSet::from([here, there]).len(), 2);
        assert_eq!(here.within(market(1)), Ok(&id));
        assert_eq!(here.within(market(2)), Err(WrongMarket { belongs: market(1), used: market(2) }));
    }

    proptest! {
        #[test]
        fn what_is_written_carries_its_market_and_reads_back(a: u128, b: u128) {
            let scoped = MarketScoped::new(market(a), PersonId::from(Ulid::from_parts(2, b)));
            prop_assert_eq!(scoped.to_string().parse(), Ok(scoped));
            let json = serde_json::to_string(&scoped).expect("json");
            prop_assert!(json.contains(&market(a).to_string()));
            prop_assert_eq!(serde_json::from_str::<MarketScoped<PersonId>>(&json).expect("reads back"), scoped);
        }
    }
}
