//! Restores: always into a new database, which then takes over.

use std::path::Path;

use kernel::{MarketName, Moment};

use super::Markets;
use crate::{MarketRecord, MarketsError};

impl Markets {
    /// Puts a market back to a backup of it.
    ///
    /// # Errors
    /// [`MarketsError::Damaged`] or [`MarketsError::Unsuitable`] for a backup that is not what it says or of another
    /// market, before anything was changed; and when a database fails: the market is then as before.
    pub async fn restore(&self, name: &MarketName, from: &Path, at: &Moment) -> Result<MarketRecord, MarketsError> {
        let _ = (name, from, at);
        unimplemented!()
    }
}
