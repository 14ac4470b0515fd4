//! Changes on the page of one contact: each is a form of its own and leads back there.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use contacts::{Contact, ContactEdit, ContactsError, NewMessage};
use kernel::Ulid;
use serde::Deserialize;

use super::place;
use crate::{
    api::contacts::{CHANGED, OfContact, assignee, sight},
    app::AppState,
    design::{Address, Tone},
    flash,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Back to the contact, with what became of the change.
fn back<T>(
    state: &AppState,
    here: &InMarket,
    path: &OfContact,
    result: Result<T, ContactsError>,
    done: &str,
) -> Result<Response, Problem> {
    let address = Address::at(place(here, path.id()));
    match result {
        Ok(_) => {
            state.tell(here.market.id(), CHANGED);
            Ok(flash::redirect(&address, Tone::Good, done))
        }
        Err(ContactsError::Stale { .. }) => Ok(flash::redirect(
            &address,
            Tone::Warn,
            "Somebody else changed the contact first. Look, and try again.",
        )),
        Err(ContactsError::Rejected(refused)) => {
            let text = refused.first().map(|refused| refused.message.clone()).unwrap_or_default();
            Ok(flash::redirect(&address, Tone::Bad, &format!("Nothing was kept: {text}.")))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub struct NewPlace {
    version: u64,
    #[serde(default)]
    place: String,
}

/// `POST /m/{market}/contacts/{contact}/stage`
pub async fn stage(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(sent): Form<NewPlace>,
) -> Result<Response, Problem> {
    let (pipeline, stage) = sent.place.split_once('.').unwrap_or(("", &sent.place));
    let edit = ContactEdit {
        pipeline: (!pipeline.is_empty()).then(|| pipeline.to_owned()),
        stage: Some(stage.to_owned()),
        ..ContactEdit::default()
    };
    let result: Result<Contact, _> =
        state.contacts().update(&here.market, sight(&here), path.id(), sent.version, &edit, &at).await;
    back(&state, &here, &path, result, "The contact was moved.")
}

#[derive(Deserialize)]
pub struct NewAssignee {
    version: u64,
    #[serde(default)]
    assignee: String,
}

/// `POST /m/{market}/contacts/{contact}/assign`
pub async fn assign(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(sent): Form<NewAssignee>,
) -> Result<Response, Problem> {
    let user = match sent.assignee.parse::<Ulid>() {
        Ok(user) => Some(assignee(&state, &here, user).await?),
        Err(_) => None,
    };
    let result =
        state.contacts().assign(&here.market, sight(&here), path.id(), sent.version, user, &at).await;
    let done =
        if user.is_some() { "The contact was assigned." } else { "Nobody looks after the contact now." };
    back(&state, &here, &path, result, done)
}

#[derive(Deserialize)]
pub struct NewNote {
    #[serde(default)]
    body: String,
}

/// `POST /m/{market}/contacts/{contact}/notes`
pub async fn note(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(sent): Form<NewNote>,
) -> Result<Response, Problem> {
    let body = sent.body.replace('\0', "\u{fffd}");
    let result = state.contacts().add_note(&here.market, sight(&here), path.id(), &body, &at).await;
    back(&state, &here, &path, result, "The note was kept.")
}

#[derive(Deserialize)]
pub struct Said {
    #[serde(default)]
    direction: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    message: String,
}

/// `POST /m/{market}/contacts/{contact}/messages`
pub async fn message(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(sent): Form<Said>,
) -> Result<Response, Problem> {
    let unknown = |field: &'static str| {
        move |known: String| {
            Problem::invalid("The message cannot be kept.").with_error(field, format!("is {known}"))
        }
    };
    let new = NewMessage {
        direction: sent.direction.parse().map_err(unknown("direction"))?,
        channel: sent.channel.parse().map_err(unknown("channel"))?,
        body: sent.message.replace('\0', "\u{fffd}"),
        at: None,
    };
    let result = state.contacts().add_message(&here.market, sight(&here), path.id(), &new, &at).await;
    back(&state, &here, &path, result, "The message was kept.")
}

#[derive(Deserialize)]
pub struct NewHold {
    version: u64,
    reason: Option<String>,
}

/// `POST /m/{market}/contacts/{contact}/hold`: with a reason it begins, without one it ends.
pub async fn hold(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(sent): Form<NewHold>,
) -> Result<Response, Problem> {
    let reason = sent.reason.as_deref();
    let result =
        state.contacts().hold(&here.market, sight(&here), path.id(), sent.version, reason, &at).await;
    let done = if reason.is_some() { "The contact is under a legal hold." } else { "The hold was lifted." };
    back(&state, &here, &path, result, done)
}
