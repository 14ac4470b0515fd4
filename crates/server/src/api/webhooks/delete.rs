use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{CHANGED, OfWebhook};
use crate::{
    api::{input::Id, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Remove a webhook endpoint with its log.
///
/// What was on its way there is not sent any more.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/webhooks/{webhook}",
    tag = "webhooks",
    operation_id = "webhook_delete",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
    ),
    responses((status = 204, description = "It is gone."), Changing)
)]
pub async fn delete(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
) -> Result<StatusCode, Problem> {
    state.hub().webhooks.delete(&here.market, path.webhook, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
