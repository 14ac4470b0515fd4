//! The way in.

use boxed::boxed;
use kernel::{MarketId, MarketName};

use super::Markets;
use crate::{EnterError, Market, MarketRecord, MarketState, MarketsError, inside, records};

#[boxed]
impl Markets {
    /// Enters a market: the one way to its database. Looks the record up each time, so that a suspension, a restore or a
    /// move holds at once, on every node.
    ///
    /// # Errors
    /// See [`EnterError`].
    pub async fn enter(&self, name: &MarketName) -> Result<Market, EnterError> {
        let record = records::market_by_name(&self.0.hub, name).await?;
        self.admit(record.ok_or_else(|| EnterError::Unknown(name.to_string()))?).await
    }

    /// As [`Markets::enter`], for a market whose identifier is known: jobs, for example.
    ///
    /// # Errors
    /// See [`EnterError`].
    pub async fn enter_by_id(&self, id: MarketId) -> Result<Market, EnterError> {
        let record = records::market_by_id(&self.0.hub, id).await?;
        self.admit(record.ok_or_else(|| EnterError::Unknown(id.to_string()))?).await
    }

    /// Every market that can be entered now; those that cannot are left out. One after the other, so that not all are
    /// open at once: for workers.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn open_records(&self) -> Result<Vec<MarketRecord>, MarketsError> {
        Ok(self.list().await?.into_iter().filter(MarketRecord::is_open).collect())
    }

    async fn admit(&self, record: MarketRecord) -> Result<Market, EnterError> {
        let name = record.name.clone();
        match record.state {
            MarketState::Active => {}
            MarketState::Suspended => return Err(EnterError::Suspended(name)),
            MarketState::Deleting => return Err(EnterError::Deleting(name)),
            MarketState::Moving => {
                let reason = record.state_reason.unwrap_or_else(|| "it is being moved".to_owned());
                return Err(EnterError::Moving { name, reason });
            }
        }
        if let Some(reason) = &record.fenced
            && record.schema_stamp == self.0.stamp
        {
            return Err(EnterError::Fenced { name, reason: reason.clone() });
        }
        Ok(self.open_market(&record).await?)
    }

    /// The open market of this record, whatever its state.
    pub(super) async fn open_market(&self, record: &MarketRecord) -> Result<Market, MarketsError> {
        if record.schema_stamp == self.0.stamp
            && let Some(open) = self.0.shelf.get(record.id, record.generation)
        {
            // What the hub has on record may have changed since it was opened; database and keys are the same.
            return Ok(open.with_record(record));
        }
        let door = self.0.shelf.door(record.id);
        let _held = door.lock().await;
        // Somebody else may have opened it while we stood at the door.
        let record = self.by_id(record.id).await?.ok_or(MarketsError::UnknownId(record.id))?;
        if record.schema_stamp == self.0.stamp
            && let Some(open) = self.0.shelf.get(record.id, record.generation)
        {
            return Ok(open.with_record(&record));
        }
        let db = self.open_db(&record).await?;
        let ready = async {
            let record = self.brought_up_to_date(record.clone(), &db).await?;
            let owner = inside::owner(&db).await?;
            if owner != Some(record.id) {
                // A file or database under the wrong name must never be read as another market's.
                return Err(MarketsError::KeysMissing(record.id.to_string()));
            }
            let roots = self.0.keyring.roots(&record.id.to_string()).await?;
            Ok((record, roots))
        };
        match ready.await {
            Ok((record, roots)) => Ok(self.shelve(&record, db, roots).await),
            Err(error) => {
                db.close().await;
                Err(error)
            }
        }
    }

    /// Takes a market off the shelf, so that the next one to enter looks again. Handles in use stay usable.
    pub(super) fn forget(&self, id: MarketId) {
        // Its connections close with the last handle.
        drop(self.0.shelf.remove(id));
    }

    /// How many markets are open in this process.
    pub fn open_count(&self) -> usize {
        self.0.shelf.len()
    }
}
