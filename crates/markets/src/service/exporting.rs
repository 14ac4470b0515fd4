//! Exports.

use std::path::Path;

use kernel::{MarketName, Moment};

use super::Markets;
use crate::{ExportManifest, MarketsError, Passphrase};

impl Markets {
    /// Writes everything of a market into the new folder `to`.
    ///
    /// # Errors
    /// [`MarketsError::FolderTaken`], and when the folder cannot be written or the database fails.
    pub async fn export(
        &self,
        name: &MarketName,
        to: &Path,
        keys: Option<&Passphrase>,
        at: &Moment,
    ) -> Result<ExportManifest, MarketsError> {
        let _ = (name, to, keys, at);
        unimplemented!()
    }
}
