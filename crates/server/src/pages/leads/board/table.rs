//! The columns and filters of the board.

use jiff::Timestamp;
use leads::{LeadRow, band::Band, timeline::LeadSource};
use markets::Pipeline;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{Line, opened_in, words};
use crate::{
    access::MarketRoles,
    app::AppState,
    design::{Address, Column, Filter, Icon, Lead, Table, Tone, badge, format},
    pages::contacts::{self, Names, stage_name},
    problem::Problem,
    viewer::InMarket,
};

/// Reasons in a row.
const REASONS_SHOWN: usize = 2;

/// The chances that the board can begin at, in percent.
const CHANCES: [u32; 5] = [5, 10, 20, 30, 50];

/// What the lines are named by.
pub(in crate::pages::leads) struct World {
    pub pipelines: Vec<Pipeline>,
    pub names: Names,
}

impl World {
    pub async fn of(state: &AppState, here: &InMarket) -> Result<Self, Problem> {
        Ok(Self { pipelines: here.market.pipelines().await?, names: Names::of(state, here).await? })
    }

    pub fn line(&self, here: &InMarket, row: LeadRow) -> Line {
        Line {
            href: contacts::place(here, row.contact.id),
            label: row.contact.personal.label().unwrap_or("Without a name").to_owned(),
            stage: stage_name(&self.pipelines, &row.contact.pipeline, &row.contact.stage),
            assignee: self.names.assignee(row.contact.assignee),
            row,
        }
    }

    /// The board as it is now.
    pub fn table(&self, here: &InMarket, now: Timestamp) -> Table<Line> {
        let all = here.may(MarketRoles::ASSIGN_CONTACTS);
        let mut table = Table::new("lead-table", "Leads, the ones most worth a call first", ("lead", "leads"), |line: &Line| {
            line.row.contact.id.to_string()
        })
        .column(Column::new(
            "name",
            "Name",
            ColumnKind::Text,
            |line: &Line| html! { (line.label) span.sub { (line.stage) } @if let Some(next) = &line.row.next { span.sub.below { (next.text) } } },
            |line| Cell::from(line.label.as_str()),
        ))
        .column(
            Column::new(
                "band",
                "Band",
                ColumnKind::Text,
                |line: &Line| band(&line.row),
                |line| line.row.standing.map_or(Cell::Empty, |standing| Cell::from(standing.band.id())),
            )
            .hint("Hot: as many as the team can call today. Warm: in the other days planned. Cold: the rest."),
        )
        .column(
            Column::new(
                "chance",
                "Chance",
                ColumnKind::Fraction,
                |line: &Line| chance(&line.row),
                |line| line.row.effective.map_or(Cell::Empty, Cell::from),
            )
            .sorted_by_store(),
        )
        .column(
            Column::new(
                "why",
                "Why",
                ColumnKind::Text,
                |line: &Line| why(&line.row),
                |line| Cell::from(said(&line.row)),
            )
            .hint("What moves the chance most, in points of a hundred.")
            .importance(2),
        )
        .column(
            Column::new(
                "next",
                "Do next",
                ColumnKind::Text,
                |line: &Line| html! { @match &line.row.next { Some(next) => span.next-cell title=(next.why) { (next.text) }, None => span.muted { "not scored yet" } } },
                |line| line.row.next.as_ref().map_or(Cell::Empty, |next| Cell::from(next.text.as_str())),
            )
            // Where it has no room it stands below the name.
            .importance(2),
        )
        .column(
            Column::new(
                "active",
                "Last active",
                ColumnKind::Text,
                move |line: &Line| html! { @match line.row.last_activity_at { Some(at) => span.nowrap { (format::when(at, now)) }, None => span.muted { "never" } } },
                |line| instant(line.row.last_activity_at),
            )
            .sorted_by_store()
            .importance(3),
        )
        .column(
            Column::new(
                "first_action",
                "First spoken to",
                ColumnKind::Text,
                move |line: &Line| first_action(&line.row, now),
                |line| instant(line.row.first_action_at),
            )
            .hint("How long after they came somebody first spoke to them.")
            .importance(3),
        )
        .column(
            Column::text("source", "Source", |line: &Line| {
                line.row.source.map_or_else(|| format::UNKNOWN.to_owned(), words::source_title)
            })
            .importance(3)
            .optional(),
        );
        if all {
            table = table.column(
                Column::new(
                    "assignee",
                    "Looked after by",
                    ColumnKind::Text,
                    |line: &Line| html! { @if line.row.contact.assignee.is_some() { (line.assignee) } @else { span.muted { (line.assignee) } } },
                    |line| Cell::from(line.assignee.as_str()),
                )
                .importance(3),
            );
        }
        table = table
            .column(
                Column::new(
                    "arrived",
                    "Came",
                    ColumnKind::Text,
                    move |line: &Line| html! { span.nowrap { (format::when(line.row.arrived_at, now)) } },
                    |line| Cell::from(line.row.arrived_at.to_string()),
                )
                .sorted_by_store()
                .optional(),
            )
            .column(
                Column::new(
                    "cold",
                    "Going cold",
                    ColumnKind::Fraction,
                    |line: &Line| html! { (line.row.cold_probability.map_or_else(|| format::UNKNOWN.to_owned(), format::chance)) },
                    |line| line.row.cold_probability.map_or(Cell::Empty, Cell::from),
                )
                .sorted_by_store()
                .hint("The chance that somebody active falls silent.")
                .optional(),
            )
            .column(
                Column::new(
                    "rank",
                    "Rank",
                    ColumnKind::Integer,
                    |line: &Line| html! { @match &line.row.standing { Some(standing) => (format::count(standing.rank)), None => "not ranked" } },
                    |line| line.row.standing.map_or(Cell::Empty, |standing| Cell::from(standing.rank as u64)),
                )
                .optional(),
            )
            .column(
                Column::new(
                    "scored",
                    "Scored",
                    ColumnKind::Text,
                    move |line: &Line| html! { @match line.row.scored_at { Some(at) => span.nowrap { (format::when(at, now)) }, None => "not yet" } },
                    |line| instant(line.row.scored_at),
                )
                .optional(),
            )
            .column(Column::text("basis", "Rests on", |line: &Line| line.row.basis.clone().unwrap_or_default()).optional());
        self.filtered(table, all)
            .default_sort("-chance")
            .exported(here.may(MarketRoles::EXPORT_LEADS))
            .opens(|line, address| address.with("lead", line.row.contact.id))
            .when_empty(
                Icon::Target,
                "No leads yet",
                if all {
                    "Every open contact is a lead. Add people, import a file, or connect GoHighLevel: each is scored within a second."
                } else {
                    "No lead is assigned to you yet. Leads are handed out by turns, or by an owner or manager of the market."
                },
                self.leads_on(here, all),
            )
    }

    fn leads_on(&self, here: &InMarket, all: bool) -> Vec<Lead> {
        let contacts = contacts::home(here);
        let mut leads = vec![Lead::new("Add a contact", format!("{contacts}/new"))];
        if all {
            leads.push(Lead::new("Import a file", format!("{contacts}/import")));
        }
        leads
    }

    fn filtered(&self, table: Table<Line>, all: bool) -> Table<Line> {
        let nothing = |_: &Line| String::new();
        let bands = [Band::Hot, Band::Warm, Band::Cold]
            .map(|band| (band.id().to_owned(), words::band_title(band).to_owned()));
        let sources =
            LeadSource::ALL.iter().map(|source| (source.id().to_owned(), words::source_title(*source)));
        let chances = CHANCES.map(|chance| (chance.to_string(), format!("At least {chance} %")));
        let stages = self.pipelines.iter().flat_map(|pipeline| {
            pipeline.stages.iter().map(|stage| {
                let label = stage_name(&self.pipelines, &pipeline.id, &stage.id);
                (format!("{}.{}", pipeline.id, stage.id), label)
            })
        });
        let mut table = table
            .filter(Filter::new("band", "Band", bands, nothing).single())
            .filter(Filter::new("chance", "Chance", chances, nothing).single())
            .filter(Filter::new("source", "Source", sources, nothing).single())
            .filter(Filter::new("stage", "Stage", stages, nothing).single());
        if all {
            let mut agents = vec![("nobody".to_owned(), "Nobody".to_owned())];
            agents.extend(self.names.agents.iter().cloned());
            table = table.filter(Filter::new("assignee", "Looked after by", agents, nothing).single());
        }
        let closed = [("with".to_owned(), "Won and lost as well".to_owned())];
        table.filter(Filter::new("closed", "Closed", closed, nothing).single())
    }
}

/// The address of the board with or without an open drawer.
pub(super) fn closed_drawer(address: &Address) -> String {
    debug_assert!(opened_in(address).is_some() || address.get("lead").is_none());
    address.without("lead").href()
}

fn instant(at: Option<Timestamp>) -> Cell {
    at.map_or(Cell::Empty, |at| Cell::from(at.to_string()))
}

fn band(row: &LeadRow) -> Markup {
    match &row.standing {
        Some(standing) => html! { span title=(standing.to_string()) { (words::band(standing.band)) } },
        None if row.closed_at.is_some() => badge(Tone::Plain, "Closed"),
        None => html! { span.muted { "not ranked" } },
    }
}

/// The chance that counts; a person's word says so.
pub(super) fn chance(row: &LeadRow) -> Markup {
    let Some(effective) = row.effective.or(row.probability) else {
        return html! { span.muted { "not scored yet" } };
    };
    let said = row.probability.is_some_and(|computed| (computed - effective).abs() > 1e-9);
    html! {
        (words::chance(effective))
        @if said {
            span.sub { "set by a person" }
        } @else if let Some(interval) = row.interval {
            span.sub { (format::number(interval.lower * 100.0, 0)) "–" (format::percent(interval.upper, 0)) }
        }
    }
}

fn why(row: &LeadRow) -> Markup {
    html! {
            @for reason in row.reasons.iter().take(REASONS_SHOWN) {
    span.why-line title=(reason) { span.num class=(if reason.change < 0.0 { "bad" } else { "good" }) { (format::signed(100.0 * reason.change, 1)) span.visually-hidden { " points: " } } span.said { (reason.said) } }
            }
        }
}

fn said(row: &LeadRow) -> String {
    let reasons: Vec<String> = row.reasons.iter().map(ToString::to_string).collect();
    reasons.join("; ")
}

/// That somebody waits to be spoken to for the first time, in a sentence; nothing when nobody waits.
pub(in crate::pages::leads) fn waiting(row: &LeadRow, now: Timestamp) -> Option<String> {
    let waits = row.first_action_at.is_none() && row.closed_at.is_none();
    let since = now.duration_since(row.arrived_at).as_secs_f64().max(0.0);
    waits.then(|| format!("Nobody has spoken to them yet: they have waited {}.", words::span(since)))
}

/// How long somebody waited for us, or waits still.
pub(super) fn first_action(row: &LeadRow, now: Timestamp) -> Markup {
    let after = |until: Timestamp| until.duration_since(row.arrived_at).as_secs_f64().max(0.0);
    match row.first_action_at {
        Some(at) => html! { span.nowrap { "after " (words::span(after(at))) } },
        None if row.closed_at.is_some() => html! { span.muted { "never" } },
        None => badge(Tone::Warn, &format!("waits {}", words::span(after(now)))),
    }
}
