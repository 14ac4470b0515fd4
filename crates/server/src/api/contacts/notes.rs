use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{OfContact, shape::Note, sight};
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
    viewer::InMarket,
};

/// Most notes of one contact that are looked through.
const NOTES_MAX: usize = 10_000;

/// The notes about a contact, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/contacts/{contact}/notes",
    tag = "contacts",
    operation_id = "contact_notes",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
        PagingParams,
    ),
    responses((status = 200, description = "The notes.", body = Vec<Note>), Asking)
)]
pub async fn notes(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let notes = state.contacts().notes(&here.market, sight(&here), path.id(), NOTES_MAX).await?;
    Ok(paging.list(&notes, |note| note.id, |note| Note::from(note.clone())))
}
