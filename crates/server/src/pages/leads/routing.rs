//! `/m/{market}/leads/routing`: who takes leads, how fast they are spoken to, and how fairly they were shared.

pub mod agent;
mod fair;

use std::collections::BTreeMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use kernel::Ulid;
use leads::{AgentView, SpeedReport, Timing, WorkingDay};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{Section, home, page, words};
use crate::{
    api::leads::{CHANGED, POLICY_CHANGED},
    app::AppState,
    design::{Address, Column, Icon, Kpi, Lead, Table, Tone, Why, badge, card, flush_card, format, kpis},
    pages::{contacts::Names, views},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// The days of a week: how forms name them, and people.
const DAYS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];

/// How many days back the reports can look.
const PERIODS: [(i64, &str); 3] = [(7, "7 days"), (30, "30 days"), (90, "90 days")];

/// Where the page is.
fn place(here: &InMarket) -> String {
    format!("{}/routing", home(here))
}

/// Somebody who can look after leads, with what they take if that was said.
struct Line {
    id: String,
    name: String,
    view: Option<AgentView>,
    timing: Option<Timing>,
}

/// `GET /m/{market}/leads/routing`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let leads = &state.hub().leads;
    let names = Names::of(&state, &here).await?;
    let days =
        viewer.address.parsed::<i64>("days").filter(|days| PERIODS.iter().any(|(known, _)| known == days));
    let days = days.unwrap_or(30);
    let since = viewer.now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(viewer.now);
    let speed = leads.speed(&here.market, since, viewer.now).await?;
    let fairness = leads.fairness(&here.market, since).await?;
    let agents = leads.agents(&here.market, viewer.now).await?;
    let lines = lines(&names, agents, &speed);
    let shares = fair::shares(&fairness, &names);
    let (agents, shared) = (table(&here), fair::table());
    let file = match viewer.address.get("table") {
        Some("shares") => shared.export(&shares, &viewer.address, "lead-shares")?,
        _ => agents.export(&lines, &viewer.address, "lead-agents")?,
    };
    if let Some(file) = file {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let none_set = lines.iter().all(|line| line.view.is_none());
    let content = html! {
        (figures(&speed, days))
        @if none_set {
            (card("Nobody takes leads yet", None, html! {}, html! {
                p { "Leads that nobody looks after stay where they are until somebody's turns are set up. Open one of the team below, say what they take, and save." }
            }))
        }
        (flush_card("Agents", Some("Everybody who can look after leads. Hours are those of the market."), html! {}, agents.render(&lines, &viewer.address, &views)))
        (card("Were turns kept?", Some(&period_note(days)), periods(&viewer, days), html! { (fair::verdict(&fairness)) (fair::chart(&shares, &fairness)) }))
        @if !shares.is_empty() {
            (flush_card("Shares", Some("What each was given, beside what was due by weight of the leads that they could have taken."), html! {}, shared.render(&shares, &viewer.address.with("table", "shares"), &views)))
        }
        @if speed.is_cut { p.hint { "There were more offers than a report looks at: the earliest were counted." } }
    };
    let live = html! {
        div.stack id="routing" hx-get=(viewer.address.href()) hx-select="#routing" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body throttle:5s, " (POLICY_CHANGED) " from:body" } { (content) }
    };
    Ok(page(&viewer, &here, Section::Routing, "Routing")
        .lead(html! { "Who is offered which lead, by rules, room and turns; how fast the first word is; and whether the turns were kept." })
        .main(live)
        .render()
        .into_response())
}

fn lines(names: &Names, agents: Vec<AgentView>, speed: &SpeedReport) -> Vec<Line> {
    let mut set: BTreeMap<String, AgentView> =
        agents.into_iter().map(|view| (view.agent.to_string(), view)).collect();
    let timing = |id: &str| id.parse::<Ulid>().ok().and_then(|id| speed.by_agent.get(&id).copied());
    let mut lines: Vec<Line> = names
        .agents
        .iter()
        .map(|(id, name)| Line {
            id: id.clone(),
            name: name.clone(),
            view: set.remove(id),
            timing: timing(id),
        })
        .collect();
    // Who left the team, and would still be offered leads.
    lines.extend(set.into_iter().map(|(id, view)| Line {
        name: names.assignee(id.parse().ok()),
        timing: timing(&id),
        view: Some(view),
        id,
    }));
    lines
}

fn period_note(days: i64) -> String {
    format!("Leads offered in the last {days} days.")
}

fn periods(viewer: &Viewer, days: i64) -> Markup {
    let here = Address::at(viewer.address.path());
    html! {
        nav.button-group aria-label="Period" {
            @for (known, label) in PERIODS {
                a.button.small href=(here.with("days", known).href()) aria-current=[(known == days).then_some("true")] { (label) }
            }
        }
    }
}

fn figures(speed: &SpeedReport, days: i64) -> Markup {
    let target = words::span(f64::from(speed.target_seconds));
    let source = format!(
        "offers of the last {days} days; the clock begins when the agent is at work and the person may be called"
    );
    let seconds = |value: Option<f64>| value.map_or_else(|| "none yet".to_owned(), words::span);
    let action = &speed.first_action;
    let within = match action.share_within {
        Some(range) => html! {
            (format::percent(action.within as f64 / action.count.max(1) as f64, 0)) " within " (target)
            " (" (format::percent(range.lower, 0)) " – " (format::percent(range.upper, 0)) ", 90 %)"
        },
        None => html! { "the policy asks for " (target) },
    };
    let met = action.p95_seconds.is_some_and(|p95| p95 <= f64::from(speed.target_seconds));
    kpis(&[
        Kpi::new("First word, 95 of 100 within", html! { (seconds(action.p95_seconds)) })
            .note(html! { @if action.count > 0 { @if met { (badge(Tone::Good, "As asked for")) } @else { (badge(Tone::Warn, "Slower than asked for")) } " " } (within) })
            .why(
                Why::new("the 95th of a hundred first words, by how long they took")
                    .input("offers", format::count(action.count))
                    .input("still without a word", format::count(action.running))
                    .input("asked for", &*target)
                    .source(&*source),
            ),
        Kpi::new("First word, half within", html! { (seconds(action.p50_seconds)) })
            .note(html! { (format::counted(action.count as usize, "offer", "offers")) ", " (format::count(action.running)) " of them without a word yet" })
            .why(Why::new("the middle one of all first words").source(&*source)),
        Kpi::new("Offered, 95 of 100 within", html! { (seconds(speed.offered.p95_seconds)) })
            .note(html! { "after they came, " (format::counted(speed.offered.count as usize, "lead", "leads")) })
            .why(Why::new("from a lead's arrival to its first offer; who came when nobody was at work counts from when somebody was").source(&*source)),
        Kpi::new("Nobody can take", html! { (format::count(speed.untaken)) })
            .note(html! { @if speed.untaken > 0 { "wait for room, hours or a rule" } @else { "every lead has found somebody" } })
            .why(Why::new("offers that are open and have no agent").source(&*source)),
    ])
}

/// Working hours in a line: days that are alike follow on each other.
fn hours(days: &[Option<WorkingDay>; 7]) -> String {
    let said = |day: &Option<WorkingDay>| {
        day.map(|day| format!("{}–{}", day.from.strftime("%H:%M"), day.to.strftime("%H:%M")))
    };
    let short = |place: usize| DAYS[place].1.get(..3).unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    let mut place = 0;
    while place < days.len() {
        let Some(time) = said(&days[place]) else {
            place += 1;
            continue;
        };
        let last = (place..days.len())
            .take_while(|at| said(&days[*at]).as_ref() == Some(&time))
            .last()
            .unwrap_or(place);
        parts.push(if last == place {
            format!("{} {time}", short(place))
        } else {
            format!("{}–{} {time}", short(place), short(last))
        });
        place = last + 1;
    }
    if parts.is_empty() { "never".to_owned() } else { parts.join(", ") }
}

fn serves(view: &AgentView) -> String {
    let settings = &view.settings;
    let mut parts: Vec<String> =
        settings.verticals.iter().map(|vertical| vertical.label().to_owned()).collect();
    parts.extend(settings.areas.iter().cloned());
    parts.extend(settings.languages.iter().cloned());
    if let Some((from, to)) = settings.prices {
        parts.push(if to == u64::MAX {
            format!("from {}", format::count(from))
        } else {
            format!("{} to {}", format::count(from), format::count(to))
        });
    }
    if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
}

fn table(here: &InMarket) -> Table<Line> {
    let place = place(here);
    let of = |value: u32, most: Option<u32>| html! { (format::count(value)) @if let Some(most) = most { span.muted { " of " (format::count(most)) } } };
    Table::new("agent-table", "Agents who take leads", ("agent", "agents"), |line: &Line| line.id.clone())
        .column(
            Column::new(
                "name",
                "Name",
                ColumnKind::Text,
                move |line: &Line| html! { a.row-link href={ (place) "/" (line.id) } hx-boost="false" { (line.name) } @if let Some(team) = line.view.as_ref().and_then(|view| view.settings.team.as_ref()) { span.sub { (team) } } },
                |line| Cell::from(line.name.as_str()),
            )
            .sorted_by(|one, two| one.name.to_lowercase().cmp(&two.name.to_lowercase())),
        )
        .column(Column::new(
            "state",
            "Now",
            ColumnKind::Text,
            |line: &Line| match &line.view {
                None => badge(Tone::Plain, "Takes none"),
                Some(view) if view.settings.weight == 0 => badge(Tone::Plain, "Weight 0"),
                Some(view) if view.at_work => badge(Tone::Good, "At work"),
                Some(_) => badge(Tone::Warn, "Not at work"),
            },
            |line| match &line.view {
                None => Cell::from("takes none"),
                Some(view) => Cell::from(if view.at_work { "at work" } else { "not at work" }),
            },
        ))
        .column(
            Column::new(
                "open",
                "Open",
                ColumnKind::Integer,
                move |line: &Line| html! { @match &line.view { Some(view) => (of(view.open, view.settings.open_max)), None => "" } },
                |line| line.view.as_ref().map_or(Cell::Empty, |view| Cell::from(u64::from(view.open))),
            )
            .sorted_by_number(|line| line.view.as_ref().map(|view| f64::from(view.open))),
        )
        .column(
            Column::new(
                "today",
                "Today",
                ColumnKind::Integer,
                move |line: &Line| html! { @match &line.view { Some(view) => (of(view.today, view.settings.daily_max)), None => "" } },
                |line| line.view.as_ref().map_or(Cell::Empty, |view| Cell::from(u64::from(view.today))),
            )
            .sorted_by_number(|line| line.view.as_ref().map(|view| f64::from(view.today)))
            .importance(2),
        )
        .column(
            Column::new(
                "first_word",
                "First word, 95 of 100",
                ColumnKind::Number,
                |line: &Line| html! { @match line.timing.and_then(|timing| timing.p95_seconds) { Some(p95) => (words::span(p95)), None => span.muted { "none yet" } } },
                |line| line.timing.and_then(|timing| timing.p95_seconds).map_or(Cell::Empty, Cell::from),
            )
            .sorted_by_number(|line| line.timing.and_then(|timing| timing.p95_seconds))
            .importance(2),
        )
        .column(
            Column::new(
                "weight",
                "Weight",
                ColumnKind::Integer,
                |line: &Line| html! { @match &line.view { Some(view) => (format::count(view.settings.weight)), None => "" } },
                |line| line.view.as_ref().map_or(Cell::Empty, |view| Cell::from(u64::from(view.settings.weight))),
            )
            .sorted_by_number(|line| line.view.as_ref().map(|view| f64::from(view.settings.weight)))
            .importance(3),
        )
        .column(
            Column::text("serves", "Serves", |line: &Line| line.view.as_ref().map(serves).unwrap_or_default())
                .importance(3),
        )
        .column(
            Column::text("hours", "Works", |line: &Line| match &line.view {
                None => String::new(),
                Some(view) => view.settings.hours.as_ref().map_or_else(|| "always".to_owned(), hours),
            })
            .importance(3),
        )
        .column(
            Column::new(
                "credit",
                "Earned",
                ColumnKind::Number,
                |line: &Line| html! { @match &line.view { Some(view) => (format::signed(view.credit as f64 / 1e6, 2)), None => "" } },
                |line| line.view.as_ref().map_or(Cell::Empty, |view| Cell::from(view.credit as f64 / 1e6)),
            )
            .hint("Leads earned in turns and not yet given; whoever has earned most is next.")
            .optional(),
        )
        .searched_in(|line| line.name.clone())
        .when_empty(
            Icon::Users,
            "Nobody can look after leads",
            "Owners, managers and agents of the market can. Add people, and say what they take.",
            [Lead::new("People of the market", format!("/m/{}/people", here.market.name()))],
        )
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn working_hours_read_as_one_line() {
        let day = |from, to| Some(WorkingDay { from: time(from, 0, 0, 0), to: time(to, 30, 0, 0) });
        let week = [day(9, 17), day(9, 17), day(9, 17), None, day(9, 17), day(10, 14), None];
        assert_eq!(hours(&week), "Mon–Wed 09:00–17:30, Fri 09:00–17:30, Sat 10:00–14:30");
        assert_eq!(hours(&[None; 7]), "never");
    }
}
