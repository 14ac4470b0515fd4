//! A new database takes the place of a market's present one: what restoring and moving have in common.
//!
//! The next generation is made and filled ahead, beside the present database and while everybody works. Then the market
//! closes: the present database is fenced, the new one gets what is still missing, and one transaction of the hub makes it
//! the present one. Until then nothing is lost by giving up; from then on the old one is kept, fenced, until it is removed.
//! Whoever holds a handle to the old one cannot write and enters again.

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
    /// The present one. An error when it cannot be read any more, and why.
    pub old: Result<Db, String>,
    /// The new one: migrated, empty at first, and known to nobody else.
    pub new: Db,
    /// The market over the new one.
    pub market: Market,
}

impl Databases {
    async fn close(&self) {
        self.new.close().await;
        if let Ok(old) = &self.old {
            old.close().await;
        }
    }
}

/// What goes back to how it was, or on from there, when the replacement is over.
struct Before {
    state: MarketState,
    reason: Option<String>,
    generation: u32,
}

impl Markets {
    /// Replaces the database of a market by one that `ahead` fills while the market is open, and `fill` completes with the
    /// present one fenced.
    pub(super) async fn replace<T>(
        &self,
        record: &MarketRecord,
        replacement: Replacement<'_>,
        at: &Moment,
        ahead: impl AsyncFnOnce(&Databases) -> Result<T, MarketsError>,
        fill: impl AsyncFnOnce(&Databases, T) -> Result<Details, MarketsError>,
    ) -> Result<MarketRecord, MarketsError> {
        let (doing, next, before) = self.begin_replacement(record, &replacement, at).await?;
        let done = async {
            let mut databases = self.prepare(&next, record).await?;
            let done = async {
                let made = ahead(&databases).await?;
                self.shut(&doing, replacement.reason).await?;
                databases.old = fenced(databases.old.clone(), replacement.reason).await?;
                let details = fill(&databases, made).await?;
                self.take_over(&next, &before, replacement.action, details, &doing, at).await
            };
            let done = done.await;
            databases.close().await;
            done
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
    ) -> Result<(Doing, MarketRecord, Before), MarketsError> {
        self.clear_way(Some(record.id), &record.name, at).await?;
        let mut tx = self.0.hub.begin().await?;
        tx.one_at_a_time("market work").await?;
        let present = records::market_by_id(&mut tx, record.id)
            .await?
            .ok_or_else(|| MarketsError::Unknown(record.name.clone()))?;
        let state = present.state;
        if present.generation != record.generation {
            // The record was read before the lock: its database is not the one that is written to any more.
            let advice = "it has just moved: look, and try again";
            return Err(MarketsError::State { name: present.name, state, advice });
        }
        if !matches!(state, MarketState::Active | MarketState::Suspended) {
            let advice = match state {
                MarketState::Deleting => "resume it first",
                _ => "wait until it has moved",
            };
            return Err(MarketsError::State { name: present.name, state, advice });
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
        let planned = Planned {
            market: present.id,
            name: &present.name,
            kind: replacement.kind,
            state_before: Some(state),
            reason_before: present.state_reason.as_deref(),
            to_generation: Some(generation),
        };
        let doing = self.begin_work(tx, planned, at).await?;
        let before = Before { state, reason: present.state_reason.clone(), generation: present.generation };
        let next = MarketRecord { generation, placement: replacement.placement, ..present };
        Ok((doing, next, before))
    }

    async fn prepare(&self, next: &MarketRecord, present: &MarketRecord) -> Result<Databases, MarketsError> {
        self.make_place(next).await?;
        let new = self.open_db(next).await?;
        let old = readable(self.open_db(present).await)?;
        let roots = self.0.keyring.roots(&next.id.to_string()).await?;
        let (keyring, chance) = (self.0.keyring.clone(), self.0.chance.clone());
        let record = MarketRecord { state: MarketState::Active, ..next.clone() };
        let market = Market::new(record, new.clone(), roots, keyring, chance);
        Ok(Databases { old, new, market })
    }

    /// Closes the market: from now on nobody enters.
    async fn shut(&self, doing: &Doing, reason: &str) -> Result<(), MarketsError> {
        let mut tx = self.0.hub.begin().await?;
        doing.hold(&mut tx).await?;
        let mut record = records::market_by_id(&mut tx, doing.market)
            .await?
            .ok_or(MarketsError::UnknownId(doing.market))?;
        record.state = MarketState::Moving;
        record.state_reason = Some(reason.to_owned());
        records::update_market(&mut tx, &record).await?;
        tx.commit().await?;
        self.forget(doing.market);
        Ok(())
    }

    async fn take_over(
        &self,
        next: &MarketRecord,
        before: &Before,
        action: &str,
        mut details: Details,
        doing: &Doing,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let mut tx = self.0.hub.begin().await?;
        doing.end(&mut tx).await?;
        // Read again: it was open while the new database was made.
        let present = records::market_by_id(&mut tx, next.id).await?;
        let after = MarketRecord {
            state: before.state,
            state_reason: before.reason.clone(),
            generation: next.generation,
            placement: next.placement,
            schema_stamp: self.0.stamp.clone(),
            fenced: None,
            ..present.ok_or(MarketsError::UnknownId(next.id))?
        };
        records::update_market(&mut tx, &after).await?;
        records::retire_place(&mut tx, after.id, before.generation, at.at()).await?;
        details.insert("generation".to_owned(), after.generation.to_string());
        details.insert("placement".to_owned(), after.placement.to_string());
        chain::both_with(&mut tx, at, action, &after, details).await?;
        tx.commit().await?;
        self.forget(after.id);
        Ok(after)
    }
}

/// The database with its fence up: nobody writes any more.
async fn fenced(old: Result<Db, String>, reason: &str) -> Result<Result<Db, String>, MarketsError> {
    let db = match old {
        Ok(db) => db,
        Err(lost) => return Ok(Err(lost)),
    };
    let fenced = db.fence(reason).await;
    if fenced.is_err() {
        db.close().await;
    }
    readable(fenced.map(|()| db).map_err(MarketsError::from))
}

/// Tells a database that does not answer at the moment, which is an error, from one that is lost.
fn readable(db: Result<Db, MarketsError>) -> Result<Result<Db, String>, MarketsError> {
    match db {
        Err(MarketsError::Store(error)) if !error.is_temporary() => Ok(Err(error.to_string())),
        db => db.map(Ok),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Chance, MarketName};
    use store::testing::TestDb;

    use super::*;
    use crate::{KeySource, Keyring, MarketsConfig, NewMarket};

    fn at(second: i64) -> Moment {
        let now = jiff::Timestamp::from_second(1_768_813_200 + second).expect("an instant");
        Moment { now, actor: Actor::new("ana"), entropy: u128::from(second.unsigned_abs()) << 16 }
    }

    #[tokio::test]
    async fn a_replacement_of_a_database_that_another_process_has_just_replaced_is_refused() {
        let (hub, keys) = (TestDb::sqlite().await, TestDb::sqlite().await);
        hub.migrate(&store::trail::SCHEMA.migrations).await.expect("the hub's trail");
        let home = tempfile::tempdir().expect("a folder");
        let next = std::sync::atomic::AtomicU8::new(0);
        let chance = Chance::from_fn(move |bytes| {
            bytes.fill_with(|| next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        });
        let source = KeySource::Own(home.path().join("hub.key"));
        let keyring = Keyring::open(keys.db(), &source, chance.clone(), at(0).now).await.expect("a keyring");
        let config = MarketsConfig {
            hub: hub.db(),
            keyring,
            folder: home.path().to_owned(),
            admin_url: None,
            replicas: Vec::new(),
            schemas: Vec::new(),
            open_max: 1,
            chance,
        };
        let markets = Markets::open(config, at(0).now).await.expect("markets");
        let name: MarketName = "alpha".parse().expect("a name");
        let new = NewMarket {
            name: name.clone(),
            region: "us-wa".parse().expect("a region"),
            currency: "USD".parse().expect("a currency"),
            locale: "en-US".parse().expect("a locale"),
            time_zone: "America/Los_Angeles".parse().expect("a zone"),
            verticals: vec![kernel::Vertical::Residential],
        };
        let read_before = markets.create(new, &at(1)).await.expect("made");
        let again = || Replacement {
            kind: "restore",
            action: "market.restored",
            reason: "a test",
            placement: Placement::Embedded,
        };
        let ahead = async |databases: &Databases| {
            let old = databases.old.as_ref().map_err(|lost| MarketsError::Unsuitable(lost.clone()))?;
            store::image::LiveCopy::begin(old, &databases.new, &markets.0.schemas).await?;
            Ok(())
        };
        let fill = async |_: &Databases, (): ()| Ok(Details::new());
        let replaced =
            markets.replace(&read_before, again(), &at(2), ahead, fill).await.expect("replaced once");
        assert_eq!(replaced.generation, 2);

        let refused =
            markets.replace(&read_before, again(), &at(3), ahead, fill).await.expect_err("too late");
        assert!(
            matches!(&refused, MarketsError::State { advice, .. } if advice.contains("just moved")),
            "{refused}"
        );
        assert_eq!(markets.record(&name).await.expect("read"), replaced, "as it was");
        let work = records::work_of(&hub.db(), replaced.id).await.expect("read");
        assert!(work.is_none(), "nothing was begun");
        markets.enter(&name).await.expect("open").db().ping().await.expect("answers");
    }
}
