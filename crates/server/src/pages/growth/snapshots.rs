//! `GET /growth/snapshots`: every client base that was imported, to open one again or compare two.

mod compare;
mod one;
pub mod remarks;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{Growth, snapshot::SnapshotSummary};
use kernel::Ulid;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::READ;
use super::frame;
use crate::{
    access::Routes,
    design::{Address, Column, Field, Icon, Lead, Page, Table, Tone, badge, card, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

/// Where the snapshots are.
pub const HOME: &str = "/growth/snapshots";

/// Adds the snapshots' routes.
pub fn routes(routes: Routes) -> Routes {
    routes.get(READ, HOME, show).get(READ, "/growth/snapshots/compare", compare::show).get(
        READ,
        "/growth/snapshots/{id}",
        one::show,
    )
}

/// Where one snapshot is.
pub fn href(id: Ulid) -> String {
    format!("{HOME}/{id}")
}

/// `GET /growth/snapshots`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let snapshots = growth.snapshots().await?;
    let table = table();
    if let Some(file) = table.export(&snapshots, &viewer.address, "snapshots")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let content = html! {
        @if snapshots.len() > 1 { (choose(&snapshots, None)) }
        (flush_card("Snapshots", None, html! {}, table.render(&snapshots, &viewer.address, &views)))
    };
    let page = Page::new(&viewer, "Snapshots")
        .crumb("Growth", frame::HOME)
        .lead(html! { "What was known of all clients on one day. Snapshots never change; the one with the latest day counts." })
        .actions(html! { a.button.primary href=(frame::IMPORT) { (Icon::Upload) "Import" } })
        .main(frame::live(&viewer, "snapshots", content));
    Ok(page.render().into_response())
}

fn table() -> Table<SnapshotSummary> {
    Table::new("snapshot-table", "Snapshots, the latest first", ("snapshot", "snapshots"), |one: &SnapshotSummary| {
        one.id.to_string()
    })
    .column(
        Column::new(
            "as_of",
            "As of",
            ColumnKind::Date,
            |one: &SnapshotSummary| html! { a href=(href(one.id)) { (format::date(one.as_of)) } },
            |one| Cell::from(one.as_of.to_string()),
        )
        .sorted_by(|one, two| one.as_of.cmp(&two.as_of)),
    )
    .column(Column::new(
        "source",
        "Source",
        ColumnKind::Text,
        |one: &SnapshotSummary| {
            html! {
                (one.source)
                @if one.simulated { " " (badge(Tone::Warn, "Simulated data")) }
                @if let Some(profile) = &one.profile { " " (badge(Tone::Info, &format!("Profile {profile}"))) }
            }
        },
        |one| Cell::from(one.source.clone()),
    ))
    .column(counts("clients", "Clients", |one| one.clients))
    .column(counts("rejected_rows", "Rejected rows", |one| one.rejected_rows))
    .column(counts("notices", "Remarks", |one| one.notices).importance(3))
    .column(Column::text("currency", "Currency", |one: &SnapshotSummary| one.currency.to_string()).optional())
    .column(
        Column::new(
            "imported_at",
            "Imported",
            ColumnKind::Text,
            |one: &SnapshotSummary| html! { span.nowrap { (format::instant(one.imported_at)) } },
            |one| Cell::from(one.imported_at.to_string()),
        )
        .sorted_by(|one, two| one.imported_at.cmp(&two.imported_at))
        .importance(2),
    )
    .column(Column::text("imported_by", "By", |one: &SnapshotSummary| one.imported_by.clone()).importance(3))
    .column(Column::text("id", "Identifier", |one: &SnapshotSummary| one.id.to_string()).optional())
    .column(Column::text("content_sha256", "SHA-256", |one: &SnapshotSummary| one.content_sha256.clone()).optional())
    .searched_in(|one| format!("{} {} {} {}", one.source, one.as_of, one.imported_by, one.id))
    .when_empty(
        Icon::Upload,
        "No client base yet",
        "Import an export of your clients (CSV, Excel, JSON). It stays on this machine.",
        [Lead::new("Import clients", frame::IMPORT)],
    )
}

fn counts(
    id: &'static str,
    label: &'static str,
    of: impl Fn(&SnapshotSummary) -> u64 + Send + Sync + Copy + 'static,
) -> Column<SnapshotSummary> {
    Column::new(
        id,
        label,
        ColumnKind::Integer,
        move |one| html! { (format::count(of(one))) },
        move |one| Cell::from(of(one)),
    )
    .sorted_by(move |one, two| of(one).cmp(&of(two)))
}

/// The form that compares any two; `chosen` are those compared now.
fn choose(snapshots: &[SnapshotSummary], chosen: Option<(Ulid, Ulid)>) -> Markup {
    let options = || {
        snapshots
            .iter()
            .map(|one| (one.id.to_string(), format!("{} · {}", format::date(one.as_of), one.source)))
    };
    let of = |place: usize| snapshots.get(place).map(|one| one.id.to_string()).unwrap_or_default();
    let (before, after) = match chosen {
        Some((before, after)) => (before.to_string(), after.to_string()),
        None => (of(1), of(0)),
    };
    card(
        "Compare two",
        None,
        html! {},
        html! {
            form.stack method="get" action=(compare_home().href()) {
                div.form-row {
                    (Field::select("before", "Before", options()).value(before).render())
                    (Field::select("after", "After", options()).value(after).render())
                }
                div.form-foot { button.button type="submit" { "Compare" } }
            }
        },
    )
}

/// Where two snapshots are compared.
fn compare_home() -> Address {
    Address::at("/growth/snapshots/compare")
}
