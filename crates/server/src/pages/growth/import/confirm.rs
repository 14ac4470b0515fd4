//! `POST /growth/import/{id}`: the upload becomes a snapshot.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{Growth, service::NewSnapshot};
use jiff::tz::TimeZone;
use kernel::Ulid;
use maud::html;

use super::{
    super::snapshots,
    HOME,
    choice::{Choice, look},
    preview::{gone, page},
};
use crate::{
    design::{Address, Tone, format},
    flash,
    problem::Problem,
    uploads::Uploads,
    viewer::{At, SignedIn, Viewer},
};

/// `POST /growth/import/{id}`
pub async fn confirm(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(growth): State<Growth>,
    State(uploads): State<Uploads>,
    Path(id): Path<Ulid>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let user = signed_in.user().id;
    let upload = uploads.get(id, user, viewer.now).ok_or_else(gone)?;
    let today = viewer.now.to_zoned(TimeZone::UTC).date();
    let currency = growth.settings().await?.settings.currency;
    let (choice, errors) = Choice::of(&sent, today, currency);
    let mut look = look(upload.clone(), choice.clone()).await?;
    let imported = match look.imported {
        Ok(imported) if errors.is_empty() && !imported.clients.is_empty() => imported,
        other => {
            look.imported = other;
            let page = page(&viewer, &upload, &choice, &look, &errors, html! {});
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let report = growth
        .import(
            NewSnapshot {
                source: upload.source(),
                content_sha256: NewSnapshot::digest(upload.files.iter().map(|file| &file.bytes[..])),
                profile: upload.profile.clone(),
                simulated: choice.simulated,
                as_of: choice.as_of,
                currency: look.profile.map_or(choice.currency, |profile| profile.currency),
                imported,
            },
            &at,
        )
        .await?;
    uploads.forget(id, user);
    let snapshot = report.snapshot;
    let target = Address::at(snapshots::href(snapshot.id));
    if report.existed {
        let text = "This file of this day was imported before: this is that snapshot, and nothing changed.";
        return Ok(flash::redirect(&target, Tone::Info, text));
    }
    let clients = format::counted(usize::try_from(snapshot.clients).unwrap_or_default(), "client", "clients");
    let text = match snapshot.rejected_rows {
        0 => format!("Imported {clients}; no row was rejected."),
        1 => format!("Imported {clients}; 1 row was rejected."),
        rejected => format!("Imported {clients}; {rejected} rows were rejected."),
    };
    Ok(flash::redirect(&target, Tone::Good, &text))
}

/// `POST /growth/import/{id}/discard`
pub async fn discard(signed_in: SignedIn, State(uploads): State<Uploads>, Path(id): Path<Ulid>) -> Response {
    uploads.forget(id, signed_in.user().id);
    flash::redirect(&Address::at(HOME), Tone::Good, "The upload is discarded; nothing was imported.")
}
