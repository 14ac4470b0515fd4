use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use webhooks::ReplayRange;

use super::{CHANGED, OfWebhook, shape};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Which messages are sent again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookReplay {
    /// Told at or after this instant.
    from: Timestamp,
    /// Told before this instant.
    until: Timestamp,
    /// Only those that have neither arrived nor are on their way.
    #[serde(default)]
    missing_only: bool,
}

/// Send the messages of a time range to a webhook endpoint again.
///
/// Those whose topic it asks for, at most 10 000, each with the identifier that it had.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/webhooks/{webhook}/replay",
    tag = "webhooks",
    operation_id = "webhook_replay",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
    ),
    request_body = WebhookReplay,
    responses((status = 202, description = "They are on their way.", body = shape::Sent), Changing)
)]
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Sent(wanted): Sent<WebhookReplay>,
) -> Result<(StatusCode, Json<shape::Sent>), Problem> {
    let range = ReplayRange { from: wanted.from, until: wanted.until, missing_only: wanted.missing_only };
    let messages = state.hub().webhooks.replay_range(&here.market, path.webhook, range, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok((StatusCode::ACCEPTED, Json(shape::Sent { messages })))
}
