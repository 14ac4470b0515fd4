//! A new market: keys, database, profile, policy, pipelines, and then the record.

use boxed::boxed;
use kernel::{MarketId, Moment, Vertical};

use super::Markets;
use crate::{
    Market, MarketRecord, MarketState, MarketsError, NewMarket, chain, inside,
    keyring::Roots,
    pipeline,
    policy::SHIPPED_TOML,
    records::{self, Place},
    service::work::{Doing, Planned},
};

/// Note of the policy that a market begins with.
const FIRST_POLICY: &str = "The policy that ships with the product.";

#[boxed]
impl Markets {
    /// Opens a market. It is listed, and can be entered, only when all of it is ready; a failed attempt leaves nothing.
    ///
    /// # Errors
    /// [`MarketsError::NameTaken`], [`MarketsError::Busy`] when somebody makes one of this name at this moment, or when
    /// a database or the keyring fails.
    pub async fn create(&self, new: NewMarket, at: &Moment) -> Result<MarketRecord, MarketsError> {
        let record = self.new_record(at.ids().next().into(), new, at);
        let doing = self.reserve(&record, "create", at).await?;
        match self.build(&record, &doing, at).await {
            Ok(()) => Ok(record),
            Err(error) => Err(self.give_up(&doing, at, error).await),
        }
    }

    /// The record of a market that is about to be.
    pub(super) fn new_record(&self, id: MarketId, new: NewMarket, at: &Moment) -> MarketRecord {
        let NewMarket { name, region, currency, locale, time_zone, verticals } = new;
        let mut unique: Vec<Vertical> = Vec::new();
        for vertical in verticals {
            if !unique.contains(&vertical) {
                unique.push(vertical);
            }
        }
        if unique.is_empty() {
            unique.push(Vertical::Residential);
        }
        MarketRecord {
            id,
            name,
            region,
            currency,
            locale,
            time_zone,
            verticals: unique,
            state: MarketState::Active,
            state_reason: None,
            generation: 1,
            placement: self.default_placement(),
            fenced: None,
            created_at: at.at(),
            delete_after: None,
            backed_up_at: None,
            schema_stamp: self.0.stamp.clone(),
        }
    }

    /// Puts the making of a market on record, so that nobody else takes its name meanwhile.
    pub(super) async fn reserve(
        &self,
        record: &MarketRecord,
        kind: &'static str,
        at: &Moment,
    ) -> Result<Doing, MarketsError> {
        self.clear_way(None, &record.name, at).await?;
        let mut tx = self.0.hub.begin().await?;
        tx.one_at_a_time("market work").await?;
        if records::market_by_name(&mut tx, &record.name).await?.is_some() {
            return Err(MarketsError::NameTaken(record.name.clone()));
        }
        let place = Place {
            market: record.id,
            generation: record.generation,
            placement: record.placement,
            url_sealed: None,
            retired_at: None,
        };
        records::add_place(&mut tx, &place).await?;
        let (market, name, to_generation) = (record.id, &record.name, Some(record.generation));
        let planned = Planned { market, name, kind, state_before: None, reason_before: None, to_generation };
        self.begin_work(tx, planned, at).await
    }

    async fn build(&self, record: &MarketRecord, doing: &Doing, at: &Moment) -> Result<(), MarketsError> {
        let roots = self.0.keyring.make_roots(&record.id.to_string(), at.at()).await?;
        self.make_place(record).await?;
        let db = self.open_db(record).await?;
        let mut tx = db.begin().await?;
        inside::set_profile(&mut tx, record).await?;
        inside::add_policy(&mut tx, 1, SHIPPED_TOML, FIRST_POLICY, &at.actor, at.at()).await?;
        inside::add_pipelines(&mut tx, &pipeline::shipped(&record.verticals)).await?;
        let detail = creation(record);
        chain::append(&mut tx, at, "market.created", &record.subject(), detail.clone());
        tx.commit().await?;
        let mut tx = self.0.hub.begin().await?;
        records::add_market(&mut tx, record).await?;
        chain::append(&mut tx, at, "market.created", &record.subject(), detail);
        doing.end(&mut tx).await?;
        tx.commit().await.map_err(MarketsError::from)?;
        self.shelve(record, db, roots).await;
        Ok(())
    }

    /// Makes the database of a generation that has its row already, and keeps the way to it.
    pub(super) async fn make_place(&self, record: &MarketRecord) -> Result<(), MarketsError> {
        let (id, generation) = (record.id, record.generation);
        if let Some(url) = self.make_database(id, generation, record.placement).await? {
            let sealed = self.seal_url(id, generation, &url)?;
            let mut tx = self.0.hub.begin().await?;
            records::set_place_url(&mut tx, id, generation, sealed).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Puts an open market on the shelf and closes what has to make room.
    pub(super) async fn shelve(&self, record: &MarketRecord, db: store::Db, roots: Roots) -> Market {
        let (keyring, chance) = (self.0.keyring.clone(), self.0.chance.clone());
        let market = Market::new(record.clone(), db, roots, keyring, chance);
        for leaving in self.0.shelf.put(market.clone()) {
            // A former generation may be in use: its connections close with the last handle.
            if leaving.handles() == 1 {
                leaving.db().close().await;
            }
        }
        market
    }
}

/// What the audit chains say of a new market.
pub(super) fn creation(record: &MarketRecord) -> std::collections::BTreeMap<String, String> {
    let verticals: Vec<&str> = record.verticals.iter().map(|vertical| vertical.id()).collect();
    [
        ("name", record.name.to_string()),
        ("region", record.region.to_string()),
        ("currency", record.currency.to_string()),
        ("locale", record.locale.to_string()),
        ("time_zone", record.time_zone.to_string()),
        ("verticals", verticals.join(",")),
        ("placement", record.placement.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}
