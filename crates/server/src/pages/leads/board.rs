//! `/m/{market}/leads`: who is worth a call now, and why.

mod drawer;
mod found;
mod table;

pub(super) use self::table::waiting;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use kernel::{PersonId, Ulid};
use leads::{BoardQuery, BoardSort, Export, LeadRow, Leads, band::Band};
use maud::{Markup, html};

pub use found::search;

use self::table::World;
use super::{
    Section,
    file::{self, Format},
    home, page, words,
};
use crate::{
    access::MarketRoles,
    api::{contacts::sight, leads::CHANGED},
    app::AppState,
    design::{Address, Icon, Kpi, Page, Part, Why, flush_card, format, kpis},
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// One line.
pub(super) struct Line {
    pub row: LeadRow,
    /// Where the person is.
    pub href: String,
    pub label: String,
    pub stage: String,
    pub assignee: String,
}

/// How many open leads there are, in all and by band.
struct Counts {
    open: u64,
    bands: [(Band, u64); 3],
}

/// `GET /m/{market}/leads`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let query = asked(&viewer.address, &here);
    if let Some(format) = Format::asked(&viewer.address)? {
        if !here.may(MarketRoles::EXPORT_LEADS) {
            return Err(Problem::forbidden("Your role in this market does not take leads out as a file."));
        }
        let Export { table, manifest } =
            state.hub().leads.export(&here.market, sight(&here), &query, &at).await?;
        return file::answer(&here, "leads", format, table, &manifest).await;
    }
    let leads = &state.hub().leads;
    let found = leads.board(&here.market, sight(&here), &query).await?;
    let counts = Counts::of(leads, &here).await?;
    let world = World::of(&state, &here).await?;
    let part = Part {
        matching: usize::try_from(found.total).unwrap_or(usize::MAX),
        all: usize::try_from(counts.open).unwrap_or(usize::MAX).max(found.rows.len()),
        next: found.next,
    };
    let basis = found.rows.iter().find_map(|row| row.basis.clone());
    let lines: Vec<Line> = found.rows.into_iter().map(|row| world.line(&here, row)).collect();
    let views = views::of(&viewer, state.directory()).await?;
    let goal = super::goal_of(&state, &here).await?;
    let table = world.table(&here, viewer.now);
    let content = html! {
        (counts.figures(&viewer, &goal))
        (found::form(&here, ""))
        (flush_card("Leads", Some(&order_note(query.sort, &goal)), html! {}, table.render_part(&lines, &part, &viewer.address, &views)))
        @if let Some(basis) = basis { (basis_note(&here, &basis)) }
    };
    let opened = drawer::opened(&viewer, &here, &state, &world, &goal).await?;
    Ok(frame(&viewer, &here, live(&viewer, content)).drawer(opened).render().into_response())
}

/// The page around the board.
fn frame<'v>(viewer: &'v Viewer, here: &InMarket, content: Markup) -> Page<'v> {
    let own = !here.may(MarketRoles::ASSIGN_CONTACTS);
    page(viewer, here, Section::Board, "Leads")
        .actions(html! {
            @if here.may(MarketRoles::EXPORT_LEADS) {
                (file::button(&viewer.address))
            }
        })
        .lead(html! {
            @if own { "The leads assigned to you, " } @else { "The leads of this market, " }
            "in the order in which a call is worth most. Open one to see why."
        })
        .main(content)
}

/// Follows the market: the first news at once, the last after a moment's rest.
fn live(viewer: &Viewer, content: Markup) -> Markup {
    html! {
        div.stack id="leads" hx-get=(viewer.address.href()) hx-select="#leads" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body throttle:3s, " (CHANGED) " from:body delay:700ms" } {
            (content)
        }
    }
}

/// What the address asks for. What cannot be is not asked.
pub(super) fn asked(address: &Address, here: &InMarket) -> BoardQuery {
    let (pipeline, stage) = match address.get("stage").and_then(|place| place.split_once('.')) {
        Some((pipeline, stage)) => (Some(pipeline.to_owned()), Some(stage.to_owned())),
        None => (None, None),
    };
    let assignee = match address.get("assignee").filter(|_| here.may(MarketRoles::ASSIGN_CONTACTS)) {
        Some("nobody") => Some(None),
        Some(user) => user.parse::<Ulid>().ok().map(Some),
        None => None,
    };
    let sort = match address.get("sort").map(|sort| sort.trim_start_matches('-')) {
        Some("arrived") => BoardSort::Arrived,
        Some("active") => BoardSort::Active,
        Some("cold") => BoardSort::Cold,
        _ => BoardSort::Chance,
    };
    let band = address.get("band");
    BoardQuery {
        band: [Band::Hot, Band::Warm, Band::Cold].into_iter().find(|known| Some(known.id()) == band),
        assignee,
        source: address.get("source").and_then(|source| source.parse().ok()),
        probability_min: address
            .parsed::<f64>("chance")
            .filter(|chance| (0.0..=100.0).contains(chance))
            .map(|percent| percent / 100.0),
        pipeline,
        stage,
        text: None,
        closed: address.get("closed") == Some("with"),
        sort,
        after: Part::after(address),
        limit: Part::rows(address),
    }
}

/// The lead that the address opens beside the board.
pub(super) fn opened_in(address: &Address) -> Option<PersonId> {
    address.parsed::<Ulid>("lead").map(PersonId::from)
}

fn order_note(sort: BoardSort, goal: &str) -> String {
    match sort {
        BoardSort::Chance => format!("The highest chance of {goal} first."),
        BoardSort::Arrived => "Those who came last first.".to_owned(),
        BoardSort::Active => "Those who were active last first.".to_owned(),
        BoardSort::Cold => "Those most likely to go cold first.".to_owned(),
    }
}

fn basis_note(here: &InMarket, basis: &str) -> Markup {
    html! {
        p.small.secondary.linked {
            (Icon::Scale) " Scores rest on: " (words::sentence(basis))
            @if here.may(MarketRoles::READ_MODELS) { " " a href={ (home(here)) "/model" } { "What that is worth" } }
        }
    }
}

impl Counts {
    async fn of(leads: &Leads, here: &InMarket) -> Result<Self, Problem> {
        let count = async |band: Option<Band>| -> Result<u64, Problem> {
            let query = BoardQuery { band, limit: 1, ..BoardQuery::default() };
            Ok(leads.board(&here.market, sight(here), &query).await?.total)
        };
        let mut bands = [(Band::Hot, 0), (Band::Warm, 0), (Band::Cold, 0)];
        for (band, leads) in &mut bands {
            *leads = count(Some(*band)).await?;
        }
        Ok(Self { open: count(None).await?, bands })
    }

    fn figures(&self, viewer: &Viewer, goal: &str) -> Markup {
        let board = Address::at(viewer.address.path());
        let linked = |href: String, count: u64| html! { a href=(href) { (format::count(count)) } };
        let source = "bands of the last ranking, counted now";
        let band = |band: Band, leads: u64| {
            let (note, formula) = match band {
                Band::Hot => {
                    ("that your team can call today", "the best leads, as many as the calls of a day")
                }
                Band::Warm => (
                    "that your team can call in the next days",
                    "the next ones, as many as the calls of the other days planned",
                ),
                Band::Cold => ("beyond the days planned, for automation", "all the others"),
            };
            Kpi::new(words::band_title(band), linked(board.with("band", band.id()).href(), leads))
                .note(html! { (note) })
                .why(Why::new(formula).input("leads", format::count(leads)).source(source))
        };
        let scored: u64 = self.bands.iter().map(|(_, leads)| leads).sum();
        let waiting = self.open.saturating_sub(scored);
        let mut figures = vec![
            Kpi::new("Open leads", linked(board.href(), self.open))
                .note(html! { @if waiting > 0 { (format::count(waiting)) " not ranked yet" } @else { "each ranked by its chance of " (goal) } })
                .why(Why::new("contacts in stages that are worked on").source("leads of this market, counted now")),
        ];
        figures.extend(self.bands.iter().map(|(name, leads)| band(*name, *leads)));
        kpis(&figures)
    }
}
