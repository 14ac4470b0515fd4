//! What the hub lets go of when a market is gone for good: its location, which another market may connect then, the
//! consents that it asked for, and the tokens of a company that no market here belongs to any more.

use std::sync::Weak;

use connect::ghl::tokens::Account;
use kernel::{MarketId, Moment};
use markets::{Forgetter, Forgetting};
use store::{Db, StoreError};

use crate::{GoHighLevel, records::places, service::Inner};

/// The bridge's part in the purge of a market. It holds the bridge loosely: the bridge holds the markets, which hold this.
pub(crate) struct OfMarkets {
    pub(crate) hub: Db,
    pub(crate) bridge: Weak<Inner>,
}

impl Forgetter for OfMarkets {
    fn part(&self) -> &'static str {
        "gohighlevel"
    }

    fn forget<'a>(&'a self, market: MarketId, _: &'a Moment) -> Forgetting<'a> {
        Box::pin(async move {
            let left = self.let_go(market).await?;
            if let Some(inner) = self.bridge.upgrade() {
                GoHighLevel(inner).unlearn(market, left).await;
            }
            Ok(())
        })
    }
}

impl OfMarkets {
    async fn let_go(&self, market: MarketId) -> Result<places::Left, StoreError> {
        let mut tx = self.hub.begin().await?;
        let left = places::forget_market(&mut tx, market).await?;
        tx.commit().await?;
        Ok(left)
    }
}

impl GoHighLevel {
    /// What this process remembers of a market that is gone.
    async fn unlearn(&self, market: MarketId, left: places::Left) {
        self.shut(market);
        let keeper = self.0.ghl.keeper();
        for location in left.locations {
            self.0.gate.forget_place(&location);
            for account in [Account::Location(location.clone()), Account::Private(location)] {
                keeper.forget(&account).await;
            }
        }
        for company in left.companies {
            keeper.forget(&Account::Company(company)).await;
        }
    }
}
