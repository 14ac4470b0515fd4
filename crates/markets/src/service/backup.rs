//! Backups: a consistent image of the database beside a manifest, without keys.

use std::path::{Path, PathBuf};

use boxed::boxed;
use kernel::{MarketName, Moment};

use super::Markets;
use crate::{
    BackupManifest, MarketState, MarketsError, chain, folder,
    manifest::{BACKUP_FORMAT, Profile, sha256_of},
    records::{self, BackupRecord},
};

/// The image's file in a backup.
const IMAGE_FILE: &str = "market.sqlite";

#[boxed]
impl Markets {
    /// Writes a consistent copy of a market into the new folder `to`, while everybody works: an image of the database
    /// and a manifest with its SHA-256. No key is in it. Markets that are suspended or deleted (within their grace
    /// period) can be backed up as well.
    ///
    /// # Errors
    /// [`MarketsError::FolderTaken`], and when the folder cannot be written or the database fails; the folder is no
    /// backup then (it has no manifest).
    pub async fn backup(
        &self,
        name: &MarketName,
        to: &Path,
        at: &Moment,
    ) -> Result<BackupManifest, MarketsError> {
        let record = self.record(name).await?;
        if record.state == MarketState::Moving {
            let (name, state) = (record.name, record.state);
            return Err(MarketsError::State { name, state, advice: "wait until it has moved" });
        }
        let path = to.to_owned();
        super::blocking(move || folder::make(&path)).await??;
        let market = self.open_market(&record).await?;
        let image = to.join(IMAGE_FILE);
        let summary = market.db().write_image(&image, &self.0.schemas).await?;
        let manifest = BackupManifest {
            format: BACKUP_FORMAT.to_owned(),
            market: Profile::from(&record),
            generation: record.generation,
            taken_at: at.at(),
            image: IMAGE_FILE.to_owned(),
            bytes: summary.bytes,
            sha256: summary.sha256.clone(),
            tables: summary.tables,
        };
        let (folder, sealed) = (to.to_owned(), manifest.clone());
        super::blocking(move || folder::seal_with(&folder, &sealed)).await??;
        let done = BackupRecord {
            id: at.ids().next(),
            at: at.at(),
            path: to.display().to_string(),
            bytes: manifest.bytes,
            sha256: manifest.sha256.clone(),
        };
        let mut tx = self.0.hub.begin().await?;
        records::add_backup(&mut tx, record.id, &done).await?;
        let detail = [("sha256", done.sha256.clone()), ("bytes", done.bytes.to_string())];
        chain::both(&mut tx, at, "market.backed_up", &record, detail).await?;
        tx.commit().await?;
        self.try_deliver_notes(&record).await;
        Ok(manifest)
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

/// Reads a backup and makes sure that its image is the one that was written.
///
/// # Errors
/// [`MarketsError::Damaged`] or [`MarketsError::Unsuitable`] for a folder that is no backup or was changed.
pub(super) async fn checked(from: &Path) -> Result<(BackupManifest, PathBuf), MarketsError> {
    let folder = from.to_owned();
    super::blocking(move || {
        let manifest: BackupManifest = folder::manifest(&folder, BACKUP_FORMAT)?;
        let image = folder::file(&folder, &manifest.image)?;
        let (sha256, bytes) = sha256_of(&image).map_err(MarketsError::file(image.clone()))?;
        if bytes != manifest.bytes {
            let what = format!("it has {bytes} bytes, its manifest says {}", manifest.bytes);
            return Err(MarketsError::damaged(image, what));
        }
        if sha256 != manifest.sha256 {
            return Err(MarketsError::damaged(image, "its SHA-256 is not the one in its manifest"));
        }
        Ok((manifest, image))
    })
    .await?
}
