use axum::{
    extract::{Query, State},
    response::Response,
};
use gohighlevel::out::{WriteState, WritesQuery};
use kernel::Ulid;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shape::Writes;
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

/// Writes in one answer at most.
const PAGE_MAX: u32 = 200;

/// Where writes stand.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GoHighLevelWriteState {
    /// It waits for its time, or is being done.
    Waiting,
    /// It is done.
    Done,
    /// The tries are used up, or it cannot succeed: a person decides.
    Dead,
    /// The gate did not let it out.
    Refused,
    /// Nobody wants it any more.
    Dropped,
}

impl From<GoHighLevelWriteState> for WriteState {
    fn from(state: GoHighLevelWriteState) -> Self {
        match state {
            GoHighLevelWriteState::Waiting => Self::Waiting,
            GoHighLevelWriteState::Done => Self::Done,
            GoHighLevelWriteState::Dead => Self::Dead,
            GoHighLevelWriteState::Refused => Self::Refused,
            GoHighLevelWriteState::Dropped => Self::Dropped,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those that stand there.
    #[param(inline)]
    state: Option<GoHighLevelWriteState>,
    /// Only those of this contact.
    #[param(inline, value_type = Option<Id>)]
    contact: Option<Ulid>,
}

/// What is written to GoHighLevel, the newest first, without what it says. At most 200 per answer.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/writes",
    tag = "gohighlevel",
    operation_id = "gohighlevel_writes",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "A page of writes.", body = Writes), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<Ulid>,
) -> Result<Response, Problem> {
    let query = WritesQuery {
        state: asked.state.map(Into::into),
        contact: asked.contact.map(Into::into),
        before: paging.after,
        limit: u32::try_from(paging.limit).unwrap_or(u32::MAX).min(PAGE_MAX),
    };
    let page = state.hub().gohighlevel.writes(&here.market, &query).await?;
    let next = page.next;
    Ok(paging.page(next.as_ref(), |next_cursor| Writes::of(page, next_cursor)))
}
