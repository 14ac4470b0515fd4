//! What the endpoints of webhooks send.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;
use webhooks::{Endpoint, EndpointState, MadeEndpoint};

use crate::{access::MarketRoles, idempotency::Unkept, viewer::InMarket};

/// Where messages go.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct Webhook {
    /// Which one, within the market.
    #[schema(value_type = String)]
    id: Ulid,
    /// The whole address; for those who may manage webhooks.
    url: Option<String>,
    /// The host of the address.
    host: String,
    /// What it is for.
    description: String,
    /// What it wants to hear: `contact.created`, `contact.*`; empty for everything.
    topics: Vec<String>,
    /// Counts its changes, from 1. A change names the version it was made from.
    #[schema(minimum = 1)]
    version: u32,
    /// `enabled`, `failing` (nothing has arrived since `state_since`) or `disabled`.
    state: &'static str,
    /// Since when it is failing or disabled.
    state_since: Option<Timestamp>,
    /// Why it is disabled: `person`, `failing` (nothing arrived for five days) or `gone` (the receiver answered 410).
    disabled_reason: Option<&'static str>,
    /// Whether it has a secret; none after an import from another hub.
    has_secret: bool,
    /// Until when messages are signed with the former secret as well.
    former_secret_until: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// When somebody last changed it.
    updated_at: Timestamp,
}

impl Webhook {
    /// As `here` may see it.
    pub fn of(endpoint: &Endpoint, here: &InMarket) -> Self {
        let (state, state_since, disabled_reason) = match endpoint.state {
            EndpointState::Enabled => ("enabled", None, None),
            EndpointState::Failing { since } => ("failing", Some(since), None),
            EndpointState::Disabled { at, reason } => ("disabled", Some(at), Some(reason.id())),
        };
        Self {
            id: endpoint.id,
            url: here.may(MarketRoles::MANAGE_WEBHOOKS).then(|| endpoint.url.clone()),
            host: endpoint.host.clone(),
            description: endpoint.description.clone(),
            topics: endpoint.topics.patterns().to_vec(),
            version: endpoint.version,
            state,
            state_since,
            disabled_reason,
            has_secret: endpoint.has_secret,
            former_secret_until: endpoint.former_secret_until,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

/// An endpoint with its new secret, for the only time.
#[derive(Serialize, ToSchema)]
pub struct MadeWebhook {
    /// The endpoint.
    webhook: Webhook,
    /// The secret that the receiver verifies with, by Standard Webhooks.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
}

/// An answer with a secret in it: for this request and for no repetition of it.
pub fn once(status: StatusCode, made: &MadeEndpoint, here: &InMarket) -> Response {
    let body =
        MadeWebhook { webhook: Webhook::of(&made.endpoint, here), secret: made.secret.expose().to_string() };
    let mut response = (status, Json(body)).into_response();
    response.extensions_mut().insert(Unkept);
    response
}

/// One message on its way to one endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct Delivery {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// The message: the header `webhook-id` as the receiver sees it.
    #[schema(value_type = String)]
    message: Ulid,
    /// What happened.
    topic: String,
    /// `event`, `replay` or `test`.
    cause: &'static str,
    /// `waiting`, `delivered`, `failed` or `dropped` (the person was erased).
    state: &'static str,
    /// Why it ended, if not by success.
    reason: Option<String>,
    /// When it was made.
    created_at: Timestamp,
    /// When it is tried next.
    next_at: Option<Timestamp>,
    /// What was tried, the first first.
    attempts: Vec<Attempt>,
}

/// One try.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub struct Attempt {
    /// From 1.
    #[schema(minimum = 1)]
    number: u32,
    /// When.
    at: Timestamp,
    /// How long it took.
    duration_ms: u32,
    /// The status of the answer, if there was one. Nothing else of it is kept.
    status: Option<u16>,
    /// Why there was none: `name`, `connect`, `tls`, `timeout`, `protocol`, `too-large` or `refused`.
    error: Option<String>,
}

impl From<webhooks::Delivery> for Delivery {
    fn from(delivery: webhooks::Delivery) -> Self {
        Self {
            id: delivery.id,
            message: delivery.message_id,
            topic: delivery.topic,
            cause: delivery.cause.id(),
            state: delivery.state.id(),
            reason: delivery.reason,
            created_at: delivery.created_at,
            next_at: delivery.next_at,
            attempts: delivery
                .attempts
                .into_iter()
                .map(|attempt| Attempt {
                    number: attempt.number,
                    at: attempt.at,
                    duration_ms: attempt.duration_ms,
                    status: attempt.status,
                    error: attempt.error,
                })
                .collect(),
        }
    }
}

/// Some deliveries, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveries)]
pub struct Deliveries {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Where to go on; nothing at the end.
    pub next_cursor: Option<String>,
}

/// What was set on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSent)]
pub struct Sent {
    /// How many messages.
    pub messages: u32,
}
