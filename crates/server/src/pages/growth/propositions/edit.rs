//! Changing a proposition: every change is a version, and a version that was sent is not changed any more.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{
    GrowthError, Moment,
    proposition::{Proposition, SectionKey},
    proposition_record::PropositionVersion,
};
use kernel::Ulid;
use serde::Deserialize;

use super::{
    HOME, Hub,
    section_form::{self, Sent},
    show::{self, Editing},
};
use crate::{
    app::AppState,
    design::{Address, Errors, Tone},
    flash,
    problem::Problem,
    viewer::{At, Viewer},
};

/// Longest subject line or title, in characters.
const HEADING_CHARS_MAX: usize = 200;

type Pairs = Vec<(String, String)>;

fn at(id: Ulid) -> Address {
    Address::at(format!("{HOME}/{id}"))
}

/// The section that an address names.
fn known(key: &str) -> Result<SectionKey, Problem> {
    SectionKey::from_id(key).ok_or_else(|| Problem::not_found("There is no such section."))
}

/// The latest version, if it is the one that was on the screen.
async fn latest(
    state: &AppState,
    id: Ulid,
    version: &str,
) -> Result<Result<PropositionVersion, Errors>, Problem> {
    let kept = state.growth().proposition(id, None).await?;
    if version.trim() == kept.summary.version.to_string() {
        return Ok(Ok(kept));
    }
    let mut errors = Errors::default();
    errors.add(
        "title",
        format!(
            "Meanwhile version {} was written. Look at it, then make your change again.",
            kept.summary.version
        ),
    );
    Ok(Err(errors))
}

async fn keep(
    state: &AppState,
    id: Ulid,
    content: &Proposition,
    at: &Moment,
    target: &Address,
) -> Result<Response, Problem> {
    let kept = state.growth().edit_proposition(id, content, at).await?;
    Ok(flash::redirect(target, Tone::Good, &format!("Version {} is kept.", kept.summary.version)))
}

async fn again(
    mut viewer: Viewer,
    state: &AppState,
    id: Ulid,
    part: &str,
    errors: &Errors,
    sent: &Pairs,
) -> Result<Response, Problem> {
    viewer.address = self::at(id).with("edit", part);
    let page = show::page(&viewer, state, id, Editing { part: Some(part), errors, sent: Sent(sent) }).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /growth/propositions/{id}/sections/{key}`
pub async fn section(
    viewer: Viewer,
    At(moment): At,
    State(state): Hub,
    Path((id, key)): Path<(Ulid, String)>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Problem> {
    let section_key = known(&key)?;
    let kept = match latest(&state, id, Sent(&sent).get("version").unwrap_or_default()).await? {
        Ok(kept) => kept,
        Err(errors) => return again(viewer, &state, id, &key, &errors, &sent).await,
    };
    let mut content = kept.content;
    let place = content.sections.iter().position(|section| section.key == section_key);
    let place = place.ok_or_else(|| Problem::not_found("This version has no such section."))?;
    match section_form::read(&content.sections[place], &Sent(&sent)) {
        Ok(section) => content.sections[place] = section,
        Err(errors) => return again(viewer, &state, id, &key, &errors, &sent).await,
    }
    let target = Address::at(format!("{HOME}/{id}#{key}"));
    keep(&state, id, &content, &moment, &target).await
}

/// Which version was on the screen.
#[derive(Deserialize)]
pub struct Seen {
    #[serde(default)]
    version: String,
}

/// `POST /growth/propositions/{id}/sections/{key}/remove`
pub async fn remove(
    At(moment): At,
    State(state): Hub,
    Path((id, key)): Path<(Ulid, String)>,
    Form(seen): Form<Seen>,
) -> Result<Response, Problem> {
    let section_key = known(&key)?;
    let Ok(kept) = latest(&state, id, &seen.version).await? else { return Err(moved_on()) };
    let mut content = kept.content;
    content.sections.retain(|section| section.key != section_key);
    if content.sections.is_empty() {
        return Err(Problem::invalid("The last section stays: a proposition has to say something."));
    }
    keep(&state, id, &content, &moment, &at(id)).await
}

fn moved_on() -> Problem {
    Problem::conflict("A newer version was written meanwhile. Look at it, then decide again.")
}

/// `POST /growth/propositions/{id}/heading`: title and subject line.
pub async fn heading(
    viewer: Viewer,
    At(moment): At,
    State(state): Hub,
    Path(id): Path<Ulid>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Problem> {
    let kept = match latest(&state, id, Sent(&sent).get("version").unwrap_or_default()).await? {
        Ok(kept) => kept,
        Err(errors) => return again(viewer, &state, id, "heading", &errors, &sent).await,
    };
    let mut errors = Errors::default();
    let mut read = |name: &str, missing: &str| {
        let value = Sent(&sent).get(name).unwrap_or_default().to_owned();
        if value.is_empty() {
            errors.add(name, missing);
        } else if value.chars().count() > HEADING_CHARS_MAX || value.contains(['\r', '\n']) {
            errors.add(name, format!("One line of at most {HEADING_CHARS_MAX} characters."));
        }
        value
    };
    let title = read("title", "The proposition needs a title.");
    let subject = read("subject", "The letter needs a subject.");
    if !errors.is_empty() {
        return again(viewer, &state, id, "heading", &errors, &sent).await;
    }
    let content = Proposition { title, subject, ..kept.content };
    keep(&state, id, &content, &moment, &at(id)).await
}

/// `POST /growth/propositions/{id}/regenerate`
pub async fn regenerate(
    At(moment): At,
    State(state): Hub,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    let before = state.growth().proposition(id, None).await?.summary.version;
    let kept = state.growth().regenerate_proposition(id, &moment).await?;
    let text = if kept.summary.version == before {
        "The client base says nothing new: the text stays as it is.".to_owned()
    } else {
        format!("Version {} is written from the latest client base.", kept.summary.version)
    };
    Ok(flash::redirect(&at(id), Tone::Good, &text))
}

/// `POST /growth/propositions/{id}/restore`: an earlier version becomes the latest again.
pub async fn restore(
    At(moment): At,
    State(state): Hub,
    Path(id): Path<Ulid>,
    Form(seen): Form<Seen>,
) -> Result<Response, Problem> {
    let version = seen.version.trim().parse().map_err(|_| Problem::bad_request("Name a version."))?;
    let earlier = state.growth().proposition(id, Some(version)).await?;
    keep(&state, id, &earlier.content, &moment, &at(id)).await
}

/// To whom it went.
#[derive(Deserialize)]
pub struct Delivery {
    #[serde(default)]
    version: String,
    #[serde(default)]
    to: String,
}

/// `POST /growth/propositions/{id}/sent`
pub async fn sent(
    At(moment): At,
    State(state): Hub,
    Path(id): Path<Ulid>,
    Form(form): Form<Delivery>,
) -> Result<Response, Problem> {
    let Ok(kept) = latest(&state, id, &form.version).await? else { return Err(moved_on()) };
    if kept.summary.sent_version.is_some() {
        return Err(Problem::from(GrowthError::PropositionSent));
    }
    state.growth().mark_sent(id, Some(form.to.as_str()), &moment).await?;
    let text = format!("Version {} is marked as sent and stays as it is.", kept.summary.version);
    Ok(flash::redirect(&at(id), Tone::Good, &text))
}
