//! `/markets/{name}/backups`: making backups and going back to one.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use kernel::{MarketName, Ulid};
use markets::BackupRecord;
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{HOME, Section, href, named, panels};
use crate::{
    access::HubRoles,
    app::AppState,
    design::{Address, Column, Field, Icon, Page, Table, Tone, card, flush_card, format, notice},
    flash, keepsake,
    pages::views,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// Bytes of a megabyte, as disks are sold.
const MEGABYTE: f64 = 1e6;

/// `GET /markets/{name}/backups`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let record = state.markets().record(&name).await?;
    let backups = state.markets().backups(&name).await?;
    let table = table();
    if let Some(file) = table.export(&backups, &viewer.address, "backups")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let runs = signed_in.may(HubRoles::RUN_MARKETS);
    let content = html! {
        (panels::closed(&record))
        @if runs && state.config().backups.is_none() {
            (notice(Tone::Info, "This hub has no folder for backups", html! {
                p { "Name one in its configuration (" code { "backups" } "), or run " code { "ehub market backup " (name) " --to FOLDER" } "." }
            }))
        }
        (flush_card(
            "Backups",
            Some("Consistent copies made while the market goes on, with their checksum. The keys are in none of them: who holds a backup without the hub's keyring can read no personal field."),
            html! {},
            table.render(&backups, &viewer.address, &views),
        ))
        @if runs && !backups.is_empty() { (restore_card(&name, &backups)) }
    };
    let page = Page::new(&viewer, format!("Backups of {name}"))
        .crumb("Markets", HOME)
        .crumb(name.to_string(), href(&name))
        .tabs(Section::Backups.tabs(&name))
        .actions(html! {
            @if runs && state.config().backups.is_some() {
                form method="post" action=(Section::Backups.href(&name)) {
                    button.button.primary type="submit" { (Icon::Download) "Back up now" }
                }
            }
        })
        .main(content);
    Ok(page.render().into_response())
}

fn table() -> Table<BackupRecord> {
    Table::new("backup-table", "Backups, the latest first", ("backup", "backups"), |one: &BackupRecord| {
        one.id.to_string()
    })
    .column(
        Column::new(
            "at",
            "Made",
            ColumnKind::Text,
            |one: &BackupRecord| html! { span.nowrap { (format::instant(one.at)) } },
            |one| Cell::from(one.at.to_string()),
        )
        .sorted_by(|one, two| one.at.cmp(&two.at)),
    )
    .column(
        Column::new(
            "bytes",
            "Size",
            ColumnKind::Integer,
            |one: &BackupRecord| html! { (format::number(one.bytes as f64 / MEGABYTE, 2)) " MB" },
            |one| Cell::from(one.bytes),
        )
        .sorted_by(|one, two| one.bytes.cmp(&two.bytes)),
    )
    .column(Column::new(
        "path",
        "Folder",
        ColumnKind::Text,
        |one: &BackupRecord| html! { code.break { (one.path) } },
        |one| Cell::from(one.path.clone()),
    ))
    .column(Column::text("sha256", "SHA-256", |one: &BackupRecord| one.sha256.clone()).optional())
    .column(Column::text("id", "Identifier", |one: &BackupRecord| one.id.to_string()).optional())
    .searched_in(|one| format!("{} {} {}", one.at, one.path, one.sha256))
    .when_empty(Icon::Download, "No backup yet", "Back it up now. The market goes on meanwhile.", [])
}

fn restore_card(name: &MarketName, backups: &[BackupRecord]) -> Markup {
    let options =
        backups.iter().map(|one| (one.id.to_string(), format!("{} · {}", format::instant(one.at), one.path)));
    card(
        "Go back to a backup",
        Some(
            "The backup is checked and loaded into a new database first; only then do they change places. What was written since the backup is in the old database, which is kept for a while. Persons erased since stay erased, the audit chain keeps every entry.",
        ),
        html! {},
        html! {
            form.form method="post" action={ (href(name)) "/restore" } {
                (Field::select("backup", "Backup", options).required().render())
                (confirmation(name))
                div.form-foot { button.button.danger type="submit" { "Go back to it" } }
            }
        },
    )
}

/// The field that asks for the market's name before something that cannot be taken back.
pub fn confirmation(name: &MarketName) -> Markup {
    Field::text("confirm", &format!("Write {name} to confirm"))
        .required()
        .attribute("pattern", name.as_str())
        .attribute("autocomplete", "off")
        .attribute("autocapitalize", "none")
        .attribute("spellcheck", "false")
        .render()
}

/// `POST /markets/{name}/backups`
pub async fn make(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let backup = keepsake::back_up(&state, &name, &at).await?;
    let text = format!("Backed up: {} MB.", format::number(backup.bytes as f64 / MEGABYTE, 2));
    Ok(flash::redirect(&Address::at(Section::Backups.href(&name)), Tone::Good, &text))
}

/// What to go back to.
#[derive(Deserialize)]
pub struct Chosen {
    backup: Ulid,
    confirm: String,
}

/// `POST /markets/{name}/restore`
pub async fn restore(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let back = Address::at(Section::Backups.href(&name));
    if chosen.confirm.trim() != name.as_str() {
        return Ok(flash::redirect(&back, Tone::Bad, "Nothing was changed: the name was not the market's."));
    }
    let record = keepsake::restore(&state, &name, chosen.backup, &at).await?;
    let text = format!("{name} is back at the backup, in its database number {}.", record.generation);
    Ok(flash::redirect(&back, Tone::Good, &text))
}
