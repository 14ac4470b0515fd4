use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use webhooks::{DELIVERIES_PAGE_MAX, DeliveryState};

use super::{OfWebhook, shape::Deliveries};
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

/// Where deliveries stand.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// To be tried, for the first time or again.
    Waiting,
    /// The receiver answered 2xx.
    Delivered,
    /// Every attempt failed.
    Failed,
    /// The person was erased.
    Dropped,
}

impl From<Standing> for DeliveryState {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Waiting => Self::Waiting,
            Standing::Delivered => Self::Delivered,
            Standing::Failed => Self::Failed,
            Standing::Dropped => Self::Dropped,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those that stand there.
    #[param(inline)]
    state: Option<Standing>,
}

/// What was sent to a webhook endpoint, the newest first.
///
/// At most 200 per answer.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/webhooks/{webhook}/deliveries",
    tag = "webhooks",
    operation_id = "webhook_deliveries",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("webhook" = inline(Id), Path, description = "The endpoint."),
        Asked,
        PagingParams,
    ),
    responses((status = 200, description = "A page of deliveries.", body = Deliveries), Asking)
)]
pub async fn deliveries(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Query(asked): Query<Asked>,
    paging: Paging<u64>,
) -> Result<Response, Problem> {
    let limit = u32::try_from(paging.limit).unwrap_or(u32::MAX).min(DELIVERIES_PAGE_MAX);
    let standing = asked.state.map(Into::into);
    let webhooks = &state.hub().webhooks;
    let found = webhooks.deliveries(&here.market, path.webhook, standing, paging.after, limit).await?;
    let next = found.last().filter(|_| found.len() == limit as usize).map(|last| last.seq);
    Ok(paging.page(next.as_ref(), |next_cursor| Deliveries {
        deliveries: found.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
