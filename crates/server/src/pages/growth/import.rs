//! `GET /growth/import`: files come in here. What is sent waits as an upload until somebody has looked at it
//! ([`preview`]) and said what its columns are; only then it becomes a snapshot ([`confirm`]).

mod choice;
mod confirm;
mod preview;

use axum::{
    extract::{Multipart, State, multipart::MultipartError},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use growth::{
    import,
    profile::{Evidence, Profile, SourceFile},
};
use kernel::Ulid;
use maud::{Markup, html};
use tabular::Hint;

use super::frame;
use super::{READ, WRITE};
use crate::{
    Config,
    access::Routes,
    design::{Errors, Field, Icon, Page, card, disclose, format},
    problem::Problem,
    uploads::{self, Upload, UploadedFile, Uploads},
    viewer::{At, SignedIn, Viewer},
};

/// Where files come in.
pub const HOME: &str = frame::IMPORT;
/// Files that one upload may have.
const FILES_MAX: usize = 20;
/// What browsers offer to choose from.
const ACCEPT: &str = ".csv,.tsv,.xlsx,.json,.ndjson,.jsonl,.gz";

/// Adds the import's routes.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    routes
        .get(READ, HOME, show)
        .upload(WRITE, HOME, config.upload_bytes_max, receive)
        .get(READ, "/growth/import/{id}", preview::show)
        .post(WRITE, "/growth/import/{id}", confirm::confirm)
        .post(WRITE, "/growth/import/{id}/discard", confirm::discard)
}

/// `GET /growth/import`
pub async fn show(viewer: Viewer, State(config): State<Config>) -> Markup {
    page(&viewer, &config, &Errors::default(), "")
}

/// `POST /growth/import`: keeps what was sent, if it can be read at all.
async fn receive(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(config): State<Config>,
    State(uploads): State<Uploads>,
    form: Multipart,
) -> Result<Response, Problem> {
    let (profile, files) = take(form).await?;
    let upload = Upload {
        id: Ulid::from_parts(u64::try_from(at.now.as_millisecond()).unwrap_or_default(), at.entropy),
        user: signed_in.user().id,
        at: at.now,
        profile: (!profile.is_empty()).then_some(profile.clone()),
        files,
    };
    let id = upload.id;
    let readable = tokio::task::spawn_blocking(move || readable(&upload).map(|()| upload));
    match readable.await.map_err(|error| Problem::internal(&error))? {
        Ok(upload) => {
            uploads.keep(upload);
            Ok(Redirect::to(&format!("{HOME}/{id}")).into_response())
        }
        Err(fault) => {
            let mut errors = Errors::default();
            errors.add("files", fault);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&viewer, &config, &errors, &profile)).into_response())
        }
    }
}

/// The profile and the files of the form.
async fn take(mut form: Multipart) -> Result<(String, Vec<UploadedFile>), Problem> {
    let refused = |error: MultipartError| {
        let kind = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::too_large
        } else {
            Problem::bad_request
        };
        kind(error.body_text())
    };
    let (mut profile, mut files) = (String::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(refused)? {
        match (field.name(), field.file_name().map(str::to_owned)) {
            (Some("profile"), None) => profile = field.text().await.map_err(refused)?,
            (Some("files"), Some(name)) => {
                let bytes = field.bytes().await.map_err(refused)?;
                // A browser sends one nameless empty file where none was chosen.
                if name.is_empty() && bytes.is_empty() {
                    continue;
                }
                if files.len() == FILES_MAX {
                    return Err(Problem::too_large(format!("At most {FILES_MAX} files at once.")));
                }
                files.push(UploadedFile { name: bare(&name), bytes });
            }
            _ => {}
        }
    }
    Ok((profile, files))
}

/// A file's name without folders and without what no name has.
fn bare(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|letter| !letter.is_control()).take(200).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

/// Whether the files can be looked at; why not, as a sentence for their field.
fn readable(upload: &Upload) -> Result<(), String> {
    match (&upload.profile, upload.files.as_slice()) {
        (_, []) => Err("Choose a file first.".to_owned()),
        (None, [file]) => {
            let hint = Hint::named(file.name.clone());
            import::preview(&file.bytes, &hint).map(drop).map_err(|fault| choice::sentence(&fault))
        }
        (None, _) => {
            Err("Client metrics come in one file. Several files are raw records: choose their profile."
                .to_owned())
        }
        (Some(name), files) => {
            let profile = Profile::shipped(name).map_err(|fault| choice::sentence(&fault))?;
            let files: Vec<SourceFile<'_>> =
                files.iter().map(|file| SourceFile { name: &file.name, bytes: &file.bytes }).collect();
            Evidence::load(&files, &profile).map(drop).map_err(|fault| choice::sentence(&fault))
        }
    }
}

fn page(viewer: &Viewer, config: &Config, errors: &Errors, profile: &str) -> Markup {
    let megabytes = config.upload_bytes_max / (1024 * 1024);
    let kinds = std::iter::once((String::new(), "Client metrics: one row per client".to_owned())).chain(
        Profile::SHIPPED.iter().map(|name| {
            let title = Profile::shipped(name).map(|profile| profile.title).unwrap_or_default();
            ((*name).to_owned(), format!("Raw records, {title}"))
        }),
    );
    let body = html! {
        (errors.summary())
        form.form.wide method="post" action=(HOME) enctype="multipart/form-data" {
            (Field::select("profile", "What is in the files", kinds).value(profile)
                .hint("Metrics are taken as they are; raw records are turned into metrics by a profile.").render())
            div.field {
                label for="files" { "Files" }
                div.dropzone {
                    (Icon::Upload)
                    p { "Drop a file here, or choose one" }
                    input type="file" id="files" name="files" multiple required accept=(ACCEPT)
                        aria-describedby=(if errors.get("files").is_some() { "files-hint files-error" } else { "files-hint" })
                        aria-invalid=[errors.get("files").map(|_| "true")];
                    p.hint id="files-hint" {
                        "CSV, Excel (XLSX), JSON or NDJSON, plain or gzipped, up to " (megabytes) " MB. "
                        "Nothing is imported before you have seen it."
                    }
                }
                @if let Some(error) = errors.get("files") {
                    p.error id="files-error" { (Icon::Alert) span { (error) } }
                }
            }
            div.form-foot { button.button.primary type="submit" { "Preview" } }
        }
    };
    Page::new(viewer, "Import")
        .crumb("Growth", frame::HOME)
        .lead(html! { "A client base of one day becomes a snapshot. Snapshots never change; each is compared with the one before." })
        .actions(html! { a.button href=(super::snapshots::HOME) { (Icon::History) "Snapshots" } })
        .main(html! {
            div.split {
                (card("Choose files", None, html! {}, body))
                (guide())
            }
        })
        .render()
}

/// What a file should hold.
fn guide() -> Markup {
    let minutes = uploads::LIFETIME.as_mins();
    card(
        "What a file needs",
        None,
        html! {},
        html! {
            ul.prose {
                li { "A header row, and per client " code { "client_id" } ", " code { "client_name" } " and " code { "current_mrr" } " or " code { "current_annual_spend" } "." }
                li { "Everything else makes assessments surer. What is empty counts as unknown, never as zero." }
                li { "Column names need not match: you say what each column is before anything is imported." }
                li { "A bad row is left out and named, with its field, value and reason. Good rows are taken." }
                li { "The same file of the same day is imported once, however often it is sent." }
            }
            p.muted.small { "A file that is not confirmed is forgotten after " (minutes) " minutes." }
            (disclose("Every field", html! {
                div.table-scroll tabindex="0" role="region" aria-label="Fields" {
                    table.table {
                        caption.visually-hidden { "Fields that a file can give" }
                        thead { tr { th scope="col" { "Field" } th scope="col" { "Meaning" } th scope="col" { "Also recognised as" } } }
                        tbody {
                            @for field in import::Field::ALL {
                                tr {
                                    th scope="row" { code { (field.id()) } }
                                    td { (field.label()) }
                                    td.muted.small { (field.synonyms().join(", ")) }
                                }
                            }
                        }
                    }
                }
            }))
        },
    )
}

/// What was counted, as a figure.
pub(super) fn count(value: u64) -> Markup {
    html! { span.num { (format::count(value)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_folders() {
        assert_eq!(bare("C:\\exports\\clients.csv"), "clients.csv");
        assert_eq!(bare("../../etc/clients\u{0}.csv"), "clients.csv");
        assert_eq!(bare("folder/"), "unnamed");
    }
}
