//! The files of a proposition.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use growth::proposition::{Format, Proposition, render};
use kernel::Ulid;

use super::{Hub, draft};
use crate::{
    problem::{Kind, Problem},
    viewer::Viewer,
};

/// `GET /growth/propositions/{id}/export/{format}`, of `?version=` or the latest.
pub async fn kept(
    viewer: Viewer,
    State(state): Hub,
    Path((id, format)): Path<(Ulid, String)>,
) -> Result<Response, Problem> {
    let format = known(&format)?;
    let kept = state.growth().proposition(id, version(&viewer)?).await?;
    file(kept.content, format).await
}

/// `GET /growth/propositions/new/export/{format}?client=ID`
pub async fn preview(
    viewer: Viewer,
    State(state): Hub,
    Path(format): Path<String>,
) -> Result<Response, Problem> {
    let format = known(&format)?;
    let content = state.growth().preview_proposition(&draft::client(&viewer)?).await?;
    file(content, format).await
}

/// The version that the address names.
///
/// # Errors
/// When it is no number.
pub fn version(viewer: &Viewer) -> Result<Option<u32>, Problem> {
    let version = viewer.address.get("version").map(|text| text.parse::<u32>().ok().filter(|one| *one > 0));
    match version {
        None => Ok(None),
        Some(Some(version)) => Ok(Some(version)),
        Some(None) => Err(Problem::not_found("There is no such version.")),
    }
}

fn known(format: &str) -> Result<Format, Problem> {
    Format::from_id(format).ok_or_else(|| {
        let formats: Vec<&str> = Format::ALL.iter().map(|one| one.id()).collect();
        Problem::not_found(format!("There is no format `{format}`: use one of {}.", formats.join(", ")))
    })
}

/// The file, to be saved: HTML of a letter is never shown as a page of the hub. Setting a PDF takes a processor
/// for a moment, so it happens away from the threads that answer requests.
pub async fn file(content: Proposition, format: Format) -> Result<Response, Problem> {
    let rendered = tokio::task::spawn_blocking(move || render(&content, format)).await;
    let rendered = rendered
        .map_err(|_| Problem::new(Kind::Unavailable, "Writing the file was interrupted: try again."))?
        .map_err(|error| Problem::internal(&error))?;
    let mut response = ([(header::CONTENT_TYPE, rendered.media_type)], rendered.bytes).into_response();
    // The name is made of ASCII letters, digits, `-`, `_` and `.` only.
    let disposition = format!("attachment; filename=\"{}\"", rendered.file_name);
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
