//! Value propositions: for whom there is one, what it says, its versions and its files.

mod blocks;
mod draft;
mod edit;
mod export;
mod list;
mod section_form;
mod show;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{READ, WRITE};
use crate::{access::Routes, app::AppState, design::Icon, problem::Problem, viewer::Viewer};

/// Where the propositions are.
pub const HOME: &str = "/growth/propositions";

/// Adds the routes of propositions.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get(READ, HOME, list::show)
        .post(WRITE, HOME, draft::start)
        .get(READ, "/growth/propositions/new", draft::preview)
        .get(READ, "/growth/propositions/new/export/{format}", export::preview)
        .get(READ, "/growth/propositions/{id}", show::show)
        .get(READ, "/growth/propositions/{id}/export/{format}", export::kept)
        .post(WRITE, "/growth/propositions/{id}/sections/{key}", edit::section)
        .post(WRITE, "/growth/propositions/{id}/sections/{key}/remove", edit::remove)
        .post(WRITE, "/growth/propositions/{id}/heading", edit::heading)
        .post(WRITE, "/growth/propositions/{id}/regenerate", edit::regenerate)
        .post(WRITE, "/growth/propositions/{id}/restore", edit::restore)
        .post(WRITE, "/growth/propositions/{id}/sent", edit::sent)
}

/// Links to every file of a proposition; `base` is the address before `/export/…`, `query` its query.
fn files(base: &str, query: &str) -> Markup {
    use growth::proposition::Format;
    let href = |format: Format| {
        let path = format!("{base}/export/{}", format.id());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    };
    html! {
        a.button.primary href=(href(Format::ProposalPdf)) download { (Icon::Download) "Proposal (PDF)" }
        a.button href=(href(Format::SummaryPdf)) download { (Icon::Download) "Summary (PDF)" }
        details.menu {
            summary.button { "E-mail, Markdown" (Icon::ChevronDown) }
            div.menu-panel {
                @for (format, icon) in [(Format::Text, Icon::Mail), (Format::Html, Icon::Mail), (Format::Markdown, Icon::FileText)] {
                    a.menu-item href=(href(format)) download { (icon) (format.label()) }
                }
            }
        }
    }
}

/// A page of the growth team before the first import.
async fn without_clients(
    viewer: &Viewer,
    state: &AppState,
    title: &str,
) -> Result<Option<Response>, Problem> {
    match super::frame::board(viewer, state.growth()).await? {
        Some(_) => Ok(None),
        None => Ok(Some(super::frame::nothing(viewer, title).render().into_response())),
    }
}

/// The state, as handlers take it.
type Hub = State<AppState>;
