//! Restores: always into a new database, which then takes over.

use std::path::Path;

use boxed::boxed;
use kernel::{MarketName, Moment, PersonId};
use store::{image, trail};

use super::{
    Markets, backup,
    replacing::{Databases, Details, Replacement},
};
use crate::{Market, MarketRecord, MarketsError};

#[boxed]
impl Markets {
    /// Puts a market back to a backup of it, in a new database that then takes over; the present one is kept, closed,
    /// for the days that the policy says. The market closes when the backup is loaded, for what follows: what is written
    /// before that is in the present database and goes with it. Persons erased since the backup are removed again, and the audit chain goes
    /// on where it is: entries newer than the backup are carried over.
    ///
    /// # Errors
    /// [`MarketsError::Damaged`] or [`MarketsError::Unsuitable`] for a backup that is not what it says or of another
    /// market, before anything was changed; and when a database fails: the market is then as before.
    pub async fn restore(
        &self,
        name: &MarketName,
        from: &Path,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let (manifest, path) = backup::checked(from).await?;
        let record = self.record(name).await?;
        if manifest.market.id != record.id {
            return Err(MarketsError::Unsuitable(format!(
                "this is a backup of the market {} ({}), not of {name} ({})",
                manifest.market.name, manifest.market.id, record.id
            )));
        }
        let replacement = Replacement {
            kind: "restore",
            action: "market.restored",
            reason: "it is being restored from a backup",
            placement: record.placement,
        };
        let ahead = async |databases: &Databases| {
            image::load(&path, &databases.new, &self.0.schemas, &self.scratch().await?).await?;
            Ok(())
        };
        let fill = async |databases: &Databases, (): ()| {
            let mut details: Details = [
                ("backup_sha256".to_owned(), manifest.sha256.clone()),
                ("backup_taken_at".to_owned(), manifest.taken_at.to_string()),
            ]
            .into();
            match &databases.old {
                Ok(old) => {
                    let carried = trail::carry_over(old, &databases.new).await?;
                    details.insert("audit_entries_carried_over".to_owned(), carried.to_string());
                    for eraser in self.erasers() {
                        let part = eraser.part();
                        let carried = eraser.carry(old, &databases.market).await;
                        carried.map_err(|source| MarketsError::Erasing { part, source })?;
                    }
                }
                Err(lost) => {
                    // The very reason to restore: what cannot be read cannot be carried over, and the chain says so.
                    tracing::error!(market = %record.id, lost, "the database before the restore cannot be read");
                    details.insert("audit_entries_carried_over".to_owned(), "unreadable".to_owned());
                }
            }
            let erased = self.erase_again(&databases.market, at).await?;
            details.insert("persons_erased_again".to_owned(), erased.to_string());
            Ok(details)
        };
        self.replace(&record, replacement, at, ahead, fill).await
    }

    /// Removes the rows of everybody whose key was destroyed; how many persons.
    pub(super) async fn erase_again(&self, market: &Market, at: &Moment) -> Result<usize, MarketsError> {
        let persons: Vec<PersonId> =
            market.erased_persons().await?.into_iter().map(|tombstone| tombstone.person).collect();
        for eraser in self.erasers() {
            let part = eraser.part();
            let erased = eraser.erase(market, &persons, at).await;
            erased.map_err(|source| MarketsError::Erasing { part, source })?;
        }
        Ok(persons.len())
    }
}
