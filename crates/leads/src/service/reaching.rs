use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{MarketId, PersonId};
use markets::Market;

use super::{timeline, zone};
use crate::{
    Leads, LeadsError,
    reach::{Advice, Attempt, Patterns, attempts},
    records,
};

/// The latest leads whose tries a market's habits are told from. A judgement: tries of a thousand people fill every cell
/// that a team uses, and older ones tell of another season.
const LEADS_MAX: usize = 1_000;

/// How long what was found is used: habits do not change within the hour.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// How the people of a market are reached, and when that was found out.
type Found = (Timestamp, Arc<Patterns>);

/// What is known of reaching the people of each market.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<RwLock<HashMap<MarketId, Found>>>);

impl Shelf {
    fn get(&self, market: MarketId, now: Timestamp) -> Option<Arc<Patterns>> {
        let shelf = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (since, patterns) = shelf.get(&market)?;
        (now.duration_since(*since).abs() < KEPT).then(|| patterns.clone())
    }

    fn put(&self, market: MarketId, now: Timestamp, patterns: Arc<Patterns>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(market, (now, patterns));
    }
}

#[boxed]
impl Leads {
    /// When and how somebody is best tried, by how the market's people answered and what is known of this one. Who has no
    /// timeline is told what holds for the market.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn advice(
        &self,
        market: &Market,
        contact: PersonId,
        now: Timestamp,
    ) -> Result<Advice, LeadsError> {
        let zone = zone(market);
        let own = attempts(&self.timeline(market, contact).await?, now, &zone);
        let patterns = match self.reached.get(market.id(), now) {
            Some(patterns) => patterns,
            None => {
                let latest = records::ledger::latest_contacts(market.db(), LEADS_MAX).await?;
                let keys = market.person_keys(&latest).await?;
                let lives = timeline::timelines(market, &keys, &latest).await?;
                let tried: Vec<Attempt> =
                    lives.values().flat_map(|life| attempts(life, now, &zone)).collect();
                let patterns = Arc::new(Patterns::of(&tried));
                self.reached.put(market.id(), now, patterns.clone());
                patterns
            }
        };
        Ok(patterns.advise(&own))
    }
}
