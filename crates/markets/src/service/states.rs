//! Closing a market for a while, and opening it again.

use boxed::boxed;
use kernel::{MarketName, Moment};

use super::Markets;
use crate::{MarketRecord, MarketState, MarketsError, chain, records};

#[boxed]
impl Markets {
    /// Closes a market until it is resumed. Nothing is lost, its backups go on; nobody enters from now on.
    ///
    /// # Errors
    /// [`MarketsError::State`] unless it is active (a suspended one stays so), or when the database fails.
    pub async fn suspend(
        &self,
        name: &MarketName,
        reason: &str,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        self.change(name, "market.suspended", reason, at, |record| match record.state {
            MarketState::Active | MarketState::Suspended => {
                record.state = MarketState::Suspended;
                record.state_reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
                Ok(())
            }
            MarketState::Moving => Err("wait until it has moved"),
            MarketState::Deleting => Err("it is closed already"),
        })
        .await
    }

    /// Opens a suspended market again, or takes a deletion back within its grace period.
    ///
    /// # Errors
    /// [`MarketsError::State`] while it moves, or when the database fails.
    pub async fn resume(&self, name: &MarketName, at: &Moment) -> Result<MarketRecord, MarketsError> {
        self.change(name, "market.resumed", "", at, |record| match record.state {
            MarketState::Moving => Err("wait until it has moved"),
            _ => {
                record.state = MarketState::Active;
                record.state_reason = None;
                record.delete_after = None;
                Ok(())
            }
        })
        .await
    }

    /// Changes a record in one transaction with its audit entry.
    pub(super) async fn change(
        &self,
        name: &MarketName,
        action: &str,
        reason: &str,
        at: &Moment,
        change: impl FnOnce(&mut MarketRecord) -> Result<(), &'static str>,
    ) -> Result<MarketRecord, MarketsError> {
        let mut tx = self.0.hub.begin().await?;
        tx.one_at_a_time("market work").await?;
        let before = records::market_by_name(&mut tx, name)
            .await?
            .ok_or_else(|| MarketsError::Unknown(name.clone()))?;
        if let Some(work) = records::work_of(&mut tx, before.id).await? {
            return Err(MarketsError::Busy { name: work.name, work: work.kind });
        }
        let mut after = before.clone();
        change(&mut after).map_err(|advice| MarketsError::State {
            name: name.clone(),
            state: before.state,
            advice,
        })?;
        if after == before {
            return Ok(after);
        }
        records::update_market(&mut tx, &after).await?;
        let reason = reason.trim();
        if reason.is_empty() {
            chain::both(&mut tx, at, action, &after, []).await?;
        } else {
            chain::both(&mut tx, at, action, &after, [("reason", reason.to_owned())]).await?;
        }
        tx.commit().await?;
        self.try_deliver_notes(&after).await;
        if after.state != MarketState::Active {
            self.forget(after.id);
        }
        Ok(after)
    }
}
