//! All actions as a table: to search, filter, sort and take along.

use axum::response::Response;
use growth::{assessment::Tier, plan::ActionStatus, plan_record::PlannedAction, playbook::ActionKind};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{desk::Desk, task};
use crate::{
    app::AppState,
    design::{Column, Filter, Icon, Table, flush_card, format, tier},
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

/// An action with what it is shown with.
struct Row {
    planned: PlannedAction,
    owner: String,
    tier: Option<Tier>,
    overdue: bool,
}

/// The tab, or the file that the address asks for.
pub async fn content(
    viewer: &Viewer,
    desk: &Desk,
    state: &AppState,
) -> Result<Result<Markup, Response>, Problem> {
    let rows: Vec<Row> = desk
        .actions()
        .iter()
        .map(|planned| Row {
            owner: desk.owner_name(&planned.action.owner),
            tier: desk.tier(&planned.action.client_id),
            overdue: desk.is_overdue(planned),
            planned: planned.clone(),
        })
        .collect();
    let table = table(desk);
    if let Some(file) = table.export(&rows, &viewer.address, "plan-actions")? {
        return Ok(Err(file));
    }
    let views = views::of(viewer, state.directory()).await?;
    Ok(Ok(flush_card(
        "Actions",
        Some("Every step of the current plan."),
        html! {},
        table.render(&rows, &viewer.address, &views),
    )))
}

fn table(desk: &Desk) -> Table<Row> {
    let owners = desk.owners.iter().map(|owner| (owner.id.to_string(), owner.name.clone()));
    let labels = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect()
    };
    let statuses: Vec<(&str, &str)> = ActionStatus::ALL.iter().map(|one| (one.id(), one.label())).collect();
    let kinds: Vec<(&str, &str)> = ActionKind::ALL.iter().map(|one| (one.id(), one.label())).collect();
    Table::new("actions", "Actions of the plan", ("action", "actions"), |row: &Row| row.planned.id.to_string())
        .column(
            Column::text("client", "Client", |row: &Row| row.planned.action.client_name.to_string())
                .sorted_by(|one, two| one.planned.action.client_name.cmp(&two.planned.action.client_name)),
        )
        .column(
            Column::text("kind", "Action", |row: &Row| row.planned.action.kind.label().to_owned())
                .sorted_by(|one, two| one.planned.action.kind.cmp(&two.planned.action.kind)),
        )
        .column(
            Column::new(
                "status",
                "Status",
                ColumnKind::Text,
                |row: &Row| task::status(row.planned.action.status),
                |row: &Row| Cell::from(row.planned.action.status.id()),
            )
            .sorted_by(|one, two| one.planned.action.status.cmp(&two.planned.action.status)),
        )
        .column(
            Column::new(
                "due",
                "Due",
                ColumnKind::Date,
                |row: &Row| {
                    let day = format::day(row.planned.action.due);
                    html! { @if row.overdue { span.bad { (Icon::Alert) " " (day) span.visually-hidden { ", overdue" } } } @else { (day) } }
                },
                |row: &Row| Cell::from(row.planned.action.due.to_string()),
            )
            .sorted_by(|one, two| one.planned.action.due.cmp(&two.planned.action.due)),
        )
        .column(
            Column::text("owner", "Owner", |row: &Row| row.owner.clone())
                .sorted_by(|one, two| one.owner.cmp(&two.owner))
                .importance(2),
        )
        .column(
            Column::new(
                "hours",
                "Hours",
                ColumnKind::Number,
                |row: &Row| html! { (format::number(row.planned.action.hours, 1)) },
                |row: &Row| Cell::from(row.planned.action.hours),
            )
            .sorted_by_number(|row| Some(row.planned.action.hours))
            .importance(3),
        )
        .column(
            Column::new(
                "tier",
                "Tier",
                ColumnKind::Text,
                |row: &Row| html! { @if let Some(of) = row.tier { (tier(of)) } @else { span.muted { (format::UNKNOWN) } } },
                |row: &Row| row.tier.map_or(Cell::Empty, |tier| Cell::from(tier.id())),
            )
            .sorted_by(|one, two| one.tier.cmp(&two.tier))
            .importance(3),
        )
        .column(
            Column::new(
                "done_on",
                "Done on",
                ColumnKind::Date,
                |row: &Row| html! { @if let Some(day) = row.planned.action.done_on { (format::day(day)) } },
                |row: &Row| row.planned.action.done_on.map_or(Cell::Empty, |day| Cell::from(day.to_string())),
            )
            .sorted_by(|one, two| one.planned.action.done_on.cmp(&two.planned.action.done_on))
            .optional(),
        )
        .column(Column::text("note", "Note", |row: &Row| row.planned.note.clone()).optional())
        .column(
            Column::text("client_id", "Client identifier", |row: &Row| row.planned.action.client_id.to_string())
                .optional(),
        )
        .filter(Filter::new("status", "Status", labels(&statuses), |row: &Row| {
            row.planned.action.status.id().to_owned()
        }))
        .filter(Filter::new("owner", "Owner", owners, |row: &Row| row.planned.action.owner.to_string()))
        .filter(Filter::new("kind", "Action", labels(&kinds), |row: &Row| {
            row.planned.action.kind.id().to_owned()
        }))
        .filter(Filter::new(
            "late",
            "Overdue",
            [("yes".to_owned(), "Overdue".to_owned()), ("no".to_owned(), "On time".to_owned())],
            |row: &Row| if row.overdue { "yes" } else { "no" }.to_owned(),
        ))
        .searched_in(|row| {
            format!("{} {} {} {}", row.planned.action.client_name, row.planned.action.client_id, row.owner, row.planned.note)
        })
        .opens(|row, here| here.with("action", row.planned.id))
        .default_sort("due")
}
