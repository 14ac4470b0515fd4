use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    CHANGED, OfWebhook,
    shape::{MadeWebhook, once},
};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Which version of the endpoint gets a new secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookVersion {
    /// The version that was seen.
    #[schema(minimum = 1)]
    version: u32,
}

/// Give a webhook endpoint a new secret.
///
/// The answer holds it, for the only time. For 24 hours messages are signed with the former one as well.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/webhooks/{webhook}/secret",
    tag = "webhooks",
    operation_id = "webhook_rotate",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
    ),
    request_body = WebhookVersion,
    responses((status = 200, description = "The endpoint with its new secret.", body = MadeWebhook), Changing)
)]
pub async fn rotate(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Sent(seen): Sent<WebhookVersion>,
) -> Result<Response, Problem> {
    let made = state.hub().webhooks.rotate(&here.market, path.webhook, seen.version, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(once(StatusCode::OK, &made, &here))
}
