//! From the market's outbox to messages with deliveries, and to the bus.

use std::time::Duration;

use boxed::boxed;
use cluster::Event;
use jiff::Timestamp;
use kernel::{Ids, PersonId, Ulid};
use markets::{Market, PersonKeys, SealingKey};
use store::{
    StoreError, Tx,
    outbox::{self, Item},
    queue::{Backoff, Worker},
};
use zeroize::Zeroizing;

use super::{Webhooks, ids};
use crate::{
    Cause, WebhooksError,
    records::{
        self, StoredEndpoint, deliveries,
        messages::{self, StoredMessage},
    },
    topics::ERASED,
};

/// Messages of the outbox taken at once.
const BATCH: u32 = 100;
/// How long they are ours.
const LEASE: Duration = Duration::from_secs(60);
/// Why a delivery is dropped when its person is erased.
pub(super) const PERSON_ERASED: &str = "the person was erased";

/// What [`Webhooks::relay`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RelayReport {
    /// Messages taken from the outbox.
    pub relayed: u64,
    /// Deliveries made.
    pub deliveries: u64,
    /// Deliveries dropped because their person was erased.
    pub dropped: u64,
    /// Messages left in the outbox because the bus did not take them.
    pub held: u64,
}

#[boxed]
impl Webhooks {
    /// Takes what is due in the market's outbox, hands it to the bus, and makes it messages with a delivery for every
    /// enabled endpoint that asked for the topic. Returns when nothing is due; a crash between repeats, and loses and
    /// doubles nothing here (the bus may see a message twice).
    ///
    /// # Errors
    /// When the database or the keyring fails; what was not finished is taken up again.
    pub async fn relay(&self, market: &Market, now: Timestamp) -> Result<RelayReport, WebhooksError> {
        let worker = Worker { owner: self.owner(market), lease_for: LEASE };
        let mut report = RelayReport::default();
        loop {
            let items = outbox::lease(market.db(), &worker, now, BATCH).await?;
            if items.is_empty() {
                return Ok(report);
            }
            let items = self.hand_to_bus(market, items, now, &mut report).await?;
            let persons: Vec<PersonId> = items.iter().filter_map(|item| item.payload.person).collect();
            let keys = market.person_keys(&persons).await?;
            let mut tx = market.db().begin().await?;
            let endpoints = records::endpoints(&mut tx).await?;
            let mut ids = ids(market, now);
            for item in items {
                take_in(&mut tx, market, &endpoints, &keys, &item, &mut ids, now, &mut report).await?;
                outbox::complete(&mut tx, &item.lease, now).await?;
                report.relayed += 1;
            }
            tx.commit().await?;
        }
    }

    pub(super) fn owner(&self, market: &Market) -> String {
        // Of this call: another one of the same node is another worker.
        format!("{}-{:016x}", self.node, market.chance().number() as u64)
    }

    /// The items that the bus took, or that need none. The others are tried again later; those after them about the
    /// same subject wait.
    async fn hand_to_bus(
        &self,
        market: &Market,
        items: Vec<Item>,
        now: Timestamp,
        report: &mut RelayReport,
    ) -> Result<Vec<Item>, WebhooksError> {
        if self.bus.is_none() {
            return Ok(items);
        }
        let mut taken = Vec::new();
        for item in items {
            let event = Event {
                id: item.lease.id.to_string(),
                market: market.id().to_string(),
                topic: item.topic.clone(),
                key: item.ordering_key.clone(),
                person: item.payload.person.map(|person| person.to_string()),
                payload: item.payload.bytes.clone(),
            };
            match self.bus.publish(&event).await {
                Ok(()) => taken.push(item),
                Err(error) => {
                    tracing::warn!(market = %market.id(), topic = item.topic, %error, "the bus did not take a message");
                    let chance = market.chance().number() as u64;
                    // The bus may be away for days: never dead.
                    let backoff = Backoff { attempts_max: u32::MAX, ..Backoff::default() };
                    match outbox::fail(market.db(), &item.lease, "bus", &backoff, now, chance).await {
                        Ok(_) | Err(StoreError::LeaseLost) => report.held += 1,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(taken)
    }
}

#[expect(clippy::too_many_arguments, reason = "one call inside the loop above")]
async fn take_in(
    tx: &mut Tx,
    market: &Market,
    endpoints: &[StoredEndpoint],
    keys: &PersonKeys,
    item: &Item,
    ids: &mut Ids,
    now: Timestamp,
    report: &mut RelayReport,
) -> Result<(), WebhooksError> {
    if item.topic == ERASED
        && let Ok(person) = item.ordering_key.parse::<Ulid>()
    {
        report.dropped += messages::forget(tx, &[PersonId::from(person)], PERSON_ERASED, now).await?;
    }
    let wanted: Vec<(Ulid, Ulid)> = endpoints
        .iter()
        .filter(|endpoint| endpoint.disabled.is_none() && endpoint.topics.wants(&item.topic))
        .map(|endpoint| (ids.next(), endpoint.id))
        .collect();
    let key = match item.payload.person {
        Some(person) => keys.get(person),
        None => Some(market.market_key()),
    };
    // Without an endpoint there is nobody to tell, without a key nothing to tell.
    let (false, Some(key)) = (endpoints.is_empty(), key) else { return Ok(()) };
    let id = item.lease.id;
    let plain = market.unseal(key, "outbox", &id.to_string(), "payload_sealed", &item.payload.bytes)?;
    let message = StoredMessage {
        id,
        topic: item.topic.clone(),
        ordering_key: item.ordering_key.clone(),
        person: item.payload.person,
        payload_sealed: Some(seal_payload(market, key, id, &plain)?),
        created_at: item.created_at,
    };
    if messages::add(tx, message).await? {
        report.deliveries += wanted.len() as u64;
        deliveries::add(tx, wanted, id, &item.ordering_key, Cause::Event, now).await?;
    }
    Ok(())
}

const TABLE: &str = "webhook_message";
const COLUMN: &str = "payload_sealed";

pub(super) fn seal_payload(
    market: &Market,
    key: &SealingKey,
    message: Ulid,
    plain: &[u8],
) -> Result<Vec<u8>, WebhooksError> {
    Ok(market.seal(key, TABLE, &message.to_string(), COLUMN, plain)?)
}

/// What is told, opened with the key of its person or the market's; `None` when it is gone.
pub(super) fn open_payload(
    market: &Market,
    keys: &PersonKeys,
    message: &StoredMessage,
) -> Result<Option<Zeroizing<Vec<u8>>>, WebhooksError> {
    let key = match message.person {
        Some(person) => keys.get(person),
        None => Some(market.market_key()),
    };
    let (Some(key), Some(sealed)) = (key, &message.payload_sealed) else { return Ok(None) };
    Ok(Some(market.unseal(key, TABLE, &message.id.to_string(), COLUMN, sealed)?))
}
