use axum::{
    Json,
    extract::{Path, State},
};
use jiff::{SignedDuration, Timestamp};
use leads::timeline::{Entry, Happening};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CHANGED, OfLead, shape::Happened};
use crate::{
    api::{
        contacts::sight,
        input::{Id, Sent, at_most, objects},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Most events of one request.
const EVENTS_MAX: usize = 500;
/// Longest identifier of an event, in letters.
const ID_LETTERS_MAX: usize = 200;
/// How far another clock may be ahead of ours.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What happened to a lead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadEvents {
    /// The events, in any order.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 500)]
    events: Vec<LeadEvent>,
}

/// One thing that happened, or that never did.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadEvent {
    /// Names it within the lead, whatever is told of it later: the same event again is there once.
    #[schema(min_length = 1, max_length = 200, example = "view-8841")]
    id: String,
    /// When it happened.
    at: Timestamp,
    /// When the source wrote this version; now when left out. Of several versions the one written last counts.
    revised_at: Option<Timestamp>,
    /// What happened; left out: the source deleted it.
    what: Option<Happened>,
}

/// What became of events.
#[derive(Serialize, ToSchema)]
pub struct LeadEventsTold {
    /// How many were news.
    new: u64,
}

/// Tell what happened to a lead.
///
/// Page and listing views, searches, messages and calls, appointments, stages, answers. The lead is scored again within
/// a moment. What was told before is there once, so that this can be repeated.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/events",
    tag = "leads",
    operation_id = "lead_events_tell",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadEvents,
    responses((status = 202, description = "They are kept.", body = LeadEventsTold), Changing)
)]
pub async fn tell(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
    Sent(told): Sent<LeadEvents>,
) -> Result<(axum::http::StatusCode, Json<LeadEventsTold>), Problem> {
    state.contacts().get(&here.market, sight(&here), path.id()).await?;
    if told.events.is_empty() || told.events.len() > EVENTS_MAX {
        let text = format!("are 1 to {EVENTS_MAX}");
        return Err(Problem::invalid(format!("Events of one request {text}.")).with_pointer("/events", text));
    }
    let latest = at.now.checked_add(AHEAD_MAX).unwrap_or(at.now);
    let mut entries = Vec::with_capacity(told.events.len());
    for (index, event) in told.events.into_iter().enumerate() {
        let wrong = |member: &str, message: &str| {
            Problem::invalid(format!("Event {index} cannot be taken: `{member}` {message}."))
                .with_pointer(&format!("/events/{index}/{member}"), message)
        };
        at_most(ID_LETTERS_MAX, &[("id", Some(&event.id))])?;
        if event.id.trim().is_empty() {
            return Err(wrong("id", "is empty"));
        }
        if event.at > latest {
            return Err(wrong("at", "is in the future"));
        }
        if event.revised_at.is_some_and(|revised| revised > latest) {
            return Err(wrong("revised_at", "is in the future"));
        }
        entries.push(Entry {
            id: event.id,
            revised_at: event.revised_at.unwrap_or(at.now),
            known_at: at.now,
            happening: event.what.map(|what| Happening { at: event.at, what: what.into() }),
        });
    }
    let new = state.hub().leads.tell(&here.market, path.id(), entries, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok((axum::http::StatusCode::ACCEPTED, Json(LeadEventsTold { new })))
}
