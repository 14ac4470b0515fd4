//! Moves: to another server, or between a file and a server.

use kernel::{MarketName, Moment};

use super::Markets;
use crate::{MarketRecord, MarketsError, Placement};

impl Markets {
    /// Moves a market's database.
    ///
    /// # Errors
    /// [`MarketsError::UnknownServer`], [`MarketsError::CopyDiffers`], and when a database fails: the market is then where it
    /// was.
    pub async fn move_to(&self, name: &MarketName, to: Placement, at: &Moment) -> Result<MarketRecord, MarketsError> {
        let _ = (name, to, at);
        unimplemented!()
    }
}
