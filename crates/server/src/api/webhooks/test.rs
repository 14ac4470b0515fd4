use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::{CHANGED, OfWebhook, shape};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Send a message `webhook.test` to a webhook endpoint.
///
/// It goes out like any other message, whatever topics the endpoint asks for; the log shows what came of it.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/webhooks/{webhook}/test",
    tag = "webhooks",
    operation_id = "webhook_test",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
    ),
    responses((status = 202, description = "It is on its way.", body = shape::Sent), Changing)
)]
pub async fn test(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
) -> Result<(StatusCode, Json<shape::Sent>), Problem> {
    state.hub().webhooks.test(&here.market, path.webhook, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok((StatusCode::ACCEPTED, Json(shape::Sent { messages: 1 })))
}
