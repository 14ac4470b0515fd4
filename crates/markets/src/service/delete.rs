//! Deletion: with a grace period, then for good.

use std::collections::HashMap;

use boxed::boxed;
use jiff::SignedDuration;
use kernel::{MarketId, MarketName, Moment};

use super::{
    Markets,
    work::{Doing, PURGE, Planned},
};
use crate::{MarketPolicy, MarketRecord, MarketState, MarketsError, chain, records, records::Place};

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

#[boxed]
impl Markets {
    /// Deletes a market: closed at once, removed for good when `grace` has passed. Until then [`Markets::resume`] takes it
    /// back, and its name stays taken.
    ///
    /// # Errors
    /// [`MarketsError::Unknown`], [`MarketsError::Busy`], or when the database fails.
    pub async fn delete(
        &self,
        name: &MarketName,
        grace: SignedDuration,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let due = at.at().checked_add(grace.max(SignedDuration::ZERO)).unwrap_or(jiff::Timestamp::MAX);
        self.change(name, "market.deleted", "", at, |record| match record.state {
            MarketState::Moving => Err("wait until it has moved"),
            _ => {
                record.state = MarketState::Deleting;
                record.state_reason = None;
                record.delete_after = Some(due);
                Ok(())
            }
        })
        .await
    }

    /// Removes what is due: deleted markets whose grace period has ended, with their keys (so that no copy anywhere can
    /// be read again), and databases that were replaced long enough ago. To be called now and then.
    ///
    /// # Errors
    /// When a database or the keyring fails; what is left is removed the next time.
    pub async fn purge_due(&self, at: &Moment) -> Result<Purged, MarketsError> {
        let mut purged = Purged::default();
        for record in records::due_for_purge(&self.0.hub, at.at()).await? {
            self.clear_way(Some(record.id), &record.name, at).await?;
            let mut tx = self.0.hub.begin().await?;
            tx.one_at_a_time("market work").await?;
            // It may have been resumed, or purged by another process, a moment ago.
            let due = records::market_by_id(&mut tx, record.id).await?.filter(|now| *now == record);
            let Some(record) = due else { continue };
            let (market, name, state_before) = (record.id, &record.name, Some(record.state));
            let planned =
                Planned { market, name, kind: PURGE, state_before, reason_before: None, to_generation: None };
            let doing = match self.begin_work(tx, planned, at).await {
                Err(MarketsError::Busy { .. }) => continue,
                begun => begun?,
            };
            self.finish_purge(record.id, &doing, at).await?;
            purged.markets.push(PurgedMarket { id: record.id, name: record.name });
        }
        purged.replaced_databases = self.purge_replaced(at).await?;
        Ok(purged)
    }

    /// The steps of a purge. Each may be repeated, and together they may be interrupted anywhere.
    pub(super) async fn finish_purge(
        &self,
        market: MarketId,
        doing: &Doing,
        at: &Moment,
    ) -> Result<(), MarketsError> {
        // The keys first: from here on nothing can be read, wherever a copy lies.
        self.0.keyring.destroy_market(market).await?;
        if let Some(open) = self.0.shelf.remove(market) {
            open.db().close().await;
        }
        for place in records::places(&self.0.hub, market).await? {
            self.drop_place(market, place.generation).await?;
        }
        // As long as it is on record: whoever finishes an interrupted purge asks again.
        for forgetter in self.forgetters() {
            let part = forgetter.part();
            let forgotten = forgetter.forget(market, at).await;
            forgotten.map_err(|source| MarketsError::Forgetting { part, source })?;
        }
        let mut tx = self.0.hub.begin().await?;
        if let Some(record) = records::market_by_id(&mut tx, market).await? {
            let detail = [("name", record.name.to_string())];
            chain::hub(&mut tx, at, "market.purged", &record.subject(), detail);
        }
        records::delete_market(&mut tx, market).await?;
        doing.end(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn purge_replaced(&self, at: &Moment) -> Result<u64, MarketsError> {
        let mut count = 0;
        let mut days: HashMap<MarketId, i64> = HashMap::new();
        for place in records::places_retired_before(&self.0.hub, at.at()).await? {
            let Some(retired_at) = place.retired_at else { continue };
            let kept = match days.get(&place.market) {
                Some(known) => *known,
                None => {
                    let read = self.replaced_days(place.market).await;
                    days.insert(place.market, read);
                    read
                }
            };
            if retired_at + SignedDuration::from_hours(24 * kept) > at.at() {
                continue;
            }
            self.drop_replaced(&place, at).await?;
            count += 1;
        }
        Ok(count)
    }

    async fn drop_replaced(&self, place: &Place, at: &Moment) -> Result<(), MarketsError> {
        self.drop_place(place.market, place.generation).await?;
        let mut tx = self.0.hub.begin().await?;
        records::delete_place(&mut tx, place.market, place.generation).await?;
        let subject = format!("market:{}", place.market);
        let detail = [("generation", place.generation.to_string())];
        chain::hub(&mut tx, at, "market.replaced_database_removed", &subject, detail);
        tx.commit().await?;
        Ok(())
    }

    /// For how many days a market keeps what was replaced.
    async fn replaced_days(&self, market: MarketId) -> i64 {
        let policy = async {
            let record = self.by_id(market).await?.ok_or(MarketsError::UnknownId(market))?;
            self.open_market(&record).await?.policy().await
        };
        let policy = policy.await.unwrap_or_else(|_| MarketPolicy::shipped());
        i64::from(policy.retention.replaced_database_days.value)
    }
}
