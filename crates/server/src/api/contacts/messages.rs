use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{OfContact, shape::Message, sight};
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
    viewer::InMarket,
};

/// Most messages of one contact that are looked through.
const MESSAGES_MAX: usize = 10_000;

/// The messages from and to a contact, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/contacts/{contact}/messages",
    tag = "contacts",
    operation_id = "contact_messages",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
        PagingParams,
    ),
    responses((status = 200, description = "The messages.", body = Vec<Message>), Asking)
)]
pub async fn messages(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let messages = state.contacts().messages(&here.market, sight(&here), path.id(), MESSAGES_MAX).await?;
    Ok(paging.list(&messages, |message| message.id, |message| Message::from(message.clone())))
}
