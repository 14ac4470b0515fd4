//! Making a plan: its first day, its length, and whom it counts on.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{GrowthError, service::PlanRequest};
use maud::{Markup, html};
use serde::Deserialize;

use super::{View, desk::Desk, task};
use crate::{
    app::AppState,
    design::{Address, Errors, Field, Tone, card, format, notice},
    flash,
    pages::growth::frame,
    problem::Problem,
    viewer::{At, Viewer},
};

/// Where plans are made.
pub const PATH: &str = "/growth/plan/new";
/// Days of a plan when nobody says otherwise.
const DAYS: &str = "90";

/// What was sent.
#[derive(Default, Deserialize)]
pub struct PlanForm {
    #[serde(default)]
    starts_on: String,
    #[serde(default)]
    days: String,
}

/// `GET /growth/plan/new`
pub async fn show(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    page(&viewer, &state, &PlanForm::default(), &Errors::default()).await
}

/// `POST /growth/plan/new`
pub async fn make(
    viewer: Viewer,
    At(at): At,
    State(state): State<AppState>,
    Form(form): Form<PlanForm>,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let starts_on = match form.starts_on.trim() {
        "" => None,
        text => text.parse().map_err(|_| errors.add("starts_on", "Write the day as year-month-day.")).ok(),
    };
    let days = form.days.trim().parse::<u32>();
    let days =
        days.map_err(|_| errors.add("days", "Write the length as a whole number of days.")).unwrap_or(0);
    if errors.is_empty() {
        let request = PlanRequest { starts_on, horizon_days: days };
        match state.growth().generate_plan(&request, &at).await {
            Ok(record) => {
                let plan = &record.plan;
                let text = format!(
                    "The plan takes up {} and leaves {}; it is {} from the best possible.",
                    format::counted(plan.engagements.len(), "client", "clients"),
                    format::count(plan.left_out.len()),
                    format::percent(plan.gap, 2),
                );
                return Ok(flash::redirect(&Address::at(super::HOME), Tone::Good, &text));
            }
            Err(GrowthError::Plan(error)) => {
                let field = match error {
                    growth::plan::PlanError::Horizon(_) => "days",
                    _ => "team",
                };
                errors.add(field, Problem::from(GrowthError::Plan(error)).detail());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = page(&viewer, &state, &form, &errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    viewer: &Viewer,
    state: &AppState,
    sent: &PlanForm,
    errors: &Errors,
) -> Result<Response, Problem> {
    let Some(desk) = Desk::load(viewer, state).await? else {
        return Ok(frame::nothing(viewer, "New plan").render().into_response());
    };
    let starts_on = if sent.starts_on.is_empty() { desk.today.to_string() } else { sent.starts_on.clone() };
    let days = if sent.days.is_empty() { DAYS } else { &sent.days };
    let begun =
        desk.actions().iter().filter(|one| one.action.status == growth::plan::ActionStatus::Doing).count();
    let form = html! {
        (errors.summary())
        form.form method="post" action=(PATH) {
            div.form-row {
                (Field::date("starts_on", "First day").required().value(starts_on).errors(errors).render())
                (Field::number("days", "Length", 7.0, 366.0, 1.0).required().suffix("days").value(days).errors(errors)
                    .hint("Months count thirty days: 90 is a 30/60/90-day plan.").render())
            }
            (team(&desk, errors))
            @if desk.plan.is_some() {
                (notice(Tone::Info, "The new plan takes the place of the current one", html! {
                    p {
                        "Clients whose work was begun keep their open steps and hours"
                        @if begun > 0 { " (" (format::counted(begun, "action is", "actions are")) " under way)" }
                        ". Clients who decided since the client base's day are not planned again."
                    }
                }))
            }
            div.form-foot {
                button.button.primary type="submit" { "Generate plan" }
                a.button.quiet href=(super::HOME) { "Cancel" }
            }
        }
    };
    let rules = html! {
        div.prose.stack.tight.small {
            p { "Every opportunity with potential is weighed: its added ARR times its chance of success (the rule, or what recorded outcomes made of it)." }
            p { "Its steps and their hours come from the playbook and the policy " strong { (desk.board.policy.key()) } "." }
            p { "An owner, a first week and the hours of every week are chosen so that the expected ARR is as high as the hours allow. The plan says how far it may be from the best possible, and what it leaves out and why." }
        }
    };
    Ok(frame::page(viewer, "New plan", &desk.board)
        .crumb("Plan", super::HOME)
        .main(html! {
            div.split {
                (card("What to plan", None, html! {}, form))
                (card("How it is chosen", None, html! {}, rules))
            }
        })
        .render()
        .into_response())
}

/// Whom the plan counts on.
fn team(desk: &Desk, errors: &Errors) -> Markup {
    let active: Vec<_> = desk.owners.iter().filter(|owner| owner.active).collect();
    let total: f64 = active.iter().map(|owner| owner.weekly_hours).sum();
    html! {
        div.field #team tabindex="-1" {
            span.label { "Team" }
            @if active.is_empty() {
                p.secondary.small { "Nobody counts for plans yet." }
            } @else {
                ul.tag-list.plain-list {
                    @for owner in &active { li { span.badge.plain { (owner.name) ", " (task::hours(owner.weekly_hours)) " a week" } } }
                }
                p.hint { (task::hours(total)) " a week in all." }
            }
            @if let Some(error) = errors.get("team") { p.error { (crate::design::Icon::Alert) span { (error) } } }
            p.small { a href=(View::Team.path()) { "Change owners and capacity" } }
        }
    }
}
