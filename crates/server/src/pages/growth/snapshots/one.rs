//! `GET /growth/snapshots/{id}`: what an import took, what it refused, and what changed since the one before.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Growth,
    import::{ColumnMatch, ColumnTarget, ColumnUse},
    service::SnapshotMovement,
    snapshot::SnapshotSummary,
};
use kernel::Ulid;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{HOME, compare, compare_home, remarks};
use crate::{
    design::{
        Address, Column, Icon, Kpi, Page, Tab, Table, Tone, badge, card, facts, flush_card, format, kpis,
        tabs,
    },
    pages::{growth::frame, views},
    problem::Problem,
    viewer::Viewer,
};

/// What stands below the figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Rejected,
    Remarks,
    Columns,
}

impl Shown {
    fn of(address: &Address) -> Self {
        match address.get("show") {
            Some("remarks") => Self::Remarks,
            Some("columns") => Self::Columns,
            _ => Self::Rejected,
        }
    }
}

/// `GET /growth/snapshots/{id}`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    let snapshot = growth.snapshot(id).await?;
    let (rejected, notices) = growth.import_remarks(id).await?;
    let address = &viewer.address;
    let shown = Shown::of(address);
    let (rejections, remarked, columns) = (remarks::rejections(&rejected), remarks::remarked(), columns());
    let file = match shown {
        Shown::Rejected => rejections.export(&rejected, address, "rejected-rows")?,
        Shown::Remarks => remarked.export(&notices, address, "remarks")?,
        Shown::Columns => columns.export(&snapshot.columns, address, "columns")?,
    };
    if let Some(file) = file {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let snapshots = growth.snapshots().await?;
    let place = snapshots.iter().position(|one| one.id == id);
    let before = place.and_then(|place| snapshots.get(place + 1));
    let movement = match before {
        Some(before) => Some(growth.movement_between(before.id, id).await?),
        None => None,
    };
    let latest = place == Some(0);
    let here = Address::at(address.path());
    let tab = |of: Shown, value: &str, label: String| Tab {
        label,
        href: here.with("show", value).href(),
        current: shown == of,
    };
    let main = html! {
        (figures(&snapshot))
        @if let Some(movement) = &movement { (since(movement)) }
        (tabs("About this import", &[
            tab(Shown::Rejected, "rejected", format!("Rejected rows ({})", format::count(snapshot.rejected_rows))),
            tab(Shown::Remarks, "remarks", format!("Remarks ({})", format::count(snapshot.notices))),
            tab(Shown::Columns, "columns", format!("Columns ({})", format::count(snapshot.columns.len()))),
        ]))
        (match shown {
            Shown::Rejected => flush_card(
                "Rejected rows",
                Some("Rows of the source that are not in this snapshot, one line per bad cell."),
                html! {},
                rejections.render(&rejected, address, &views),
            ),
            Shown::Remarks => flush_card("Remarks", Some("About rows that were taken."), html! {},
                remarked.render(&notices, address, &views)),
            Shown::Columns => flush_card("Columns", Some("What each column of the source was used for."), html! {},
                columns.render(&snapshot.columns, address, &views)),
        })
        (origin(&snapshot))
    };
    let page = Page::new(&viewer, format!("Snapshot of {}", format::date(snapshot.as_of)))
        .crumb("Growth", frame::HOME)
        .crumb("Snapshots", HOME)
        .lead(html! {
            (snapshot.source)
            @if latest { ". It is the latest: every page shows it." }
            @if snapshot.simulated { " " (badge(Tone::Warn, "Simulated data")) }
        })
        .actions(html! {
            @if let Some(before) = before {
                a.button href=(compare_home().with("before", before.id).with("after", id).href()) { (Icon::History) "Compare" }
            }
            a.button.primary href=(board(frame::HOME, id, latest)) { "Open the overview" }
            a.button href=(board("/growth/opportunities", id, latest)) { "Top opportunities" }
        })
        .main(main);
    Ok(page.render().into_response())
}

/// A page about this snapshot; the latest needs no name.
fn board(path: &str, id: Ulid, latest: bool) -> String {
    let page = Address::at(path);
    if latest { page.href() } else { page.with("snapshot", id).href() }
}

fn figures(snapshot: &SnapshotSummary) -> Markup {
    kpis(&[
        Kpi::new("Clients taken", html! { (format::count(snapshot.clients)) })
            .note(html! { "of " (format::count(snapshot.rows)) " rows" }),
        Kpi::new("Rejected rows", html! { (format::count(snapshot.rejected_rows)) }).note(html! {
            @if snapshot.rejected_rows == 0 { "every row was taken" } @else { "named below, with field, value and reason" }
        }),
        Kpi::new("Remarks", html! { (format::count(snapshot.notices)) }).note(html! { "about rows that were taken" }),
    ])
}

/// What changed since the snapshot before, in a sentence.
fn since(moved: &SnapshotMovement) -> Markup {
    let title = format!("Since the snapshot before, of {}", format::date(moved.before.as_of));
    let details = compare_home().with("before", moved.before.id).with("after", moved.after.id);
    let action = html! { a.button.small href=(details.href()) { "Who moved and why" } };
    card(&title, None, action, html! { p { (compare::sentence(&moved.movement)) } })
}

fn origin(snapshot: &SnapshotSummary) -> Markup {
    let profile = snapshot.profile.as_deref();
    card(
        "Where it comes from",
        None,
        html! {},
        facts(&[
            ("Imported", html! { (format::instant(snapshot.imported_at)) " by " (snapshot.imported_by) }),
            ("Currency", html! { (snapshot.currency) }),
            (
                "Profile",
                html! { @if let Some(profile) = profile { (profile) } @else { "none: the file had metrics" } },
            ),
            ("SHA-256 of the source", html! { code.small { (snapshot.content_sha256) } }),
            ("Identifier", html! { code.small { (snapshot.id) } }),
        ]),
    )
}

fn columns() -> Table<ColumnUse> {
    Table::new("columns", "Columns of the source", ("column", "columns"), |one: &ColumnUse| {
        one.column.clone()
    })
    .column(Column::new(
        "column",
        "Column",
        ColumnKind::Text,
        |one: &ColumnUse| html! { code { (one.column) } },
        |one| Cell::from(one.column.clone()),
    ))
    .column(Column::text("target", "Used as", |one: &ColumnUse| match one.target {
        ColumnTarget::Field(field) => field.label().to_owned(),
        ColumnTarget::Extra => "Kept as it is".to_owned(),
        ColumnTarget::Ignore => "Left out".to_owned(),
    }))
    .column(Column::text("matched", "Recognised by", |one: &ColumnUse| {
        match one.matched {
            ColumnMatch::Mapped => "Somebody's choice",
            ColumnMatch::Name => "Its name",
            ColumnMatch::Synonym => "A usual name",
            ColumnMatch::Unknown => "Not recognised",
        }
        .to_owned()
    }))
    .searched_in(|one| format!("{} {}", one.column, one.target))
    .when_empty(
        Icon::Columns,
        "No columns",
        "Raw records have tables of their own; the profile says how they are read.",
        [],
    )
}
