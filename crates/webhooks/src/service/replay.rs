//! Sending again, and trying an endpoint.

use std::collections::HashSet;

use boxed::boxed;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Ulid};
use markets::{Eraser, Erasing, Market};
use serde_json::json;
use store::trail;

use super::{
    Webhooks,
    endpoints::entry,
    micros,
    relay::{PERSON_ERASED, seal_payload},
};
use crate::{
    Cause, WebhooksError,
    records::{
        StoredEndpoint, deliveries,
        messages::{self, StoredMessage},
    },
    topics::TEST,
};

/// Messages sent again at once.
pub const REPLAY_MAX: u32 = 10_000;

/// Which messages are sent to an endpoint again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayRange {
    /// Told at or after this instant.
    pub from: Timestamp,
    /// Told before this instant.
    pub until: Timestamp,
    /// Only those that have neither arrived nor are on their way.
    pub missing_only: bool,
}

#[boxed]
impl Webhooks {
    /// Sends a message to an endpoint again, with the same identifier, whatever became of it before.
    ///
    /// # Errors
    /// [`WebhooksError::UnknownMessage`], [`WebhooksError::Erased`], or as [`Webhooks::test`].
    pub async fn replay(
        &self,
        market: &Market,
        endpoint: Ulid,
        message: Ulid,
        at: &Moment,
    ) -> Result<Ulid, WebhooksError> {
        let endpoint = self.ready(market, endpoint).await?;
        let mut tx = market.db().begin().await?;
        let message = messages::by_id(&mut tx, message).await?.ok_or(WebhooksError::UnknownMessage)?;
        if message.payload_sealed.is_none() {
            return Err(WebhooksError::Erased);
        }
        let id = at.ids().next();
        let one = vec![(id, endpoint.id)];
        deliveries::add(&mut tx, one, message.id, &message.ordering_key, Cause::Replay, at.at()).await?;
        let entry = entry(at, "webhook.replayed", endpoint.id).with("message", message.id);
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(id)
    }

    /// Sends the messages of a time range that the endpoint asks for again; how many.
    ///
    /// # Errors
    /// [`WebhooksError::Range`], [`WebhooksError::RangeTooWide`], or as [`Webhooks::test`].
    pub async fn replay_range(
        &self,
        market: &Market,
        endpoint: Ulid,
        range: ReplayRange,
        at: &Moment,
    ) -> Result<u32, WebhooksError> {
        if range.from >= range.until {
            return Err(WebhooksError::Range);
        }
        let endpoint = self.ready(market, endpoint).await?;
        let (from, until) = (micros(range.from), micros(range.until));
        let mut tx = market.db().begin().await?;
        let found = messages::between(&mut tx, from, until, REPLAY_MAX + 1).await?;
        if found.len() > REPLAY_MAX as usize {
            return Err(WebhooksError::RangeTooWide);
        }
        let reached: HashSet<Ulid> = if range.missing_only {
            deliveries::reached(&mut tx, endpoint.id, from).await?.into_iter().collect()
        } else {
            HashSet::new()
        };
        let mut ids = at.ids();
        let mut count = 0;
        for message in found {
            if !endpoint.topics.wants(&message.topic) || reached.contains(&message.id) {
                continue;
            }
            let one = vec![(ids.next(), endpoint.id)];
            deliveries::add(&mut tx, one, message.id, &message.ordering_key, Cause::Replay, at.at()).await?;
            count += 1;
        }
        if count > 0 {
            let entry = entry(at, "webhook.replayed", endpoint.id).with("from", from).with("until", until);
            trail::append(&mut tx, entry.with("messages", count));
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Sends a message `webhook.test` to an endpoint, whatever topics it asks for.
    ///
    /// # Errors
    /// [`WebhooksError::UnknownEndpoint`], [`WebhooksError::Disabled`], [`WebhooksError::NoSecret`], or when the database
    /// fails.
    pub async fn test(&self, market: &Market, endpoint: Ulid, at: &Moment) -> Result<Ulid, WebhooksError> {
        let endpoint = self.ready(market, endpoint).await?;
        let mut ids = at.ids();
        let (message, delivery) = (ids.next(), ids.next());
        let body = json!({
            "type": TEST,
            "timestamp": at.at().to_string(),
            "data": { "endpoint": endpoint.id.to_string() },
        });
        let sealed = seal_payload(market, market.market_key(), message, body.to_string().as_bytes())?;
        let ordering_key = format!("test:{message}");
        let stored = StoredMessage {
            id: message,
            topic: TEST.to_owned(),
            ordering_key: ordering_key.clone(),
            person: None,
            payload_sealed: Some(sealed),
            created_at: at.at(),
        };
        let mut tx = market.db().begin().await?;
        messages::add(&mut tx, stored).await?;
        let one = vec![(delivery, endpoint.id)];
        deliveries::add(&mut tx, one, message, &ordering_key, Cause::Test, at.at()).await?;
        trail::append(&mut tx, entry(at, "webhook.tested", endpoint.id));
        tx.commit().await?;
        Ok(delivery)
    }

    async fn ready(&self, market: &Market, endpoint: Ulid) -> Result<StoredEndpoint, WebhooksError> {
        let endpoint = self.stored(market, endpoint).await?;
        match (endpoint.disabled, &endpoint.secret_sealed) {
            (Some(_), _) => Err(WebhooksError::Disabled),
            (None, None) => Err(WebhooksError::NoSecret),
            (None, Some(_)) => Ok(endpoint),
        }
    }
}

impl Eraser for Webhooks {
    fn part(&self) -> &'static str {
        "webhooks"
    }

    fn erase<'a>(&'a self, market: &'a Market, persons: &'a [PersonId], at: &'a Moment) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = market.db().begin().await?;
            messages::forget(&mut tx, persons, PERSON_ERASED, at.at()).await?;
            tx.commit().await?;
            Ok(())
        })
    }
}
