use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use utoipa::ToSchema;
use webhooks::{EndpointEdit, Topics};

use super::{CHANGED, OfWebhook, shape::Webhook};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// The version that the change was made from.
    #[schema(minimum = 1)]
    version: u32,
    /// The address: https and public.
    #[schema(max_length = 2000)]
    url: Option<String>,
    /// What it is for, on one line.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// What it wants to hear; an empty list is everything.
    #[schema(max_items = 32)]
    topics: Option<Vec<String>>,
    /// Whether messages go there. What waited while it was disabled goes out when it is enabled.
    enabled: Option<bool>,
}

/// Change a webhook endpoint.
///
/// Refused (409) when somebody else changed it since `version`.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/webhooks/{webhook}",
    tag = "webhooks",
    operation_id = "webhook_edit",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
    ),
    request_body = WebhookChange,
    responses((status = 200, description = "The endpoint.", body = Webhook), Changing)
)]
pub async fn edit(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Sent(change): Sent<WebhookChange>,
) -> Result<Json<Webhook>, Problem> {
    let topics = change.topics.map(Topics::new).transpose().map_err(webhooks::WebhooksError::from)?;
    let edit =
        EndpointEdit { url: change.url, description: change.description, topics, enabled: change.enabled };
    let webhooks = &state.hub().webhooks;
    let endpoint = webhooks.update(&here.market, path.webhook, change.version, edit, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(Json(Webhook::of(&endpoint, &here)))
}
