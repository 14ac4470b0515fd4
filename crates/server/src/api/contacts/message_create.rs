use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use contacts::NewMessage;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, OfContact, shape::Message, sight};
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

/// A message that was sent or received.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageDraft {
    /// `in`: from the contact, `out`: to the contact.
    #[schema(max_length = 10, example = "in")]
    direction: String,
    /// `email`, `sms`, `call`, `letter` or `visit`.
    #[schema(max_length = 10, example = "email")]
    channel: String,
    /// What.
    #[schema(min_length = 1, max_length = 50000)]
    body: String,
    /// When; now when left out, and never later.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// Keep a message from or to a contact. Nothing is sent.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/contacts/{contact}/messages",
    tag = "contacts",
    operation_id = "contact_message_create",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    request_body = MessageDraft,
    responses((status = 201, description = "The message.", body = Message), Changing)
)]
pub async fn create(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Sent(draft): Sent<MessageDraft>,
) -> Result<impl IntoResponse, Problem> {
    let mut problem = Problem::invalid("The message cannot be kept like this.");
    let direction = draft.direction.parse();
    let channel = draft.channel.parse();
    for (field, error) in [("direction", direction.as_ref().err()), ("channel", channel.as_ref().err())] {
        if let Some(known) = error {
            let known: &String = known;
            problem = problem.with_error(field, format!("is {known}"));
        }
    }
    let (Ok(direction), Ok(channel)) = (direction, channel) else { return Err(problem) };
    let new = NewMessage { direction, channel, body: draft.body, at: draft.at };
    let message = state.contacts().add_message(&here.market, sight(&here), path.id(), &new, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok((StatusCode::CREATED, Extension(About(path.id())), Json(Message::from(message))))
}
