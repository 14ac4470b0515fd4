//! One action: its panel, and what can be changed about it.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{
    GrowthError,
    plan::{ActionStatus, OwnerId},
    plan_record::ActionEdit,
};
use kernel::Ulid;
use maud::{Markup, html};
use serde::Deserialize;

use super::{desk::Desk, page, task};
use crate::{
    app::AppState,
    design::{Address, Errors, Field, Icon, Tone, Why, badge, carry, drawer, facts, format, tier},
    flash,
    pages::growth::frame,
    problem::Problem,
    viewer::{At, Viewer},
};

/// The panel of the action `id`.
///
/// # Errors
/// When there is no such action, or the database fails.
pub async fn panel(
    viewer: &Viewer,
    desk: &Desk,
    state: &AppState,
    id: Ulid,
    errors: &Errors,
    sent: &[(String, String)],
) -> Result<Markup, Problem> {
    let planned = state.growth().action(id).await?;
    let changes = state.growth().action_changes(id).await?;
    let action = &planned.action;
    let here = &viewer.address;
    let engagement = desk
        .plan
        .as_ref()
        .and_then(|record| record.plan.engagements.iter().find(|one| one.client_id == action.client_id));
    let outcome = desk.outcome(&action.client_id);
    let subtitle = html! {
        span.secondary { (task::icon(action.kind)) " " (action.kind.label()) }
        (task::status(action.status))
        @if let Some(of) = desk.tier(&action.client_id) { (tier(of)) }
    };
    let body = html! {
        div.section {
            (facts(&[
                ("Due", task::due(desk, &planned)),
                ("Owner", html! { (desk.owner_name(&action.owner)) }),
                ("Effort", html! { (task::hours(action.hours)) }),
                ("Status since", format::when(planned.status_since, viewer.now)),
            ]))
            (moves(id, action.status, here))
        }
        @if let Some(one) = engagement {
            div.section {
                h3 {
                    "What it is for "
                    (Why::new("added ARR × chance")
                        .input("Added ARR", format::money(&one.arr))
                        .input("Chance", format::percent(one.probability, 1))
                        .source(frame::source(&desk.board))
                        .render("Expected added ARR"))
                }
                (facts(&[
                    ("Added ARR if signed", html! { (format::money_whole(&one.arr)) }),
                    ("Chance", html! { (format::percent(one.probability, 0)) }),
                    ("Expected signature", format::day(one.closes_on)),
                    ("Effort of all steps", html! { (task::hours(one.hours)) }),
                ]))
            }
        }
        div.section {
            h3 { "Client" }
            @if let Some(outcome) = outcome {
                p {
                    @if outcome.won() { (badge(Tone::Good, "Won")) " " (format::money_whole(&outcome.arr)) " added ARR" }
                    @else { (badge(Tone::Plain, "Lost")) }
                    " on " (format::day(outcome.occurred_on))
                }
            }
            div.cluster {
                a.button.small href=(frame::client_href(&action.client_id)) { (Icon::Building) "Open client" }
                a.button.small href=(task::outcome_href(&action.client_id, &here.without("action"))) { (Icon::Done) "Record outcome" }
                a.button.small href=(Address::at("/growth/propositions/new").with("client", &action.client_id).href()) { (Icon::FileText) "Proposition" }
            }
        }
        div.section {
            h3 { "Change" }
            (edit_form(desk, &planned, here, errors, sent))
        }
        div.section {
            h3 { "History" }
            @if changes.is_empty() { p.secondary.small { "As it was planned." } }
            ol.timeline {
                @for change in changes.iter().rev() {
                    li { (change.sentence) br; time datetime=(change.at.to_string()) title=(format::instant(change.at)) { (format::relative(change.at, viewer.now)) " by " (change.actor) } }
                }
            }
        }
    };
    Ok(drawer(&id.to_string(), &action.client_name, subtitle, &here.without("action").href(), body))
}

/// Every status as a button; the one it has is pressed.
fn moves(id: Ulid, current: ActionStatus, here: &Address) -> Markup {
    html! {
        form method="post" action={ "/growth/plan/actions/" (id) "/status" } {
            input type="hidden" name="back" value=(here.href());
            div.button-group role="group" aria-label="Status" {
                @for status in ActionStatus::ALL {
                    button.button.small name="status" value=(status.id()) aria-pressed=(if *status == current { "true" } else { "false" }) { (status.label()) }
                }
            }
        }
    }
}

fn edit_form(
    desk: &Desk,
    planned: &growth::plan_record::PlannedAction,
    here: &Address,
    errors: &Errors,
    sent: &[(String, String)],
) -> Markup {
    let action = &planned.action;
    let typed = |name: &str, saved: String| {
        sent.iter().find(|(key, _)| key == name).map_or(saved, |(_, value)| value.clone())
    };
    let mut owners: Vec<(String, String)> =
        desk.owners.iter().map(|owner| (owner.id.to_string(), owner.name.clone())).collect();
    if desk.owner(&action.owner).is_none() {
        owners.insert(0, (action.owner.to_string(), desk.owner_name(&action.owner)));
    }
    html! {
        (errors.summary())
        form.form.full method="post" action={ "/growth/plan/actions/" (planned.id) } {
            (carry(&[("back".to_owned(), here.href())]))
            div.form-row {
                (Field::select("owner_id", "Owner", owners).value(typed("owner_id", action.owner.to_string())).errors(errors).render())
                (Field::date("due", "Due").required().value(typed("due", action.due.to_string())).errors(errors).render())
                (Field::number("hours", "Effort", 0.0, 168.0, 0.25).required().suffix("hours")
                    .value(typed("hours", action.hours.to_string())).errors(errors).render())
            }
            (Field::textarea("note", "Note", 3).attribute("maxlength", "2000").value(typed("note", planned.note.clone())).errors(errors).render())
            div.form-foot { button.button.primary type="submit" { "Save changes" } }
        }
    }
}

/// Where somebody came from.
fn back(text: &str) -> Address {
    let local = Address::parse(text).local().filter(|address| address.path().starts_with("/growth"));
    local.unwrap_or_else(|| Address::at(super::HOME))
}

/// A move.
#[derive(Deserialize)]
pub struct Move {
    status: String,
    #[serde(default)]
    back: String,
}

/// `POST /growth/plan/actions/{id}/status`
pub async fn set_status(
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
    Form(form): Form<Move>,
) -> Result<Response, Problem> {
    let status = ActionStatus::from_id(&form.status).ok_or_else(|| {
        let known: Vec<&str> = ActionStatus::ALL.iter().map(|one| one.id()).collect();
        let text = format!("There is no status `{}`: use one of {}.", form.status, known.join(", "));
        Problem::invalid(text.clone()).with_error("status", text)
    })?;
    let planned = state.growth().set_action_status(id, status, &at).await?;
    let text = format!(
        "{} for {}: {}.",
        planned.action.kind.label(),
        planned.action.client_name,
        status.label().to_lowercase()
    );
    Ok(flash::redirect(&back(&form.back), Tone::Good, &text))
}

/// `POST /growth/plan/actions/{id}`
pub async fn edit(
    mut viewer: Viewer,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let typed = |name: &str| sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
    let mut errors = Errors::default();
    let due = typed("due").map(str::parse).transpose();
    let due = due.map_err(|_| errors.add("due", "Write the day as year-month-day.")).unwrap_or_default();
    let hours = typed("hours").map(|text| text.replace(',', ".").parse::<f64>()).transpose();
    let hours =
        hours.map_err(|_| errors.add("hours", "Write the effort as a number of hours.")).unwrap_or_default();
    if errors.is_empty() {
        let edit = ActionEdit {
            status: None,
            owner: typed("owner_id").map(OwnerId::new),
            due,
            hours,
            note: typed("note").map(str::to_owned),
        };
        match state.growth().update_action(id, &edit, &at).await {
            Ok(_) => {
                let back = back(typed("back").unwrap_or_default());
                return Ok(flash::redirect(&back, Tone::Good, "The action is changed."));
            }
            Err(GrowthError::UnknownOwner(_)) => {
                errors.add("owner_id", "This owner is gone: choose another.")
            }
            Err(error @ GrowthError::ActionHours(_)) => errors.add("hours", Problem::from(error).detail()),
            Err(error) => return Err(error.into()),
        }
    }
    viewer.address = back(typed("back").unwrap_or_default()).with("action", id);
    let page = page(&viewer, &state, &errors, &sent).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
