//! The use cases: endpoints, relaying, delivering, sending again.

mod deliver;
mod endpoints;
mod relay;
mod replay;
mod secrets;

use std::time::Duration;

use boxed::boxed;
use cluster::Bus;
use connect::Client;
use jiff::Timestamp;
use kernel::{Ids, Moment, Ulid};
use markets::Market;

pub use self::{
    deliver::{DeliveryReport, FAILING_MAX},
    endpoints::{ENDPOINTS_MAX, MadeEndpoint},
    relay::RelayReport,
    replay::{REPLAY_MAX, ReplayRange},
    secrets::OVERLAP,
};
use crate::{
    Delivery, DeliveryCounts, DeliveryState, WebhooksError,
    records::{deliveries, messages},
};

/// Deliveries on one page of the log.
pub const DELIVERIES_PAGE_MAX: u32 = 200;

/// The use cases of webhooks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Webhooks {
    client: Client,
    bus: Bus,
    /// Names this process in leases.
    node: String,
}

#[boxed]
impl Webhooks {
    /// Webhooks that go out through `client`. What is relayed is handed to `bus` as well. `node` names this process:
    /// unique, new at every start.
    pub fn new(client: Client, bus: Bus, node: impl Into<String>) -> Self {
        Self { client, bus, node: node.into() }
    }

    /// The log of an endpoint, the newest first: deliveries in `state` (or any), made before number `before`, at most
    /// [`DELIVERIES_PAGE_MAX`].
    ///
    /// # Errors
    /// [`WebhooksError::UnknownEndpoint`], or when the database fails.
    pub async fn deliveries(
        &self,
        market: &Market,
        endpoint: Ulid,
        state: Option<DeliveryState>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, WebhooksError> {
        self.stored(market, endpoint).await?;
        let limit = limit.clamp(1, DELIVERIES_PAGE_MAX);
        Ok(deliveries::page(market.db(), endpoint, state, before, limit).await?)
    }

    /// Where one message went, the newest delivery first.
    ///
    /// # Errors
    /// [`WebhooksError::UnknownMessage`], or when the database fails.
    pub async fn message(&self, market: &Market, message: Ulid) -> Result<Vec<Delivery>, WebhooksError> {
        messages::by_id(market.db(), message).await?.ok_or(WebhooksError::UnknownMessage)?;
        Ok(deliveries::of_message(market.db(), message).await?)
    }

    /// How many deliveries of each endpoint are in which state; endpoints without any are missing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(
        &self,
        market: &Market,
    ) -> Result<std::collections::HashMap<Ulid, DeliveryCounts>, WebhooksError> {
        Ok(deliveries::counts(market.db()).await?)
    }

    /// When the next delivery of a market may be tried; `None` when nothing waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&self, market: &Market) -> Result<Option<Timestamp>, WebhooksError> {
        Ok(deliveries::next_run(market.db()).await?)
    }

    /// Forgets messages older than `keep` that are on no way any more, with their log; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, market: &Market, keep: Duration, now: Timestamp) -> Result<u64, WebhooksError> {
        let before = now.checked_sub(keep).unwrap_or(Timestamp::MIN);
        let mut tx = market.db().begin().await?;
        let pruned = messages::prune(&mut tx, before).await?;
        tx.commit().await?;
        Ok(pruned)
    }
}

/// Identifiers for what a worker makes now: no person acts, so chance comes from the market.
fn ids(market: &Market, now: Timestamp) -> Ids {
    let actor = kernel::Actor::new("webhooks");
    Moment { now, actor, entropy: market.chance().number() }.ids()
}

fn micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    micros(now.checked_add(wait).unwrap_or(Timestamp::MAX))
}
