//! `/m/{market}/leads/compliance`: every message that the gate was asked about, what it said, and by which rule.

pub mod earlier;
mod opened;
pub mod sender;
mod table;

use std::collections::HashMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{PersonId, Ulid};
use leads::{
    Channel, ExportedList, GATE_PAGE_MAX, GateEntry, GateFigure, GateQuery, OutcomeKind, gate::Step,
};
use maud::{Markup, html};

use super::{
    Section, decision,
    file::{self, Format},
    page,
};
use crate::{
    access::MarketRoles,
    api::{contacts::sight, leads::CHANGED},
    app::AppState,
    design::{Address, Axis, Chart, Ink, Kpi, Part, Series, Unit, Why, flush_card, format, kpis},
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// Rules that the chart shows; the table below has all decisions.
const RULES_SHOWN: usize = 8;

/// How many days back the log can be narrowed to.
pub(super) const PERIODS: [(i64, &str); 3] = [(1, "Last day"), (7, "Last 7 days"), (30, "Last 30 days")];

/// One line.
pub(super) struct Line {
    pub entry: GateEntry,
    /// Whom it is about, as far as the viewer may know.
    pub who: String,
}

/// `GET /m/{market}/leads/compliance`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let leads = &state.hub().leads;
    let query = asked(&viewer.address, viewer.now);
    let table = table::of(viewer.now);
    if let Some(format) = Format::asked(&viewer.address)? {
        let lines = lines(&state, &here, everything(&state, &here, query).await?).await?;
        let decisions = table.taken(&lines);
        let manifest = leads.take_out(&here.market, ExportedList::Decisions, &decisions, &at).await?;
        return file::answer(&here, "compliance-log", format, decisions, &manifest).await;
    }
    let found = leads.gate_log(&here.market, &query).await?;
    let matching = sum(&leads.gate_figures(&here.market, &query).await?);
    let figures = leads.gate_figures(&here.market, &GateQuery::default()).await?;
    let part = Part {
        matching: usize::try_from(matching).unwrap_or(usize::MAX),
        all: usize::try_from(sum(&figures)).unwrap_or(usize::MAX),
        next: found.next.map(|next| next.to_string()),
    };
    let lines = lines(&state, &here, found.entries).await?;
    let views = views::of(&viewer, state.directory()).await?;
    let content = html! {
        (totals(&viewer, &figures))
        div.grid.even {
            (sender::card_of(&state, &here, viewer.now).await?)
            (earlier::card_of(&here))
        }
        @if figures.iter().any(|figure| figure.rule.is_some()) { section.card { (rules(&figures)) } }
        @if query.contact.is_some() {
            p.small { "Only decisions about one person. " a href=(viewer.address.without("contact").without("after").without("from").href()) { "Show those about everybody" } }
        }
        (flush_card("Decisions", Some("Every step is judged for every message, and kept as it was judged. The text itself is not kept."), html! {}, table.render_part(&lines, &part, &viewer.address, &views)))
    };
    let live = html! {
        div.stack id="compliance" hx-get=(viewer.address.href()) hx-select="#compliance" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body throttle:5s" } { (content) }
    };
    Ok(page(&viewer, &here, Section::Compliance, "Compliance")
        .lead(
            html! { "What may be sent to whom, and why not. A message leaves only when every step lets it." },
        )
        .actions(file::button(&viewer.address))
        .main(live)
        .drawer(opened::drawer_of(&state, &here, &viewer).await?)
        .render()
        .into_response())
}

/// What the address asks for. What cannot be is not asked.
fn asked(address: &Address, now: Timestamp) -> GateQuery {
    let channel = address.get("channel");
    let step = address.get("step");
    let days = address.parsed::<i64>("when").filter(|days| PERIODS.iter().any(|(known, _)| known == days));
    GateQuery {
        contact: address.parsed::<Ulid>("contact").map(PersonId::from),
        channel: Channel::ALL.into_iter().find(|known| Some(known.word()) == channel),
        outcome: address.get("outcome").and_then(OutcomeKind::from_id),
        step: Step::ALL.into_iter().find(|known| Some(decision::step_id(*known)) == step),
        rule: address.get("rule").map(str::to_owned),
        from: days.and_then(|days| now.checked_sub(SignedDuration::from_hours(24 * days)).ok()),
        after: Part::after(address).and_then(|after| after.parse().ok()),
        limit: Part::rows(address),
        ..GateQuery::default()
    }
}

/// Every decision that is asked for.
async fn everything(state: &AppState, here: &InMarket, query: GateQuery) -> Result<Vec<GateEntry>, Problem> {
    let mut query = GateQuery { after: None, limit: GATE_PAGE_MAX, ..query };
    let mut entries = Vec::new();
    loop {
        let page = state.hub().leads.gate_log(&here.market, &query).await?;
        entries.extend(page.entries);
        query.after = page.next;
        if query.after.is_none() {
            return Ok(entries);
        }
    }
}

/// The decisions with the names of those whom the viewer may know.
async fn lines(state: &AppState, here: &InMarket, entries: Vec<GateEntry>) -> Result<Vec<Line>, Problem> {
    let mut names: HashMap<PersonId, String> = HashMap::new();
    if here.may(MarketRoles::READ_CONTACTS) {
        let mut ids: Vec<PersonId> = entries.iter().map(|entry| entry.contact).collect();
        ids.sort_unstable();
        ids.dedup();
        let known = state.contacts().many(&here.market, sight(here), &ids).await?;
        names.extend(known.into_iter().filter_map(|contact| {
            let label = contact.personal.label()?.to_owned();
            Some((contact.id, label))
        }));
    }
    let line = |entry: GateEntry| {
        let who = names.get(&entry.contact).cloned().unwrap_or_else(|| "Somebody".to_owned());
        Line { who, entry }
    };
    Ok(entries.into_iter().map(line).collect())
}

fn sum(figures: &[GateFigure]) -> u64 {
    figures.iter().map(|figure| figure.decisions).sum()
}

fn totals(viewer: &Viewer, figures: &[GateFigure]) -> Markup {
    let source = "decisions of the gate on record, counted now";
    let here = Address::at(viewer.address.path());
    let all = sum(figures);
    let of = |outcome: OutcomeKind| -> u64 {
        figures.iter().filter(|figure| figure.outcome == outcome).map(|figure| figure.decisions).sum()
    };
    let mut cards = vec![
        Kpi::new("Judged", html! { a href=(here.href()) { (format::count(all)) } })
            .note(html! { "messages that the gate was asked about" })
            .why(Why::new("decisions on record").source(source)),
    ];
    cards.extend(OutcomeKind::ALL.into_iter().map(|outcome| {
        let count = of(outcome);
        let share = if all == 0 {
            format::UNKNOWN.to_owned()
        } else {
            format!("{} of all", format::percent(count as f64 / all as f64, 1))
        };
        Kpi::new(
            decision::kind_label(outcome),
            html! { a href=(here.with("outcome", outcome.id()).href()) { (format::count(count)) } },
        )
        .note(html! { (share) })
        .why(Why::new("decisions with this outcome").input("decisions", format::count(count)).source(source))
    }));
    kpis(&cards)
}

/// What held messages back.
fn rules(figures: &[GateFigure]) -> Markup {
    let mut by_rule: Vec<(&str, u64)> = Vec::new();
    for figure in figures {
        let Some(rule) = figure.rule.as_deref() else { continue };
        match by_rule.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, count)) => *count += figure.decisions,
            None => by_rule.push((rule, figure.decisions)),
        }
    }
    by_rule.sort_by(|one, two| two.1.cmp(&one.1).then(one.0.cmp(two.0)));
    let held: u64 = by_rule.iter().map(|(_, count)| count).sum();
    let Some((first, count)) = by_rule.first().copied() else { return html! {} };
    let sentence = format!(
        "Of {} held back, {} decided most often: {}.",
        format::counted(held as usize, "message", "messages"),
        first,
        format::counted(count as usize, "time", "times")
    );
    let shown = by_rule.iter().take(RULES_SHOWN);
    Chart::new("gate-rules", "What held messages back", sentence)
        .over("Rule", shown.clone().map(|(rule, _)| (*rule).to_owned()))
        .y(Axis::new("Messages", Unit::Number))
        .series(Series::bars("Messages", shown.map(|(_, count)| *count as f64)).ink(Ink::First))
        .horizontal()
        .short()
        .render()
}
