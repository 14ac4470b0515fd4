//! `/m/{market}/contacts/import`: people from a file.

use axum::{
    extract::{Multipart, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contacts::{Field as Known, IMPORT_ROWS_MAX, ImportReport};
use maud::{Markup, html};
use tabular::Hint;

use super::home;
use crate::{
    api::contacts::{CHANGED, agents},
    app::AppState,
    design::{Address, Errors, Field, Icon, Page, Tone, card, flush_card, format, notice},
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// Rejected values listed on the page; the API returns all.
const SHOWN: usize = 500;

/// `GET /m/{market}/contacts/import`
pub async fn show(viewer: Viewer, here: InMarket) -> Markup {
    page(&viewer, &here, html! {}, &Errors::default())
}

fn page(viewer: &Viewer, here: &InMarket, above: Markup, errors: &Errors) -> Markup {
    let columns: Vec<&str> = Known::ALL.into_iter().map(Known::id).collect();
    let body = html! {
        (errors.summary())
        form.form method="post" enctype="multipart/form-data" action={ (home(here)) "/import" } {
            (Field::file("file", "File", ".csv,.tsv,.xlsx,.json,.ndjson,.jsonl,.gz").required().hint("CSV, Excel, JSON or NDJSON with one row per person.").errors(errors).render())
            (Field::check("dry_run", "Only show what would happen").render())
            div.form-foot { button.button.primary { (Icon::Upload) "Import" } a.button href=(home(here)) { "Cancel" } }
        }
        p.hint { "Columns are recognised by their names: " (columns.join(", ")) ". At most " (format::count(IMPORT_ROWS_MAX)) " rows at once. A row that cannot be taken is listed, and the others are added all together." }
    };
    Page::new(viewer, "Import contacts")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Contacts", home(here))
        .main(html! { (above) (card("A file of people", None, html! {}, body)) })
        .render()
}

/// `POST /m/{market}/contacts/import`
pub async fn receive(
    mut viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    mut form: Multipart,
) -> Result<Response, Problem> {
    viewer.address = Address::at(format!("{}/import", home(&here)));
    let refused = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(error.body_text()),
        _ => Problem::bad_request(error.body_text()),
    };
    let (mut file, mut dry_run) = (None, false);
    while let Some(field) = form.next_field().await.map_err(refused)? {
        match field.name() {
            Some("file") => {
                let hint = Hint::named(field.file_name().unwrap_or_default().to_owned());
                file = Some((hint, field.bytes().await.map_err(refused)?));
            }
            Some("dry_run") => dry_run = field.text().await.map_err(refused)? == "true",
            _ => {}
        }
    }
    let mut errors = Errors::default();
    let Some((hint, bytes)) = file.filter(|(_, bytes)| !bytes.is_empty()) else {
        errors.add("file", "Choose a file first.");
        return Ok(
            (StatusCode::UNPROCESSABLE_ENTITY, page(&viewer, &here, html! {}, &errors)).into_response()
        );
    };
    let agents = agents(&state, &here).await?;
    match state.contacts().import(&here.market, &bytes, &hint, &agents, dry_run, &at).await {
        Ok(report) => {
            if !dry_run {
                state.tell(here.market.id(), CHANGED);
            }
            Ok(page(&viewer, &here, outcome(&here, &report, dry_run), &Errors::default()).into_response())
        }
        Err(
            error @ (contacts::ContactsError::Unreadable(_) | contacts::ContactsError::TooManyRows { .. }),
        ) => {
            errors.add("file", format!("{error}."));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&viewer, &here, html! {}, &errors)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn outcome(here: &InMarket, report: &ImportReport, dry_run: bool) -> Markup {
    let added =
        format::counted(usize::try_from(report.accepted).unwrap_or(usize::MAX), "contact", "contacts");
    let rows = format::counted(usize::try_from(report.rows).unwrap_or(usize::MAX), "row", "rows");
    let title = if dry_run {
        format!("{added} of {rows} would be added")
    } else {
        format!("{added} of {rows} were added")
    };
    let tone = if report.rejected.is_empty() { Tone::Good } else { Tone::Warn };
    html! {
        (notice(tone, &title, html! {
            @if report.rejected.is_empty() { p { "No row was refused." } } @else { p { "The refused values are below, with what is wrong." } }
            @for one in &report.notices { p.small { "Column " code { (one.field) } ": " (one.message) "." } }
            @if !dry_run { p { a href=(home(here)) { "See the contacts" } } }
        }))
        @if !report.rejected.is_empty() {
            (flush_card("Refused", None, html! {}, html! {
                div.table-scroll tabindex="0" role="region" aria-label="Refused values" {
                    table.table.plain {
                        caption.visually-hidden { "Refused values" }
                        thead { tr { th.end scope="col" { "Row" } th scope="col" { "Field" } th scope="col" { "Value" } th scope="col" { "Why" } } }
                        tbody { @for one in report.rejected.iter().take(SHOWN) { tr { th.end.num scope="row" { (one.row) } td { @if one.field.is_empty() { "The row" } @else { code { (one.field) } } } td { (one.value) } td { (one.message) } } } }
                    }
                }
                @if report.rejected.len() > SHOWN { p.hint.pad { "The first " (SHOWN) " of " (report.rejected.len()) "." } }
            }))
        }
    }
}
