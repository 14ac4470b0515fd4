use std::cmp::Reverse;

use axum::{
    extract::{Path, State},
    response::Response,
};
use jiff::Timestamp;
use leads::timeline::Entry;

use super::{
    OfLead,
    shape::{Timeline, TimelineEntry},
};
use crate::{
    api::{contacts::sight, input::Id, refusals::Asking},
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

/// Where an entry stands: when we learned of it, and which it is.
type Place = (Timestamp, String, Timestamp);

fn place(entry: &Entry) -> Place {
    (entry.known_at, entry.id.clone(), entry.revised_at)
}

/// What happened to a lead as we were told it, what we learned last first.
///
/// Corrections and deletions are entries of their own with the identifier of what they correct.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads/{lead}/events",
    tag = "leads",
    operation_id = "lead_events",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
        PagingParams,
    ),
    responses((status = 200, description = "A page of its timeline.", body = Timeline), Asking)
)]
pub async fn timeline(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
    paging: Paging<Place>,
) -> Result<Response, Problem> {
    // Who is not in sight has no timeline either.
    state.contacts().get(&here.market, sight(&here), path.id()).await?;
    let told = state.hub().leads.timeline(&here.market, path.id()).await?;
    let mut entries: Vec<Entry> = told.entries().collect();
    entries.sort_by_key(|entry| Reverse(place(entry)));
    let start =
        paging.after.as_ref().map_or(0, |after| entries.partition_point(|entry| place(entry) >= *after));
    let page = entries.get(start..).unwrap_or_default();
    let page = page.get(..paging.limit.min(page.len())).unwrap_or_default();
    let next = page.last().filter(|_| start + page.len() < entries.len()).map(place);
    Ok(paging.page(next.as_ref(), |next_cursor| Timeline {
        events: page.iter().map(TimelineEntry::from).collect(),
        next_cursor,
    }))
}
