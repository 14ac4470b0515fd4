//! From deliveries to endpoints.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use boxed::boxed;
use connect::{Body, ConnectError, Limits, Request, retry_after, standard_webhooks};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Moment, PersonId, Ulid};
use markets::Market;

use super::{
    Webhooks,
    endpoints::disable,
    later, micros,
    relay::{PERSON_ERASED, open_payload},
    secrets,
};
use crate::{
    Attempt, DeliveryState, DisabledReason, WebhooksError,
    records::{
        self, StoredEndpoint,
        deliveries::{self, Leased},
        messages::{self, StoredMessage},
    },
    schedule,
};

/// After so long without any success an endpoint is disabled.
pub const FAILING_MAX: Duration = Duration::from_secs(5 * 24 * 3600);
/// Endpoints served at the same time.
const ENDPOINTS_AT_ONCE: usize = 8;
/// Deliveries to one endpoint at the same time; they are about different subjects.
const DELIVERIES_AT_ONCE: usize = 4;
/// Deliveries to one endpoint per call, so that a slow one does not keep the others waiting.
const DELIVERIES_PER_CALL: u32 = 20;
/// How long a receiver may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// How long a delivery is ours: longer than all of one call's deliveries to an endpoint can take.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// What [`Webhooks::deliver_due`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Answered 2xx.
    pub delivered: u64,
    /// Failed, to be tried again.
    pub again: u64,
    /// Failed for the last time.
    pub failed: u64,
    /// Without content: the person was erased.
    pub dropped: u64,
    /// Not tried: the receiver asked for a pause or fails repeatedly.
    pub held: u64,
    /// Endpoints disabled now, with the reason.
    pub disabled: Vec<(Ulid, DisabledReason)>,
}

impl DeliveryReport {
    fn add(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.again += other.again;
        self.failed += other.failed;
        self.dropped += other.dropped;
        self.held += other.held;
        self.disabled.extend(other.disabled);
    }

    /// Whether nothing was due.
    pub fn is_idle(&self) -> bool {
        *self == Self::default()
    }
}

/// What came of one try.
enum Outcome {
    Arrived(u16),
    Gone,
    Missed { status: Option<u16>, error: Option<&'static str>, asked: Option<Duration> },
    Held(Duration),
}

#[boxed]
impl Webhooks {
    /// Sends what is due, up to a bounded number per endpoint, and notes what came of it. Call it again while it was not
    /// [idle](DeliveryReport::is_idle). Several nodes may do this at once: a delivery is leased by one of them.
    ///
    /// # Errors
    /// When the database or the keyring fails. What was sent and could not be noted is sent again.
    pub async fn deliver_due(
        &self,
        market: &Market,
        now: Timestamp,
    ) -> Result<DeliveryReport, WebhooksError> {
        let due = deliveries::due_endpoints(market.db(), now).await?;
        let mut report = DeliveryReport::default();
        let mut groups = stream::iter(due)
            .map(|endpoint| self.deliver_to(market, endpoint, now))
            .buffer_unordered(ENDPOINTS_AT_ONCE);
        let mut failure = None;
        while let Some(outcome) = groups.next().await {
            match outcome {
                Ok(part) => report.add(part),
                // The others are served nevertheless.
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(report), Err)
    }

    async fn deliver_to(
        &self,
        market: &Market,
        endpoint: Ulid,
        now: Timestamp,
    ) -> Result<DeliveryReport, WebhooksError> {
        let owner = self.owner(market);
        let mut tx = market.db().begin().await?;
        let Some(endpoint) = records::endpoint_by_id(&mut tx, endpoint).await? else {
            return Ok(DeliveryReport::default());
        };
        let until = later(now, LEASE);
        let leased =
            deliveries::lease(&mut tx, endpoint.id, &owner, until, micros(now), DELIVERIES_PER_CALL).await?;
        tx.commit().await?;
        let ids: Vec<Ulid> = leased.iter().map(|leased| leased.message_id).collect();
        let messages: HashMap<Ulid, StoredMessage> = messages::by_ids(market.db(), &ids)
            .await?
            .into_iter()
            .map(|message| (message.id, message))
            .collect();
        let round = Round {
            url: secrets::open_url(market, &endpoint)?,
            started: Instant::now(),
            market,
            endpoint: &endpoint,
            owner: &owner,
            now,
        };
        let mut report = DeliveryReport::default();
        let mut tries = stream::iter(leased)
            .map(|leased| {
                let message = messages.get(&leased.message_id);
                self.deliver_one(&round, leased, message)
            })
            .buffer_unordered(DELIVERIES_AT_ONCE);
        let mut failure = None;
        while let Some(outcome) = tries.next().await {
            match outcome {
                Ok(part) => report.add(part),
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(report), Err)
    }

    async fn deliver_one(
        &self,
        round: &Round<'_>,
        leased: Leased,
        message: Option<&StoredMessage>,
    ) -> Result<DeliveryReport, WebhooksError> {
        let payload = match message {
            // The key is asked for at the last moment: what is about a person erased since is not sent.
            Some(message) => {
                let persons: Vec<PersonId> = message.person.into_iter().collect();
                let keys = round.market.person_keys(&persons).await?;
                open_payload(round.market, &keys, message)?
            }
            None => None,
        };
        let Some(payload) = payload else {
            let mut tx = round.market.db().begin().await?;
            deliveries::drop_one(&mut tx, leased.id, PERSON_ERASED, round.at()).await?;
            tx.commit().await?;
            return Ok(DeliveryReport { dropped: 1, ..DeliveryReport::default() });
        };
        let sent_at = round.at();
        let began = Instant::now();
        let outcome = self.send(round, leased.message_id, &payload, sent_at).await?;
        let duration_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        round.note(&leased, outcome, sent_at, duration_ms).await
    }

    async fn send(
        &self,
        round: &Round<'_>,
        message: Ulid,
        payload: &[u8],
        sent_at: Timestamp,
    ) -> Result<Outcome, WebhooksError> {
        let secrets = secrets::signing(round.market, round.endpoint, sent_at)?;
        let secrets: Vec<_> = secrets.iter().collect();
        let headers = standard_webhooks::sign(&secrets, &message.to_string(), sent_at, payload)?;
        let request = Request::post(&round.url, "application/json", payload.to_vec())
            .and_then(|request| request.header("webhook-id", &headers.id))
            .and_then(|request| request.header("webhook-timestamp", &headers.timestamp))
            .and_then(|request| request.header("webhook-signature", &headers.signature))
            .map_err(|_| WebhooksError::Stored("address"))?;
        // What a receiver answers is nobody's business but its status; its failures are its own, also where several
        // markets send to the same host.
        let limits = Limits { headers: ANSWER_MAX, total: 2 * ANSWER_MAX, body: Body::Ignore };
        let lane = format!("{}/{}", round.market.id(), round.endpoint.id);
        Ok(match self.client.send(&request.limits(limits).lane(lane)).await {
            Ok(answer) if answer.status.is_success() => Outcome::Arrived(answer.status.as_u16()),
            Ok(answer) if answer.status.as_u16() == 410 => Outcome::Gone,
            Ok(answer) => Outcome::Missed {
                status: Some(answer.status.as_u16()),
                error: None,
                asked: retry_after(&answer.headers),
            },
            Err(ConnectError::Paused { retry_after, .. } | ConnectError::BreakerOpen { retry_after, .. }) => {
                Outcome::Held(retry_after)
            }
            Err(error) => Outcome::Missed { status: None, error: Some(error.kind()), asked: None },
        })
    }
}

/// One call's deliveries to one endpoint.
struct Round<'r> {
    market: &'r Market,
    endpoint: &'r StoredEndpoint,
    url: String,
    owner: &'r str,
    now: Timestamp,
    started: Instant,
}

impl Round<'_> {
    /// The instant: the one given to the call and what has passed since.
    fn at(&self) -> Timestamp {
        later(self.now, self.started.elapsed())
    }

    async fn note(
        &self,
        leased: &Leased,
        outcome: Outcome,
        sent_at: Timestamp,
        duration_ms: u32,
    ) -> Result<DeliveryReport, WebhooksError> {
        let (market, owner) = (self.market, self.owner);
        let chance = market.chance().number() as u64;
        let made = leased.attempts + 1;
        let mut report = DeliveryReport::default();
        let at = self.at();
        let mut tx = market.db().begin().await?;
        let (state, run_at, reason, status, error) = match outcome {
            Outcome::Held(wait) => {
                report.held += 1;
                deliveries::put_back(&mut tx, leased.id, owner, later(at, wait)).await?;
                tx.commit().await?;
                return Ok(report);
            }
            Outcome::Arrived(status) => (DeliveryState::Delivered, at, None, Some(status), None),
            Outcome::Gone => {
                (DeliveryState::Failed, at, Some("the receiver is gone for good"), Some(410), None)
            }
            Outcome::Missed { status, error, asked } => match schedule::wait_after(made, asked, chance) {
                Some(wait) => (DeliveryState::Waiting, later(at, wait), None, status, error),
                None => (DeliveryState::Failed, at, Some("every attempt failed"), status, error),
            },
        };
        if !deliveries::attempted(&mut tx, leased.id, owner, state, run_at, reason, at).await? {
            // Ended, or leased by somebody else meanwhile: what they note counts.
            tx.rollback().await?;
            return Ok(report);
        }
        let error = error.map(str::to_owned);
        let attempt = Attempt { number: made, at: sent_at, duration_ms, status, error };
        deliveries::add_attempt(&mut tx, leased.id, &attempt).await?;
        match state {
            DeliveryState::Delivered => report.delivered += 1,
            DeliveryState::Waiting => report.again += 1,
            _ => report.failed += 1,
        }
        if state == DeliveryState::Delivered {
            records::endpoint_works(&mut tx, self.endpoint.id).await?;
        } else {
            let since = records::endpoint_fails(&mut tx, self.endpoint.id, at).await?;
            let for_long = since.is_some_and(|since| {
                at.duration_since(since)
                    >= SignedDuration::try_from(FAILING_MAX).unwrap_or(SignedDuration::MAX)
            });
            let reason = match status {
                Some(410) => Some(DisabledReason::Gone),
                _ if for_long => Some(DisabledReason::Failing),
                _ => None,
            };
            if let Some(reason) = reason {
                let moment = Moment { now: at, actor: Actor::new("webhooks"), entropy: 0 };
                if disable(&mut tx, self.endpoint, reason, &moment).await? {
                    report.disabled.push((self.endpoint.id, reason));
                }
            }
        }
        tx.commit().await?;
        for (endpoint, reason) in &report.disabled {
            tracing::warn!(market = %market.id(), %endpoint, reason = reason.id(), "a webhook endpoint was disabled");
        }
        Ok(report)
    }
}
