use axum::{extract::State, response::Response};
use gohighlevel::LETTERS_PAGE_MAX;
use kernel::Ulid;

use super::shape::DeadLetters;
use crate::{
    api::refusals::Asking,
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

/// Events of GoHighLevel that were given up, the latest first.
///
/// Each was tried several times. What it said is sealed and not shown; it can be brought back when the reason is gone. At
/// most 200 per answer.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/dead-letters",
    tag = "gohighlevel",
    operation_id = "gohighlevel_dead_letters",
    params(("market" = String, Path, description = "The market's name."), PagingParams),
    responses((status = 200, description = "A page of them.", body = DeadLetters), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    paging: Paging<Ulid>,
) -> Result<Response, Problem> {
    let limit = u32::try_from(paging.limit).unwrap_or(u32::MAX).min(LETTERS_PAGE_MAX);
    let found = state.hub().gohighlevel.dead_letters(&here.market, paging.after, limit).await?;
    let next = found.last().filter(|_| found.len() == limit as usize).map(|last| last.id);
    Ok(paging.page(next.as_ref(), |next_cursor| DeadLetters {
        letters: found.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
