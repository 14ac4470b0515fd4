//! `GET /growth/import/{id}`: what an upload would become, before it becomes anything.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Growth,
    import::{ColumnMatch, ColumnTarget, ColumnUse, Field as ClientField, Imported, Preview},
};
use jiff::tz::TimeZone;
use kernel::{Rejection, Ulid};
use maud::{Markup, html};

use super::{
    super::{frame, snapshots::remarks},
    HOME,
    choice::{Choice, Look, look},
    count,
};
use crate::{
    design::{
        Errors, Field, Icon, Kpi, Page, Tone, badge, card, disclose, facts, flush_card, format, kpis, notice,
    },
    pages::views,
    problem::Problem,
    uploads::{Upload, Uploads},
    viewer::{SignedIn, Viewer},
};

/// Sample values shown beside a column's name.
const SAMPLES: usize = 3;

/// `GET /growth/import/{id}`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
    State(uploads): State<Uploads>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    let upload = uploads.get(id, signed_in.user().id, viewer.now).ok_or_else(gone)?;
    let today = viewer.now.to_zoned(TimeZone::UTC).date();
    let currency = growth.settings().await?.settings.currency;
    let (choice, errors) = Choice::of(viewer.address.pairs(), today, currency);
    let look = look(upload.clone(), choice.clone()).await?;
    let rejected: &[Rejection] = look.imported.as_ref().map_or(&[], |imported| &imported.rejected);
    let table = remarks::rejections(rejected);
    if let Some(file) = table.export(rejected, &viewer.address, "rejected-rows")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = page(
        &viewer,
        &upload,
        &choice,
        &look,
        &errors,
        html! {
            @if !rejected.is_empty() {
                (flush_card(
                    "Rejected rows",
                    Some("These will not be imported. Correct them in the source and send it again, or go on without them."),
                    html! {},
                    table.render(rejected, &viewer.address, &views),
                ))
            }
        },
    );
    Ok((status, page).into_response())
}

/// The upload is not there any more.
pub fn gone() -> Problem {
    Problem::not_found(
        "This upload is gone: it was imported, discarded, or waited too long. Choose the file again.",
    )
}

/// The page; `below` stands under the choices.
pub fn page(
    viewer: &Viewer,
    upload: &Upload,
    choice: &Choice,
    look: &Look,
    errors: &Errors,
    below: Markup,
) -> Markup {
    let action = format!("{HOME}/{}", upload.id);
    let form = html! {
        (errors.summary())
        @if let Err(fault) = &look.imported {
            (notice(Tone::Bad, "Nothing can be imported yet", html! { p { (fault) } }))
        }
        form.stack method="get" action=(action) {
            div.form-row {
                (Field::date("as_of", "As of").required().value(choice.as_of).errors(errors)
                    .hint(as_of_hint(look)).render())
                @if look.profile.is_none() {
                    (Field::text("currency", "Currency").required().value(choice.currency).errors(errors)
                        .attribute("maxlength", "3").attribute("pattern", "[A-Za-z]{3}").hint("Of every amount, an ISO 4217 code.").render())
                }
                (Field::check("simulated", "These clients are made up").value(choice.simulated)
                    .hint("Every figure will say so.").render())
            }
            @if let Some(preview) = &look.preview { (mapping(preview, &look.columns)) }
            div.form-foot {
                (import_button(&look.imported))
                button.button type="submit" { (Icon::Refresh) "Update the preview" }
                button.button.quiet type="submit" formmethod="post" formaction={ (action) "/discard" } formnovalidate { "Discard" }
            }
        }
    };
    let title = if look.profile.is_some() { "The day" } else { "What the columns are" };
    let note = look
        .preview
        .as_ref()
        .map(|_| "Taken from their names. Change what is wrong, then update the preview.");
    Page::new(viewer, "Preview")
        .crumb("Growth", frame::HOME)
        .crumb("Import", HOME)
        .lead(lead(upload, look))
        .main(html! {
            @if let Ok(imported) = &look.imported { (figures(imported)) }
            (card(title, note, html! {}, form))
            (below)
            @if let Ok(imported) = &look.imported { (remarks::notices(&imported.notices)) }
            @if let Some(preview) = &look.preview { (sample(preview)) }
            @if let Some(profile) = &look.profile { (rules(profile)) }
        })
        .render()
}

fn lead(upload: &Upload, look: &Look) -> Markup {
    html! {
        (upload.source())
        @if let Some(preview) = &look.preview {
            ": " (preview.format) ", " (format::counted(usize::try_from(preview.rows).unwrap_or_default(), "row", "rows"))
        }
        @if let Some(profile) = &look.profile { ": " (profile.title) }
        ". Nothing is imported yet."
    }
}

fn import_button(imported: &Result<Imported, String>) -> Markup {
    let clients = imported.as_ref().map_or(0, |imported| imported.clients.len());
    html! {
        button.button.primary type="submit" formmethod="post" disabled[clients == 0] {
            "Import " (format::counted(clients, "client", "clients"))
        }
    }
}

fn figures(imported: &Imported) -> Markup {
    let rejected = imported.rejected_rows();
    kpis(&[
        Kpi::new("Clients to import", count(imported.clients.len() as u64))
            .note(html! { "of " (format::count(imported.rows)) " rows" }),
        Kpi::new("Rejected rows", count(rejected)).note(html! {
            @if rejected == 0 { "every row can be taken" } @else { "named below, with field, value and reason" }
        }),
        Kpi::new("Remarks", count(imported.notices.len() as u64))
            .note(html! { "about rows that are taken" }),
    ])
}

/// The columns, each with what it would be used for.
fn mapping(preview: &Preview, columns: &[ColumnUse]) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Columns" {
            table.table {
                caption.visually-hidden { "Columns of the file and what they are used for" }
                thead { tr {
                    th scope="col" { "Column" } th.p3 scope="col" { "First values" }
                    th scope="col" { "Used as" } th.p2 scope="col" { "Recognised by" }
                } }
                tbody {
                    @for (place, column) in columns.iter().enumerate() {
                        tr {
                            th scope="row" { code { (breakable(&column.column)) } }
                            td.p3.muted.small { (samples(preview, place)) }
                            td {
                                select.select name={ "c" (place) } aria-label={ "Use of " (column.column) } {
                                    @for (value, label) in targets() {
                                        option value=(value) selected[value == column.target.to_string()] { (label) }
                                    }
                                }
                            }
                            td.p2 { (recognised(column)) }
                        }
                    }
                }
            }
        }
    }
}

fn as_of_hint(look: &Look) -> &'static str {
    if look.profile.is_some() {
        "The day that the metrics speak of: nothing recorded later is read. Choose a day that the records reach."
    } else {
        "The day that the metrics speak of."
    }
}

/// A name that may wrap after its underscores.
fn breakable(name: &str) -> Markup {
    html! { @for part in name.split_inclusive('_') { (part) wbr; } }
}

fn targets() -> impl Iterator<Item = (String, String)> {
    let fields = ClientField::ALL.iter().map(|field| (field.id().to_owned(), field.label().to_owned()));
    fields.chain([
        (ColumnTarget::Extra.to_string(), "Kept as it is".to_owned()),
        (ColumnTarget::Ignore.to_string(), "Left out".to_owned()),
    ])
}

fn samples(preview: &Preview, place: usize) -> String {
    let values = preview.sample.iter().filter_map(|row| row.get(place)).filter(|value| !value.is_empty());
    values.take(SAMPLES).map(String::as_str).collect::<Vec<_>>().join(" · ")
}

fn recognised(column: &ColumnUse) -> Markup {
    match column.matched {
        ColumnMatch::Mapped => badge(Tone::Accent, "Your choice"),
        ColumnMatch::Name => badge(Tone::Good, "Its name"),
        ColumnMatch::Synonym => badge(Tone::Info, "A usual name"),
        ColumnMatch::Unknown => badge(Tone::Plain, "Not recognised"),
    }
}

/// The first rows as they are in the file.
fn sample(preview: &Preview) -> Markup {
    let body = html! {
        @for remark in &preview.remarks { p.muted.small { (remark) } }
        div.table-scroll tabindex="0" role="region" aria-label="First rows" {
            table.table {
                caption.visually-hidden { "The first rows of the file" }
                thead { tr { @for column in &preview.columns { th scope="col" { (column.column) } } } }
                tbody { @for row in &preview.sample { tr { @for cell in row { td.nowrap { (cell) } } } } }
            }
        }
    };
    let rows = format::counted(preview.sample.len(), "row", "rows");
    card("As it is in the file", None, html! {}, disclose(&format!("The first {rows}"), body))
}

/// How raw records become metrics.
fn rules(profile: &growth::profile::Profile) -> Markup {
    let body = html! {
        (facts(&[
            ("Profile", html! { (profile.name) " version " (profile.version) }),
            ("Source", html! { (profile.source) }),
            ("Currency", html! { (profile.currency) }),
        ]))
        div.table-scroll tabindex="0" role="region" aria-label="Metrics" {
            table.table {
                caption.visually-hidden { "Metrics and how they follow from the records" }
                thead { tr { th scope="col" { "Metric" } th scope="col" { "How" } } }
                tbody {
                    @for (field, rule) in &profile.metrics {
                        tr { th scope="row" { (field.label()) } td.small { (rule.why) } }
                    }
                }
            }
        }
    };
    card("How the metrics are made", Some("Nothing is read that was not known on the day."), html! {}, body)
}
