use axum::{
    Json,
    extract::{Path, State},
};

use super::{OfWebhook, shape::Webhook};
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// One webhook endpoint.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/webhooks/{webhook}",
    tag = "webhooks",
    operation_id = "webhook",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
    ),
    responses((status = 200, description = "The endpoint.", body = Webhook), Asking)
)]
pub async fn show(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
) -> Result<Json<Webhook>, Problem> {
    let endpoint = state.hub().webhooks.endpoint(&here.market, path.webhook).await?;
    Ok(Json(Webhook::of(&endpoint, &here)))
}
