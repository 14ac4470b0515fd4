//! Deletion: with a grace period, then for good.

use jiff::SignedDuration;
use kernel::{MarketId, MarketName, Moment};

use super::{Markets, work::Doing};
use crate::{MarketRecord, MarketsError};

/// What was removed for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Deleted markets whose grace period had ended.
    pub markets: Vec<PurgedMarket>,
    /// Databases that a restore or a move had replaced.
    pub replaced_databases: u64,
}

/// A market that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgedMarket {
    /// Which one it was.
    pub id: MarketId,
    /// Its name, which is free again.
    pub name: MarketName,
}

impl std::fmt::Display for PurgedMarket {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.name, out)
    }
}

impl Markets {
    /// Deletes a market: closed at once, removed for good when `grace` has passed.
    ///
    /// # Errors
    /// [`MarketsError::Unknown`], [`MarketsError::Busy`], or when the database fails.
    pub async fn delete(&self, name: &MarketName, grace: SignedDuration, at: &Moment) -> Result<MarketRecord, MarketsError> {
        let _ = (name, grace, at);
        unimplemented!()
    }

    /// Removes what is due.
    ///
    /// # Errors
    /// When a database or the keyring fails; the rest is tried again the next time.
    pub async fn purge_due(&self, at: &Moment) -> Result<Purged, MarketsError> {
        let _ = at;
        unimplemented!()
    }

    pub(super) async fn finish_purge(&self, market: MarketId, doing: &Doing, at: &Moment) -> Result<(), MarketsError> {
        let _ = (market, doing, at);
        unimplemented!()
    }
}
