use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;
use webhooks::{NewEndpoint, Topics};

use super::{
    CHANGED,
    shape::{MadeWebhook, once},
};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// An endpoint to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookDraft {
    /// The address: https and public.
    #[schema(max_length = 2000, example = "https://crm.example.com/hooks/enterprisehub")]
    url: String,
    /// What it is for, on one line.
    #[serde(default)]
    #[schema(max_length = 200)]
    description: String,
    /// What it wants to hear: `contact.created`, `contact.*`; everything when left out.
    #[serde(default)]
    #[schema(max_items = 32)]
    topics: Vec<String>,
}

/// Add a webhook endpoint.
///
/// The answer holds the secret that the receiver verifies signatures with (Standard Webhooks 1.0), for the only time.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/webhooks",
    tag = "webhooks",
    operation_id = "webhook_create",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = WebhookDraft,
    responses((status = 201, description = "The endpoint with its secret.", body = MadeWebhook), Changing)
)]
pub async fn create(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(draft): Sent<WebhookDraft>,
) -> Result<Response, Problem> {
    let topics = Topics::new(&draft.topics).map_err(webhooks::WebhooksError::from)?;
    let new = NewEndpoint { url: draft.url, description: draft.description, topics };
    let made = state.hub().webhooks.create(&here.market, new, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let place = format!("/api/v1/markets/{}/webhooks/{}", here.market.name(), made.endpoint.id);
    let mut response = once(StatusCode::CREATED, &made, &here);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
