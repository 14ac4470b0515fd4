//! Imports.

use std::path::Path;

use kernel::{MarketName, Moment};

use super::Markets;
use crate::{MarketRecord, MarketsError, Passphrase};

impl Markets {
    /// Opens a market from an export.
    ///
    /// # Errors
    /// [`MarketsError::Damaged`], [`MarketsError::Unsuitable`], [`MarketsError::NameTaken`], and when a database fails.
    pub async fn import(
        &self,
        from: &Path,
        name: MarketName,
        keys: Option<&Passphrase>,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let _ = (from, name, keys, at);
        unimplemented!()
    }
}
