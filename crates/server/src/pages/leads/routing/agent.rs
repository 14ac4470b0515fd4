//! `/m/{market}/leads/routing/{agent}`: what one of the team takes.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, RawForm, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Time};
use kernel::{Ulid, Vertical};
use leads::{AgentSettings, AgentView, LeadsError, WEIGHT_MAX, WorkingDay, routing::Absence};
use maud::{Markup, html};
use serde::Deserialize;

use super::{DAYS, place};
use crate::{
    access::MarketRoles,
    api::leads::CHANGED,
    app::AppState,
    design::{Address, Errors, Field, Icon, Tone, badge, card, facts, format},
    flash,
    pages::{
        contacts::Names,
        leads::{Section, page},
    },
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// Who.
#[derive(Deserialize)]
pub struct OfAgent {
    agent: Ulid,
}

/// The form as it was typed, so that what is wrong can be put right.
struct Typed(Address);

/// `GET /m/{market}/leads/routing/{agent}`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfAgent>,
) -> Result<Response, Problem> {
    let known = known(&state, &here, path.agent, viewer.now).await?;
    let settings = known.as_ref().map(|view| view.settings.clone()).unwrap_or_default();
    let typed = Typed::of(&settings, &here);
    let page = whole(&viewer, &here, &state, path.agent, known, &typed, &Errors::default()).await?;
    Ok(page.into_response())
}

/// `POST /m/{market}/leads/routing/{agent}`
pub async fn save(
    mut viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfAgent>,
    RawForm(sent): RawForm,
) -> Result<Response, Problem> {
    // Nobody but members can be offered anything.
    crate::api::contacts::assignee(&state, &here, path.agent).await?;
    let typed = Typed(Address::parse(&format!("?{}", String::from_utf8_lossy(&sent))));
    let known = known(&state, &here, path.agent, viewer.now).await?;
    let before = known.as_ref().map(|view| view.settings.absences.clone()).unwrap_or_default();
    let mut errors = Errors::default();
    let settings = typed.settings(&here, &before, &mut errors);
    if errors.is_empty() {
        match state.hub().leads.save_agent(&here.market, path.agent, &settings, &at).await {
            Ok(()) => {
                state.tell(here.market.id(), CHANGED);
                let text = "It is saved. The next lead in turn goes by it.";
                return Ok(flash::redirect(&Address::at(place(&here)), Tone::Good, text));
            }
            Err(LeadsError::Invalid { field, message }) => errors.add(field, message),
            Err(error) => return Err(error.into()),
        }
    }
    viewer.address = Address::at(format!("{}/{}", place(&here), path.agent));
    let page = whole(&viewer, &here, &state, path.agent, known, &typed, &errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /m/{market}/leads/routing/{agent}/remove`
pub async fn remove(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfAgent>,
) -> Result<Response, Problem> {
    state.hub().leads.remove_agent(&here.market, path.agent, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let text = "They are offered no more leads. Those that they hold stay theirs.";
    Ok(flash::redirect(&Address::at(place(&here)), Tone::Good, text))
}

async fn known(
    state: &AppState,
    here: &InMarket,
    agent: Ulid,
    now: Timestamp,
) -> Result<Option<AgentView>, Problem> {
    let agents = state.hub().leads.agents(&here.market, now).await?;
    Ok(agents.into_iter().find(|view| view.agent == agent))
}

async fn whole(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    agent: Ulid,
    known: Option<AgentView>,
    typed: &Typed,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let names = Arc::new(Names::of(state, here).await?);
    let name = names.assignee(Some(agent));
    let manages = here.may(MarketRoles::MANAGE_MODELS);
    let content = html! {
        div.split {
            div.stack {
                @if manages { (form(here, agent, typed, errors)) }
                @else { (card("What they take", None, html! {}, html! { p.secondary { "Owners and managers of the market say what somebody takes." } })) }
            }
            div.stack { (standing(here, agent, known.as_ref(), manages)) }
        }
    };
    Ok(page(viewer, here, Section::Routing, &name)
        .crumb("Routing", place(here))
        .lead(html! { "Which leads are offered to " (name) ", how many, and when." })
        .main(content)
        .render())
}

fn standing(here: &InMarket, agent: Ulid, known: Option<&AgentView>, manages: bool) -> Markup {
    let body = match known {
        None => {
            html! { p.secondary { "No lead is offered to them yet. Save what they take, and they have their turn." } }
        }
        Some(view) => {
            let most = |limit: Option<u32>| {
                limit.map_or_else(|| "no limit".to_owned(), |most| format!("of {}", format::count(most)))
            };
            let rows = [
                (
                    "Open leads",
                    html! { (format::count(view.open)) " " span.muted { (most(view.settings.open_max)) } },
                ),
                (
                    "Offered today",
                    html! { (format::count(view.today)) " " span.muted { (most(view.settings.daily_max)) } },
                ),
                ("Earned in turns", html! { (format::signed(view.credit as f64 / 1e6, 2)) " leads" }),
                ("Saved", html! { (format::instant(view.updated_at)) }),
            ];
            html! {
                (facts(&rows))
                @if manages {
                    form method="post" action={ (place(here)) "/" (agent) "/remove" } { button.button.danger { (Icon::Close) "Offer them no more leads" } }
                }
            }
        }
    };
    let stamp = match known {
        None => badge(Tone::Plain, "Takes none"),
        Some(view) if view.at_work => badge(Tone::Good, "At work"),
        Some(_) => badge(Tone::Warn, "Not at work"),
    };
    card("Now", None, stamp, body)
}

fn form(here: &InMarket, agent: Ulid, typed: &Typed, errors: &Errors) -> Markup {
    let text = |name: &str| typed.0.get(name).unwrap_or_default().to_owned();
    let currency = here.market.currency().to_string();
    let verticals: Vec<&str> = typed.0.all("verticals").collect();
    let body = html! {
        (errors.summary())
        form.form.wide method="post" action={ (place(here)) "/" (agent) } {
            div.form-row {
                (Field::number("weight", "Weight", 0.0, f64::from(WEIGHT_MAX), 1.0).required().value(text("weight")).hint("Leads of each turn that are theirs, beside the others; 0 takes none.").errors(errors).render())
                (Field::number("open_max", "Open leads at most", 0.0, 100_000.0, 1.0).value(text("open_max")).errors(errors).render())
                (Field::number("daily_max", "Leads a day at most", 0.0, 100_000.0, 1.0).value(text("daily_max")).errors(errors).render())
                (Field::text("team", "Team").value(text("team")).attribute("maxlength", "80").errors(errors).render())
            }
            fieldset.field {
                legend { "When they work, in " (here.market.time_zone().as_str()) }
                p.hint { "A day without hours is a day off. Without any hours they are always at work." }
                div.days-of-week {
                    @for (id, label) in DAYS {
                        div.day-row {
                            span { (label) }
                            input.input type="time" name={ (id) "_from" } value=(text(&format!("{id}_from"))) aria-label={ (label) ", from" };
                            input.input type="time" name={ (id) "_to" } value=(text(&format!("{id}_to"))) aria-label={ (label) ", to" };
                        }
                    }
                }
                @if let Some(error) = errors.get("hours") { p.error #hours { (Icon::Alert) span { (error) } } }
            }
            fieldset.field {
                legend { "Lines of business " span.optional { "(none: all)" } }
                div.ticks.cluster {
                    @for vertical in Vertical::ALL.iter().copied() {
                        label.choice { input type="checkbox" name="verticals" value=(vertical) checked[verticals.contains(&vertical.id())]; (vertical.label()) }
                    }
                }
            }
            div.form-row {
                (Field::text("areas", "Areas").value(text("areas")).hint("As the market names them, separated by commas; none: all.").errors(errors).render())
                (Field::text("languages", "Languages").value(text("languages")).hint("Such as en, es; asked for only when a contact asked for one.").errors(errors).render())
            }
            div.form-row {
                (Field::number("price_from", "Prices from", 0.0, 1e12, 1.0).value(text("price_from")).suffix(&currency).errors(errors).render())
                (Field::number("price_to", "up to", 0.0, 1e12, 1.0).value(text("price_to")).suffix(&currency).errors(errors).render())
            }
            fieldset.field {
                legend { "Away" }
                @for (place, away) in typed.0.all("away").enumerate() {
                    label.choice { input type="checkbox" name="away" value=(away) checked id={ "away-" (place) }; (away.replace('/', " to ")) }
                }
                div.form-row {
                    (Field::date("away_from", "From").value(text("away_from")).render())
                    (Field::date("away_until", "Back on").value(text("away_until")).errors(errors).render())
                }
                @if let Some(error) = errors.get("absences") { p.error #absences { (Icon::Alert) span { (error) } } }
            }
            div.form-foot { button.button.primary type="submit" { "Save" } }
        }
    };
    card("What they take", None, html! {}, body)
}

impl Typed {
    /// The form as saved settings fill it in.
    fn of(settings: &AgentSettings, here: &InMarket) -> Self {
        let zone = here.market.time_zone().zone();
        let words = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join(", ");
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let mut form = Address::at("")
            .with("weight", settings.weight)
            .with("open_max", number(settings.open_max))
            .with("daily_max", number(settings.daily_max))
            .with("team", settings.team.clone().unwrap_or_default())
            .with("areas", words(&settings.areas))
            .with("languages", words(&settings.languages));
        if let Some((from, to)) = settings.prices {
            form = form.with("price_from", from).with("price_to", to);
        }
        for vertical in &settings.verticals {
            form = form.and("verticals", vertical);
        }
        for ((id, _), day) in DAYS.iter().zip(settings.hours.into_iter().flatten()) {
            if let Some(WorkingDay { from, to }) = day {
                form = form
                    .with(&format!("{id}_from"), from.strftime("%H:%M"))
                    .with(&format!("{id}_to"), to.strftime("%H:%M"));
            }
        }
        for away in &settings.absences {
            let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
            form = form.and("away", format!("{}/{}", day(away.from), day(away.until)));
        }
        Self(form)
    }

    /// What the form says; what is wrong with it goes to `errors`.
    fn settings(&self, here: &InMarket, before: &[Absence], errors: &mut Errors) -> AgentSettings {
        AgentSettings {
            team: self.0.get("team").map(|team| team.trim().to_owned()),
            weight: self.number("weight", errors).unwrap_or_default(),
            open_max: self.number("open_max", errors),
            daily_max: self.number("daily_max", errors),
            verticals: self.0.all("verticals").filter_map(|vertical| vertical.parse().ok()).collect(),
            areas: self.words("areas"),
            prices: self.prices(errors),
            languages: self.words("languages"),
            hours: self.hours(errors),
            absences: self.absences(here, before, errors),
        }
    }

    fn number<T: std::str::FromStr>(&self, name: &str, errors: &mut Errors) -> Option<T> {
        let text = self.0.get(name)?;
        let number = text.trim().parse().ok();
        if number.is_none() {
            errors.add(name, "A whole number is expected.");
        }
        number
    }

    fn words(&self, name: &str) -> BTreeSet<String> {
        let text = self.0.get(name).unwrap_or_default();
        text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    }

    fn prices(&self, errors: &mut Errors) -> Option<(u64, u64)> {
        match (self.number("price_from", errors), self.number("price_to", errors)) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(0), to.unwrap_or(u64::MAX))),
        }
    }

    fn hours(&self, errors: &mut Errors) -> Option<[Option<WorkingDay>; 7]> {
        let time = |name: String| self.0.get(&name).map(|text| Time::strptime("%H:%M", text.trim()));
        let days = DAYS.map(|(id, label)| match (time(format!("{id}_from")), time(format!("{id}_to"))) {
            (None, None) => None,
            (Some(Ok(from)), Some(Ok(to))) => Some(WorkingDay { from, to }),
            _ => {
                errors.add("hours", format!("{label}: say from when until when, as in 09:00 and 17:30."));
                None
            }
        });
        days.iter().any(Option::is_some).then_some(days)
    }

    /// Absences that stay ticked, as they were saved, and the new one.
    fn absences(&self, here: &InMarket, before: &[Absence], errors: &mut Errors) -> Vec<Absence> {
        let zone = here.market.time_zone().zone();
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let kept: Vec<&str> = self.0.all("away").collect();
        let mut absences: Vec<Absence> = before
            .iter()
            .filter(|away| kept.contains(&format!("{}/{}", day(away.from), day(away.until)).as_str()))
            .copied()
            .collect();
        let begins = |name: &str| {
            let date: jiff::civil::Date = self.0.get(name)?.trim().parse().ok()?;
            zone.to_zoned(date.to_datetime(Time::midnight())).ok().map(|at| at.timestamp())
        };
        match (begins("away_from"), begins("away_until")) {
            (Some(from), Some(until)) if from < until => absences.push(Absence { from, until }),
            (None, None) if self.0.get("away_from").is_none() && self.0.get("away_until").is_none() => {}
            _ => errors.add("away_until", "Say from which day, and the later day on which they are back."),
        }
        absences
    }
}
