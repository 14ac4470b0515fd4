//! A new database takes the place of a market's present one: what restoring and moving have in common.
//!
//! The present database is fenced, the next generation is made and filled beside it, and one transaction of the hub
//! makes it the present one. Until then nothing is lost by giving up; from then on the old one is kept, fenced, until
//! it is removed. Whoever holds a handle to the old one cannot write and enters again.

use std::collections::BTreeMap;

use kernel::Moment;
use store::Db;

use super::Markets;
use crate::{
    Market, MarketRecord, MarketState, MarketsError, Placement, chain, records,
    records::Place,
    service::work::{Doing, Planned},
};

/// What is to be done.
pub(super) struct Replacement<'a> {
    /// The kind of work: `restore`, `move`.
    pub kind: &'static str,
    /// What the audit chains call it when it is done.
    pub action: &'static str,
    /// What people are told meanwhile.
    pub reason: &'a str,
    /// Where the new database is to be.
    pub placement: Placement,
}

/// Details for the audit chains.
pub(super) type Details = BTreeMap<String, String>;

/// The present database, as far as it can be used, and the new one.
pub(super) struct Databases {
    /// The present one, fenced. `None` when it cannot be read any more, and why.
    pub old: Result<Db, String>,
    /// The new one: migrated, empty, and known to nobody else.
    pub new: Db,
    /// The market over the new one.
    pub market: Market,
}

impl Markets {
    /// Replaces the database of a market by one that `fill` fills.
    pub(super) async fn replace(
        &self,
        record: &MarketRecord,
        replacement: Replacement<'_>,
        at: &Moment,
        fill: impl AsyncFnOnce(&Databases) -> Result<Details, MarketsError>,
    ) -> Result<MarketRecord, MarketsError> {
        let (doing, next, before) = self.begin_replacement(record, &replacement, at).await?;
        let done = async {
            let databases = self.prepare(&next, record, replacement.reason).await?;
            let filled = fill(&databases).await;
            databases.new.close().await;
            if let Ok(old) = &databases.old {
                old.close().await;
            }
            let details = filled?;
            self.take_over(&next, record, before, replacement.action, details, &doing, at).await
        };
        match done.await {
            Ok(after) => {
                self.try_deliver_notes(&after).await;
                Ok(after)
            }
            Err(error) => Err(self.give_up(&doing, at, error).await),
        }
    }

    async fn begin_replacement(
        &self,
        record: &MarketRecord,
        replacement: &Replacement<'_>,
        at: &Moment,
    ) -> Result<(Doing, MarketRecord, MarketState), MarketsError> {
        self.clear_way(Some(record.id), &record.name, at).await?;
        let mut tx = self.0.hub.begin().await?;
        tx.one_at_a_time("market work").await?;
        let present = records::market_by_id(&mut tx, record.id)
            .await?
            .ok_or_else(|| MarketsError::Unknown(record.name.clone()))?;
        let before = present.state;
        if present.generation != record.generation {
            // The record was read before the lock: its database is not the one that is written to any more.
            let advice = "it has just moved: look, and try again";
            return Err(MarketsError::State { name: present.name, state: before, advice });
        }
        if !matches!(before, MarketState::Active | MarketState::Suspended) {
            let advice = match before {
                MarketState::Deleting => "resume it first",
                _ => "wait until it has moved",
            };
            return Err(MarketsError::State { name: present.name, state: before, advice });
        }
        let highest = records::places(&mut tx, present.id).await?.last().map_or(0, |place| place.generation);
        let generation = highest.max(present.generation) + 1;
        let place = Place {
            market: present.id,
            generation,
            placement: replacement.placement,
            url_sealed: None,
            retired_at: None,
        };
        records::add_place(&mut tx, &place).await?;
        let mut closed = present.clone();
        closed.state = MarketState::Moving;
        closed.state_reason = Some(replacement.reason.to_owned());
        records::update_market(&mut tx, &closed).await?;
        let planned = Planned {
            market: present.id,
            name: &present.name,
            kind: replacement.kind,
            state_before: Some(before),
            to_generation: Some(generation),
        };
        let doing = self.begin_work(tx, planned, at).await?;
        self.forget(present.id);
        let next = MarketRecord { generation, placement: replacement.placement, ..present };
        Ok((doing, next, before))
    }

    async fn prepare(
        &self,
        next: &MarketRecord,
        present: &MarketRecord,
        reason: &str,
    ) -> Result<Databases, MarketsError> {
        self.make_place(next).await?;
        let new = self.open_db(next).await?;
        let old = match self.fenced(present, reason).await {
            Err(MarketsError::Store(error)) if !error.is_temporary() => Err(error.to_string()),
            fenced => Ok(fenced?),
        };
        let roots = self.0.keyring.roots(&next.id.to_string()).await?;
        let (keyring, chance) = (self.0.keyring.clone(), self.0.chance.clone());
        let record = MarketRecord { state: MarketState::Active, ..next.clone() };
        let market = Market::new(record, new.clone(), roots, keyring, chance);
        Ok(Databases { old, new, market })
    }

    /// The present database, with its fence up: nobody writes any more.
    async fn fenced(&self, record: &MarketRecord, reason: &str) -> Result<Db, MarketsError> {
        let db = self.open_db(record).await?;
        match db.fence(reason).await {
            Ok(()) => Ok(db),
            Err(error) => {
                db.close().await;
                Err(error.into())
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "everything that the last transaction of a replacement says"
    )]
    async fn take_over(
        &self,
        next: &MarketRecord,
        present: &MarketRecord,
        before: MarketState,
        action: &str,
        details: Details,
        doing: &Doing,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let after = MarketRecord {
            state: before,
            state_reason: match before {
                MarketState::Suspended => present.state_reason.clone(),
                _ => None,
            },
            schema_stamp: self.0.stamp.clone(),
            fenced: None,
            ..next.clone()
        };
        let mut tx = self.0.hub.begin().await?;
        records::update_market(&mut tx, &after).await?;
        records::retire_place(&mut tx, after.id, present.generation, at.at()).await?;
        let mut details = details;
        details.insert("generation".to_owned(), after.generation.to_string());
        details.insert("placement".to_owned(), after.placement.to_string());
        chain::both_with(&mut tx, at, action, &after, details).await?;
        doing.end(&mut tx).await?;
        tx.commit().await?;
        self.forget(after.id);
        Ok(after)
    }
}
