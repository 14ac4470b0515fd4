use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::{CHANGED, OfMessage, shape};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Send one message to a webhook endpoint again.
///
/// With the identifier that it had, whatever became of it before. Refused (409) when the person it was about was erased.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/webhooks/{webhook}/messages/{message}/replay",
    tag = "webhooks",
    operation_id = "webhook_replay_message",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
        ("message" = inline(Id), Path, description = "The message: `webhook-id`."),
    ),
    responses((status = 202, description = "It is on its way.", body = shape::Sent), Changing)
)]
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfMessage>,
) -> Result<(StatusCode, Json<shape::Sent>), Problem> {
    state.hub().webhooks.replay(&here.market, path.webhook, path.message, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok((StatusCode::ACCEPTED, Json(shape::Sent { messages: 1 })))
}
