//! `/growth/policies`: every version of the rules that was ever saved, and which of them counts.

mod constants;
mod diff;
mod draft;
mod edit;
mod version;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{Growth, policy_version::PolicyVersion};
use kernel::PolicyKey;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::frame;
use super::{READ, RULE, WRITE};
use crate::{
    access::Routes,
    design::{Address, Column, Filter, Icon, Page, Table, Tone, badge, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

const PATH: &str = "/growth/policies";
const EDIT: &str = "/growth/policies/edit";

/// Adds the pages about policies. Anybody may try and save a version; only the owner makes one count.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get(READ, PATH, show)
        .post(WRITE, PATH, edit::save)
        .get(READ, EDIT, edit::show)
        .post(READ, "/growth/policies/preview", edit::preview)
        .get(READ, "/growth/policies/{name}/{version}", version::show)
        .post(RULE, "/growth/policies/{name}/{version}/activate", version::activate)
}

/// Where a version is looked at.
fn href(key: &PolicyKey) -> String {
    format!("{PATH}/{}/{}", key.name, key.version)
}

/// Where a copy of a version is edited.
fn edit_href(key: &PolicyKey) -> String {
    Address::at(EDIT).with("from", format!("{}:{}", key.name, key.version)).href()
}

/// `GET /growth/policies`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let versions = growth.policies().await?;
    let table = table(&versions);
    if let Some(file) = table.export(&versions, &viewer.address, "policies")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let live = versions.iter().find(|version| version.active);
    let actions: Markup = html! {
        @if let Some(live) = live { a.button.primary href=(edit_href(&live.key)) { (Icon::Pencil) "Try a change" } }
    };
    let list = flush_card(
        "Versions",
        Some("Saved versions never change. Every assessment names the version that it follows from."),
        html! {},
        table.render(&versions, &viewer.address, &views),
    );
    Ok(Page::new(&viewer, "Policies")
        .crumb("Growth", frame::HOME)
        .lead(html! {
            "The rules behind every score. "
            @if let Some(live) = live { a href=(href(&live.key)) { (live.key) } " counts; try a change, see whom it moves, and save it as a new version." }
        })
        .actions(actions)
        .main(frame::live(&viewer, "policies", list))
        .render()
        .into_response())
}

fn table(versions: &[PolicyVersion]) -> Table<PolicyVersion> {
    let mut names: Vec<String> = versions.iter().map(|version| version.key.name.clone()).collect();
    names.dedup();
    let who =
        |version: &PolicyVersion| version.created_by.clone().unwrap_or_else(|| "the product".to_owned());
    Table::new("versions", "Policy versions", ("version", "versions"), |version: &PolicyVersion| version.key.to_string())
        .column(
            Column::new("policy", "Policy", ColumnKind::Text,
                |version: &PolicyVersion| html! {
                    a href=(href(&version.key)) hx-boost="false" { (version.key) }
                    @if version.active { " " (badge(Tone::Good, "counts")) }
                },
                |version: &PolicyVersion| Cell::from(version.key.to_string()))
            .sorted_by(|left, right| left.key.cmp(&right.key)),
        )
        .column(Column::text("note", "Why it was made", |version: &PolicyVersion| version.note.clone()))
        .column(
            Column::new("created_at", "Saved", ColumnKind::Text,
                |version: &PolicyVersion| html! {
                    @match version.created_at { Some(at) => { (format::instant(at)) } None => { span.muted { "ships with the product" } } }
                },
                |version: &PolicyVersion| Cell::from(version.created_at.map(|at| at.to_string())))
            .sorted_by(|left, right| left.created_at.cmp(&right.created_at))
            .importance(3),
        )
        .column(Column::text("created_by", "By", who).importance(3))
        .column(Column::new("do", "Edit", ColumnKind::Text,
            |version: &PolicyVersion| html! { a.button.small href=(edit_href(&version.key)) hx-boost="false" aria-label={ "Edit a copy of " (version.key) } { "Edit a copy" } },
            |version: &PolicyVersion| Cell::from(edit_href(&version.key)))
            .importance(2))
        .column(Column::text("active", "Counts", |version: &PolicyVersion| if version.active { "yes" } else { "no" }.to_owned()).optional())
        .filter(Filter::new("name", "Name", names.into_iter().map(|name| (name.clone(), name)), |version: &PolicyVersion| version.key.name.clone()))
        .searched_in(|version| format!("{} {}", version.key, version.note))
}
