//! Owners and capacity: who works, how many hours a week, and how full each week is.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{
    GrowthError,
    owner::{Owner, OwnerDraft, OwnerError},
    plan::{OwnerId, WeekWork, monday_of, workload},
};
use kernel::Ulid;
use maud::{Markup, html};

use super::{View, desk::Desk, page, task};
use crate::{
    app::AppState,
    design::{Address, Errors, Field, Icon, Tone, badge, card, empty, format},
    flash,
    problem::Problem,
    viewer::{At, Viewer},
};

/// Hours a week that the form begins with.
const WEEKLY_HOURS: &str = "16";

/// The tab.
pub fn content(viewer: &Viewer, desk: &Desk, errors: &Errors, sent: &[(String, String)]) -> Markup {
    let address = &viewer.address;
    let edited = address.get("edit");
    let weeks = weeks(desk);
    html! {
        div.split {
            div.stack {
                @if desk.owners.is_empty() {
                    section.card {
                        (empty(Icon::Users, "Nobody yet", "Add the people who work on opportunities and the hours they have for it.", &[]))
                    }
                }
                @for owner in &desk.owners { (person(desk, owner, &weeks, address)) }
            }
            (form_card(desk, edited, errors, sent))
        }
    }
}

/// Every owner's weeks as they stand.
fn weeks(desk: &Desk) -> Vec<WeekWork> {
    let Some(record) = &desk.plan else { return Vec::new() };
    let owners: Vec<(OwnerId, f64)> =
        desk.owners.iter().map(|owner| (OwnerId::new(owner.id.to_string()), owner.weekly_hours)).collect();
    workload(&record.plan, &record.plan.actions, &owners)
}

/// One owner with the weeks of the plan.
fn person(desk: &Desk, owner: &Owner, weeks: &[WeekWork], here: &Address) -> Markup {
    let id = owner.id.to_string();
    let mine: Vec<&WeekWork> = weeks.iter().filter(|week| week.owner.as_str() == id).collect();
    let open: f64 = mine.iter().map(|week| week.open_hours).sum();
    let full = mine.iter().filter(|week| week.excess_hours() > 0.05).count();
    let note = format!("{} · {} a week", owner.email, task::hours(owner.weekly_hours));
    let actions = html! {
        div.cluster {
            @if !owner.active { (badge(Tone::Plain, "Not in new plans")) }
            @if full > 0 { (badge(Tone::Warn, &format!("{} too full", format::counted(full, "week", "weeks")))) }
            a.button.small href=(Address::at(super::HOME).with("owner", &id).href()) { "Board" }
            a.button.small href=(here.with("edit", &id).href()) { (Icon::Pencil) "Edit" span.visually-hidden { " " (owner.name) } }
        }
    };
    card(
        &owner.name,
        Some(&note),
        actions,
        html! {
            @if desk.plan.is_none() || mine.is_empty() {
                p.secondary.small { "No plan yet, so nothing is booked." }
            } @else {
                p.secondary.small { (task::hours(open)) " of work lie ahead in this plan." }
                div.table-scroll tabindex="0" role="region" aria-label={ "Weeks of " (owner.name) } {
                    table.weeks {
                        caption.visually-hidden { "Hours of " (owner.name) " by week: done, open, and there are" }
                        thead.visually-hidden { tr { th scope="col" { "Week" } th scope="col" { "Load" } th scope="col" { "Hours" } } }
                        tbody {
                            @for week in &mine {
                                tr.now[week.week == monday_of(desk.today)] {
                                    th scope="row" { (week.week.strftime("%-d %b").to_string()) }
                                    td { (load(week, owner.weekly_hours)) }
                                    td.num {
                                        (format::number(week.done_hours + week.open_hours, 1)) " of " (task::hours(week.capacity_hours))
                                        @if week.excess_hours() > 0.05 { " " span.warn.strong { "+" (task::hours(week.excess_hours())) } }
                                    }
                                }
                            }
                        }
                    }
                }
                p.legend.tiny.muted { span { span.swatch.done {} "done" } span { span.swatch.open {} "open" } span { span.swatch.room {} "free" } }
            }
        },
    )
}

/// One week as a bar: done, open, and the hours there are; all owners' weeks share `widest` hours at least.
fn load(week: &WeekWork, widest: f64) -> Markup {
    let whole = widest.max(week.capacity_hours).max(week.done_hours + week.open_hours).max(1.0);
    let part = |hours: f64| format!("{:.2}", hours / whole * 100.0);
    html! {
        svg.load viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect.room width=(part(week.capacity_hours)) height="8" {}
            rect.done width=(part(week.done_hours)) height="8" {}
            rect.open[week.excess_hours() <= 0.05].over[week.excess_hours() > 0.05]
                x=(part(week.done_hours)) width=(part(week.open_hours)) height="8" {}
        }
    }
}

/// The form of a new owner, or of the one being edited.
fn form_card(desk: &Desk, edited: Option<&str>, errors: &Errors, sent: &[(String, String)]) -> Markup {
    let owner = edited.and_then(|id| desk.owners.iter().find(|owner| owner.id.to_string() == id));
    let typed = |name: &str| sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let value = |name: &str, saved: Option<String>, fresh: &str| {
        let nothing_sent = sent.is_empty();
        typed(name).or(saved).unwrap_or_else(|| if nothing_sent { fresh.to_owned() } else { String::new() })
    };
    let title = owner.map_or("Add an owner".to_owned(), |owner| format!("Change {}", owner.name));
    card(
        &title,
        None,
        html! {},
        html! {
            (errors.summary())
            form.form method="post" action=(View::Team.path()) {
                @if let Some(owner) = owner { input type="hidden" name="id" value=(owner.id); }
                (Field::text("name", "Name").required().attribute("maxlength", "80")
                    .value(value("name", owner.map(|owner| owner.name.clone()), "")).errors(errors).render())
                (Field::email("email", "E-mail").required().attribute("autocomplete", "off")
                    .value(value("email", owner.map(|owner| owner.email.clone()), "")).errors(errors).render())
                (Field::number("weekly_hours", "Hours a week for expansion work", 0.0, 168.0, 0.5).required().suffix("hours")
                    .value(value("weekly_hours", owner.map(|owner| owner.weekly_hours.to_string()), WEEKLY_HOURS)).errors(errors).render())
                (Field::check("active", "New plans count on them")
                    .value(value("active", owner.map(|owner| owner.active.to_string()), "true")).render())
                div.form-foot {
                    button.button.primary type="submit" { @if owner.is_some() { "Save" } @else { "Add owner" } }
                    @if owner.is_some() { a.button.quiet href=(View::Team.path()) { "Cancel" } }
                }
                p.hint { "A change counts for the next plan. The current one stays as it was made." }
            }
        },
    )
}

/// `POST /growth/plan/team`
pub async fn save(
    mut viewer: Viewer,
    At(at): At,
    State(state): State<AppState>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let typed = |name: &str| sent.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
    let id = match typed("id") {
        "" => None,
        text => Some(text.parse::<Ulid>().map_err(|_| Problem::not_found("There is no such owner."))?),
    };
    let mut errors = Errors::default();
    let weekly_hours = typed("weekly_hours").replace(',', ".").parse::<f64>();
    let draft = OwnerDraft {
        name: typed("name").to_owned(),
        email: typed("email").to_owned(),
        weekly_hours: weekly_hours.unwrap_or(f64::NAN),
        active: typed("active") == "true",
    };
    let saved = state.growth().save_owner(id, &draft, &at).await;
    match saved {
        Ok(owner) => {
            let text = format!("{} has {} a week.", owner.name, task::hours(owner.weekly_hours));
            return Ok(flash::redirect(&Address::at(View::Team.path()), Tone::Good, &text));
        }
        Err(GrowthError::Owner(OwnerError::WeeklyHours(_))) => {
            errors.add("weekly_hours", "Write the hours of a week as a number from 0 to 168.");
        }
        Err(GrowthError::Owner(error)) => {
            let field = if matches!(error, OwnerError::Email(_)) { "email" } else { "name" };
            errors.add(field, Problem::from(GrowthError::Owner(error)).detail());
        }
        Err(GrowthError::OwnerEmailTaken) => errors.add("email", "Somebody else has this e-mail already."),
        Err(error) => return Err(error.into()),
    }
    viewer.address = Address::at(View::Team.path());
    if let Some(id) = id {
        viewer.address = viewer.address.with("edit", id);
    }
    let page = page(&viewer, &state, &errors, &sent).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
