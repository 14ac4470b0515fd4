use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, OfContact, shape::Note, sight};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    idempotency::About,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Something to write down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteDraft {
    /// What.
    #[schema(min_length = 1, max_length = 10000)]
    body: String,
}

/// Write a note about a contact.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/contacts/{contact}/notes",
    tag = "contacts",
    operation_id = "contact_note_create",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    request_body = NoteDraft,
    responses((status = 201, description = "The note.", body = Note), Changing)
)]
pub async fn create(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Sent(draft): Sent<NoteDraft>,
) -> Result<impl IntoResponse, Problem> {
    let note = state.contacts().add_note(&here.market, sight(&here), path.id(), &draft.body, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok((StatusCode::CREATED, Extension(About(path.id())), Json(Note::from(note))))
}
