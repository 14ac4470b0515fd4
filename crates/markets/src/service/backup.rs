//! Backups: a consistent image of the database beside a manifest, without keys.

use std::path::Path;

use kernel::{MarketName, Moment};

use super::Markets;
use crate::{BackupManifest, MarketsError, records::{self, BackupRecord}};

impl Markets {
    /// Writes a consistent copy of a market into the new folder `to`, while everybody works: an image of the database
    /// and a manifest with its SHA-256. No key is in it.
    ///
    /// # Errors
    /// [`MarketsError::FolderTaken`], and when the folder cannot be written or the database fails; the folder is no
    /// backup then (it has no manifest).
    pub async fn backup(&self, name: &MarketName, to: &Path, at: &Moment) -> Result<BackupManifest, MarketsError> {
        let _ = (name, to, at);
        unimplemented!()
    }

    /// The backups that were completed, the newest first, 100 at most.
    ///
    /// # Errors
    /// [`MarketsError::Unknown`], or when the database fails.
    pub async fn backups(&self, name: &MarketName) -> Result<Vec<BackupRecord>, MarketsError> {
        let record = self.record(name).await?;
        Ok(records::backups(&self.0.hub, record.id).await?)
    }
}
