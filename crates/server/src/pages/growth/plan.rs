//! The plan of the growth team: who does what for whom until when, and how that goes.
//!
//! Each tab is a file below `plan/` with a function that makes its content of a [`Desk`]; the panel of one
//! action opens over any of them by `?action=`.

mod action;
mod actions;
mod board;
mod calendar;
mod choice;
mod desk;
mod make;
mod outcomes;
mod progress;
mod task;
mod team;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use self::desk::Desk;
use super::frame;
use super::{READ, WRITE};
use crate::{
    access::Routes,
    app::AppState,
    design::{Errors, Icon, Lead, Tab, empty, tabs},
    problem::Problem,
    viewer::Viewer,
};

/// Where the plan is.
pub const HOME: &str = "/growth/plan";

/// Adds the plan's routes.
pub fn routes(routes: Routes) -> Routes {
    let routes = View::ALL.iter().fold(routes, |routes, view| routes.get(READ, view.path(), show));
    routes
        .get(READ, make::PATH, make::show)
        .post(WRITE, make::PATH, make::make)
        .post(WRITE, "/growth/plan/actions/{id}", action::edit)
        .post(WRITE, "/growth/plan/actions/{id}/status", action::set_status)
        .post(WRITE, "/growth/plan/team", team::save)
        .get(READ, "/growth/plan/outcomes/new", outcomes::choose)
        .post(WRITE, "/growth/plan/outcomes/{id}/withdraw", outcomes::withdraw)
}

/// The tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Board,
    Calendar,
    Actions,
    Team,
    Choice,
    Progress,
    Outcomes,
}

impl View {
    const ALL: &'static [Self] = &[
        Self::Board,
        Self::Calendar,
        Self::Actions,
        Self::Team,
        Self::Choice,
        Self::Progress,
        Self::Outcomes,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Board => HOME,
            Self::Calendar => "/growth/plan/calendar",
            Self::Actions => "/growth/plan/actions",
            Self::Team => "/growth/plan/team",
            Self::Choice => "/growth/plan/choice",
            Self::Progress => "/growth/plan/progress",
            Self::Outcomes => "/growth/plan/outcomes",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Board => "Board",
            Self::Calendar => "Calendar",
            Self::Actions => "Actions",
            Self::Team => "Team",
            Self::Choice => "What is in",
            Self::Progress => "Progress",
            Self::Outcomes => "Outcomes",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Board => "Plan",
            Self::Calendar => "Calendar",
            Self::Actions => "Actions",
            Self::Team => "Owners and capacity",
            Self::Choice => "What is in the plan",
            Self::Progress => "Progress",
            Self::Outcomes => "Outcomes",
        }
    }

    fn of(path: &str) -> Self {
        Self::ALL.iter().copied().find(|view| view.path() == path).unwrap_or(Self::Board)
    }

    /// Whether there is something to see before the first plan.
    fn needs_plan(self) -> bool {
        !matches!(self, Self::Team | Self::Progress | Self::Outcomes)
    }
}

/// `GET /growth/plan` and its tabs.
pub async fn show(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    page(&viewer, &state, &Errors::default(), &[]).await
}

/// The page that `viewer.address` names. `errors` are those of a form on it that was sent as `sent`.
async fn page(
    viewer: &Viewer,
    state: &AppState,
    errors: &Errors,
    sent: &[(String, String)],
) -> Result<Response, Problem> {
    let view = View::of(viewer.address.path());
    let Some(desk) = Desk::load(viewer, state).await? else {
        return Ok(frame::nothing(viewer, view.title())
            .tabs(navigation(viewer, view))
            .render()
            .into_response());
    };
    let content = if view.needs_plan() && desk.plan.is_none() {
        no_plan()
    } else {
        let shown = match view {
            View::Board => board::content(viewer, &desk),
            View::Calendar => calendar::content(viewer, &desk),
            View::Actions => match actions::content(viewer, &desk, state).await? {
                Ok(content) => content,
                Err(file) => return Ok(file),
            },
            View::Team => team::content(viewer, &desk, errors, sent),
            View::Choice => match choice::content(viewer, &desk, state).await? {
                Ok(content) => content,
                Err(file) => return Ok(file),
            },
            View::Progress => progress::content(&desk, state).await?,
            View::Outcomes => match outcomes::content(viewer, &desk, state).await? {
                Ok(content) => content,
                Err(file) => return Ok(file),
            },
        };
        match view {
            // What is being typed must not be replaced by what others do.
            View::Team => shown,
            _ => frame::live(viewer, "plan", shown),
        }
    };
    let panel = match viewer.address.parsed("action") {
        Some(id) => Some(action::panel(viewer, &desk, state, id, errors, sent).await?),
        None => outcomes::panel(viewer, &desk),
    };
    Ok(frame::page(viewer, view.title(), &desk.board)
        .actions(html! {
            a.button.primary[desk.plan.is_none()] href=(make::PATH) { (Icon::CalendarCheck) "New plan" }
        })
        .tabs(navigation(viewer, view))
        .main(content)
        .drawer(panel)
        .render()
        .into_response())
}

/// The tabs; the owner looked at travels along.
fn navigation(viewer: &Viewer, view: View) -> Markup {
    let owner = viewer.address.get("owner");
    let tab = |one: &View| {
        let address = crate::design::Address::at(one.path());
        let address = match owner {
            Some(owner) if matches!(one, View::Board | View::Calendar | View::Actions) => {
                address.with("owner", owner)
            }
            _ => address,
        };
        Tab { label: one.label().to_owned(), href: address.href(), current: *one == view }
    };
    tabs("Plan", &View::ALL.iter().map(tab).collect::<Vec<_>>())
}

fn no_plan() -> Markup {
    html! {
        section.card {
            (empty(
                Icon::CalendarCheck,
                "No plan yet",
                "A plan gives every opportunity that is worth its hours an owner, steps and days, within the hours your team has.",
                &[Lead::new("Make a plan", make::PATH), Lead::new("Owners and capacity", View::Team.path())],
            ))
        }
    }
}
