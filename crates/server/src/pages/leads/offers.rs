//! `/m/{market}/leads/offers`: every lead that was offered to somebody, and what came of it.

use std::collections::HashMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{PersonId, Ulid};
use leads::{ExportedList, OFFERS_PAGE_MAX, OfferEntry, OfferQuery, OfferStanding};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{
    Section,
    file::{self, Format},
    home, page, words,
};
use crate::{
    access::MarketRoles,
    api::{contacts::sight, leads::CHANGED},
    app::AppState,
    design::{Address, Column, Filter, Icon, Lead, Part, Table, Tone, badge, flush_card, format},
    pages::{
        contacts::{self, Names},
        views,
    },
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// How many days back the list can be narrowed to.
const PERIODS: [(i64, &str); 3] = [(1, "Last day"), (7, "Last 7 days"), (30, "Last 30 days")];

/// One line.
struct Line {
    entry: OfferEntry,
    /// Whom it is about, as far as the viewer may know, and where they are.
    lead: String,
    href: Option<String>,
    agent: String,
}

/// `GET /m/{market}/leads/offers`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let names = Names::of(&state, &here).await?;
    let query = asked(&viewer.address, viewer.now);
    let table = table(&here, &names, viewer.now);
    let leads = &state.hub().leads;
    if let Some(format) = Format::asked(&viewer.address)? {
        let lines = lines(&state, &here, &names, everything(&state, &here, query).await?).await?;
        let offers = table.taken(&lines);
        let manifest = leads.take_out(&here.market, ExportedList::Offers, &offers, &at).await?;
        return file::answer(&here, "lead-offers", format, offers, &manifest).await;
    }
    let found = leads.offer_log(&here.market, &query).await?;
    let all = leads.offer_log(&here.market, &OfferQuery { limit: 1, ..OfferQuery::default() }).await?.total;
    let part = Part {
        matching: usize::try_from(found.total).unwrap_or(usize::MAX),
        all: usize::try_from(all).unwrap_or(usize::MAX),
        next: found.next.map(|next| next.to_string()),
    };
    let lines = lines(&state, &here, &names, found.entries).await?;
    let views = views::of(&viewer, state.directory()).await?;
    let note = "The newest first. Why each was decided so stands with the lead.";
    let live = html! {
        div.stack id="offers" hx-get=(viewer.address.href()) hx-select="#offers" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body throttle:5s" } {
            (flush_card("Offers", Some(note), html! {}, table.render_part(&lines, &part, &viewer.address, &views)))
        }
    };
    Ok(page(&viewer, &here, Section::Offers, "Offers")
        .lead(html! { "Which lead was offered to whom, when they first spoke to the person, and what became of the rest." })
        .actions(file::button(&viewer.address))
        .main(live)
        .render()
        .into_response())
}

/// What the address asks for. What cannot be is not asked.
fn asked(address: &Address, now: Timestamp) -> OfferQuery {
    let days = address.parsed::<i64>("when").filter(|days| PERIODS.iter().any(|(known, _)| known == days));
    OfferQuery {
        agent: address.parsed::<Ulid>("agent"),
        standing: address.get("standing").and_then(OfferStanding::from_id),
        late_at: (address.get("late") == Some("yes")).then_some(now),
        from: days.and_then(|days| now.checked_sub(SignedDuration::from_hours(24 * days)).ok()),
        to: None,
        after: Part::after(address).and_then(|after| after.parse().ok()),
        limit: Part::rows(address),
    }
}

/// Every offer that is asked for.
async fn everything(
    state: &AppState,
    here: &InMarket,
    query: OfferQuery,
) -> Result<Vec<OfferEntry>, Problem> {
    let mut query = OfferQuery { after: None, limit: OFFERS_PAGE_MAX, ..query };
    let mut entries = Vec::new();
    loop {
        let page = state.hub().leads.offer_log(&here.market, &query).await?;
        entries.extend(page.entries);
        query.after = page.next;
        if query.after.is_none() {
            return Ok(entries);
        }
    }
}

/// The offers with the names of those whom the viewer may know.
async fn lines(
    state: &AppState,
    here: &InMarket,
    names: &Names,
    entries: Vec<OfferEntry>,
) -> Result<Vec<Line>, Problem> {
    let mut labels: HashMap<PersonId, String> = HashMap::new();
    let may_know = here.may(MarketRoles::READ_CONTACTS);
    if may_know {
        let mut ids: Vec<PersonId> = entries.iter().map(|entry| entry.contact).collect();
        ids.sort_unstable();
        ids.dedup();
        for contact in state.contacts().many(&here.market, sight(here), &ids).await? {
            labels.insert(contact.id, contact.personal.label().unwrap_or("Without a name").to_owned());
        }
    }
    let line = |entry: OfferEntry| {
        let known = labels.get(&entry.contact);
        Line {
            href: known.map(|_| contacts::place(here, entry.contact)),
            lead: known.cloned().unwrap_or_else(|| "Somebody".to_owned()),
            agent: names.assignee(entry.agent),
            entry,
        }
    };
    Ok(entries.into_iter().map(line).collect())
}

fn standing(entry: &OfferEntry, now: Timestamp) -> Markup {
    let is_late = entry.due_at.is_some_and(|due| due < now);
    let ended = || entry.ended.as_ref().map(|(_, how)| words::title(how));
    match entry.standing {
        OfferStanding::Open if is_late => badge(Tone::Bad, "Late"),
        OfferStanding::Open => badge(Tone::Info, "Open"),
        OfferStanding::Untaken => badge(Tone::Warn, "Nobody can take it"),
        OfferStanding::Acted => badge(Tone::Good, "Spoken to"),
        OfferStanding::Lost => badge(Tone::Plain, &ended().unwrap_or_else(|| "Ended".to_owned())),
    }
}

fn label(standing: OfferStanding) -> &'static str {
    match standing {
        OfferStanding::Open => "Open",
        OfferStanding::Untaken => "Nobody can take it",
        OfferStanding::Acted => "Spoken to",
        OfferStanding::Lost => "Ended before",
    }
}

/// How long the first word took, from when the clock began.
fn took(entry: &OfferEntry) -> Option<f64> {
    let took = entry.acted_at?.duration_since(entry.begins_at?);
    Some(took.as_secs_f64().max(0.0))
}

fn instant(at: Option<Timestamp>) -> Cell {
    at.map_or(Cell::Empty, |at| Cell::from(at.to_string()))
}

fn table(here: &InMarket, names: &Names, now: Timestamp) -> Table<Line> {
    let nothing = |_: &Line| String::new();
    let standings = OfferStanding::ALL.map(|one| (one.id().to_owned(), label(one).to_owned()));
    let periods = PERIODS.map(|(days, label)| (days.to_string(), label.to_owned()));
    let late = [("yes".to_owned(), "Not in time".to_owned())];
    Table::new("offer-table", "Offers, the newest first", ("offer", "offers"), |line: &Line| line.entry.id.to_string())
        .column(Column::new(
            "lead",
            "Lead",
            ColumnKind::Text,
            move |line: &Line| html! {
                @match &line.href { Some(href) => a.row-link href=(href) hx-boost="false" { (line.lead) }, None => (line.lead) }
                span.sub.below { (format::when(line.entry.decided_at, now)) }
            },
            |line| Cell::from(line.lead.as_str()),
        ))
        .column(Column::text("agent", "Offered to", |line: &Line| line.agent.clone()))
        .column(
            Column::new(
                "decided_at",
                "When",
                ColumnKind::Text,
                move |line: &Line| html! { span.nowrap { (format::when(line.entry.decided_at, now)) } },
                |line| Cell::from(line.entry.decided_at.to_string()),
            )
            // Where it has no room it stands below the name.
            .importance(2),
        )
        .column(Column::new(
            "standing",
            "Stands",
            ColumnKind::Text,
            move |line: &Line| standing(&line.entry, now),
            |line| Cell::from(line.entry.standing.id()),
        ))
        .column(
            Column::new(
                "first_word",
                "First word after",
                ColumnKind::Number,
                |line: &Line| html! { @match took(&line.entry) { Some(took) => (words::span(took)), None => span.muted { "none yet" } } },
                |line| took(&line.entry).map_or(Cell::Empty, Cell::from),
            )
            .hint("From when the agent was at work and the person could be called; in files in seconds.")
            .importance(2),
        )
        .column(
            Column::new(
                "due_at",
                "Due",
                ColumnKind::Text,
                move |line: &Line| html! { span.nowrap { @match line.entry.due_at { Some(at) => (format::when(at, now)), None => (format::UNKNOWN) } } },
                |line| instant(line.entry.due_at),
            )
            .importance(3),
        )
        .column(
            Column::text("rule", "Rule", |line: &Line| line.entry.rule.clone().unwrap_or_default()).importance(3),
        )
        .column(
            Column::new(
                "arrived_at",
                "Came",
                ColumnKind::Text,
                move |line: &Line| html! { span.nowrap { @match line.entry.arrived_at { Some(at) => (format::when(at, now)), None => (format::UNKNOWN) } } },
                |line| instant(line.entry.arrived_at),
            )
            .optional(),
        )
        .column(
            Column::new(
                "begins_at",
                "Clock began",
                ColumnKind::Text,
                move |line: &Line| html! { span.nowrap { @match line.entry.begins_at { Some(at) => (format::when(at, now)), None => (format::UNKNOWN) } } },
                |line| instant(line.entry.begins_at),
            )
            .optional(),
        )
        .column(
            Column::new(
                "acted_at",
                "Spoken to",
                ColumnKind::Text,
                move |line: &Line| html! { span.nowrap { @match line.entry.acted_at { Some(at) => (format::when(at, now)), None => "not yet" } } },
                |line| instant(line.entry.acted_at),
            )
            .optional(),
        )
        .column(
            Column::new(
                "ended",
                "Ended",
                ColumnKind::Text,
                move |line: &Line| html! { @match &line.entry.ended { Some((at, how)) => span.nowrap { (words::title(how)) " " (format::when(*at, now)) }, None => "" } },
                |line| line.entry.ended.as_ref().map_or(Cell::Empty, |(_, how)| Cell::from(how.as_str())),
            )
            .optional(),
        )
        .column(Column::text("contact", "Contact", |line: &Line| line.entry.contact.to_string()).optional())
        .column(Column::text("id", "Offer", |line: &Line| line.entry.id.to_string()).optional())
        .filter(Filter::new("agent", "Offered to", names.agents.iter().cloned(), nothing).single())
        .filter(Filter::new("standing", "Stands", standings, nothing).single())
        .filter(Filter::new("late", "In time", late, nothing).single())
        .filter(Filter::new("when", "When", periods, nothing).single())
        .when_empty(
            Icon::Users,
            "No lead was offered yet",
            "As soon as somebody's turns are set up, leads that nobody looks after are offered to them, and each offer is here.",
            [Lead::new("Who takes leads", format!("{}/routing", home(here)))],
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_what_can_be_and_for_nothing_else() {
        let now: Timestamp = "2026-01-19T09:00:00Z".parse().unwrap();
        let agent = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let said = format!("/offers?agent={agent}&standing=lost&late=yes&when=7&per=25");
        let query = asked(&Address::parse(&said), now);
        assert_eq!((query.agent, query.standing), (agent.parse().ok(), Some(OfferStanding::Lost)));
        assert_eq!((query.late_at, query.from), (Some(now), "2026-01-12T09:00:00Z".parse().ok()));
        assert_eq!(query.limit, 25);
        let none = asked(&Address::parse("/offers?agent=x&standing=y&late=z&when=400&after=q"), now);
        assert_eq!(
            (none.agent, none.standing, none.late_at, none.from, none.after),
            (None, None, None, None, None)
        );
    }
}
