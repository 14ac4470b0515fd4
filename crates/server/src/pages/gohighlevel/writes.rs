//! `/m/{market}/gohighlevel/writes`: what was and is to be written to GoHighLevel.

use std::collections::HashMap;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use gohighlevel::out::{WriteState, WriteView, WritesQuery};
use kernel::PersonId;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{done, home, id, page};
use crate::{
    access::MarketRoles,
    api::{contacts::sight, gohighlevel::CHANGED},
    app::AppState,
    design::{Column, Filter, Icon, Table, Tone, badge, flush_card, format},
    pages::{contacts, leads::words, views},
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// Writes on one question to the store.
const PAGE: u32 = 200;
/// Most that are listed, the newest.
const LISTED_MAX: usize = 2_000;
/// The states with their words.
const STATES: [(&str, &str, Tone); 5] = [
    ("waiting", "Waiting", Tone::Info),
    ("done", "Done", Tone::Good),
    ("dead", "Given up", Tone::Bad),
    ("refused", "Refused by the gate", Tone::Warn),
    ("dropped", "Dropped", Tone::Plain),
];

/// `GET /m/{market}/gohighlevel/writes`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    // Of one state all are looked through, and not only the newest of every state.
    let mut states = viewer.address.all("state");
    let only = match (states.next(), states.next()) {
        (Some(state), None) => WriteState::from_id(state),
        _ => None,
    };
    let mut query = WritesQuery { state: only, limit: PAGE, ..WritesQuery::default() };
    let mut writes: Vec<WriteView> = Vec::new();
    let counts = loop {
        let part = state.hub().gohighlevel.writes(&here.market, &query).await?;
        writes.extend(part.writes);
        query.before = part.next;
        if query.before.is_none() || writes.len() >= LISTED_MAX {
            break part.counts;
        }
    };
    if writes.is_empty() && only.is_some() {
        // That none is in this state is not that there is none.
        let any = WritesQuery { limit: PAGE, ..WritesQuery::default() };
        writes = state.hub().gohighlevel.writes(&here.market, &any).await?.writes;
    }
    let manages = here.may(MarketRoles::MANAGE_INTEGRATION);
    let table = table(home(&here), People::of(&state, &here, &writes).await?, manages);
    if let Some(file) = table.export(&writes, &viewer.address, "gohighlevel-writes")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let dead = counts.iter().find(|(state, _)| state == "dead").map_or(0, |(_, count)| *count);
    let all = html! {
        @if manages && dead > 0 {
            form method="post" action={ (home(&here)) "/writes/replay" } { button.button.small { (Icon::Refresh) "Try what was given up again" } }
        }
    };
    let note = (query.before.is_some())
        .then(|| format!("The newest {}; older ones are in the API.", format::count(writes.len() as u64)));
    let content = html! {
        div.stack id="writes" hx-get=(viewer.address.href()) hx-select="#writes" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body delay:1s" } {
            p.secondary { (sums(&counts)) }
            (flush_card("Writes", note.as_deref(), all, table.render(&writes, &viewer.address, &views)))
        }
    };
    Ok(page(&viewer, &here, "Writes", "writes")
        .lead(html! { "What is made once is looked for before it is tried again; a score or a tag is written as it is to be, and read back." })
        .main(content)
        .render()
        .into_response())
}

/// Whom writes are about, as far as the viewer may know.
struct People {
    contacts: String,
    names: HashMap<PersonId, String>,
}

impl People {
    async fn of(state: &AppState, here: &InMarket, writes: &[WriteView]) -> Result<Self, Problem> {
        let contacts = contacts::home(here);
        let mut names = HashMap::new();
        if here.may(MarketRoles::READ_CONTACTS) {
            let mut ids: Vec<PersonId> = writes.iter().map(|write| write.contact).collect();
            ids.sort_unstable();
            ids.dedup();
            for contact in state.contacts().many(&here.market, sight(here), &ids).await? {
                let label = contact.personal.label().unwrap_or("Without a name").to_owned();
                names.insert(contact.id, label);
            }
        }
        Ok(Self { contacts, names })
    }

    fn shown(&self, id: PersonId) -> Markup {
        html! {
            @match self.names.get(&id) {
                Some(name) => a href={ (self.contacts) "/" (id) } hx-boost="false" { (name) },
                None => span.muted { "Somebody" },
            }
        }
    }
}

fn sums(counts: &[(String, u64)]) -> String {
    let parts: Vec<String> = STATES
        .iter()
        .filter_map(|(id, label, _)| {
            let (_, count) = counts.iter().find(|(state, _)| state == id)?;
            Some(format!("{} {}", format::count(*count), label.to_lowercase()))
        })
        .collect();
    if parts.is_empty() { "Nothing was written yet.".to_owned() } else { format!("{}.", parts.join(" · ")) }
}

/// `POST /m/{market}/gohighlevel/writes/{write}/replay`
pub async fn replay(
    here: InMarket,
    At(at): At,
    Path((_, write)): Path<(String, String)>,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    state.hub().gohighlevel.replay_write(&here.market, id(&write)?, &at).await?;
    Ok(done(&state, &here, "writes", Tone::Good, "It is tried again."))
}

/// `POST /m/{market}/gohighlevel/writes/{write}/drop`
pub async fn abandon(
    here: InMarket,
    At(at): At,
    Path((_, write)): Path<(String, String)>,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    state.hub().gohighlevel.drop_write(&here.market, id(&write)?, &at).await?;
    Ok(done(&state, &here, "writes", Tone::Good, "It is not written any more."))
}

/// `POST /m/{market}/gohighlevel/writes/replay`
pub async fn replay_all(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let count = state.hub().gohighlevel.replay_writes(&here.market, &at).await?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let text = format!("{} tried again.", format::counted(count, "write is", "writes are"));
    Ok(done(&state, &here, "writes", Tone::Good, &text))
}

fn state_badge(write: &WriteView) -> Markup {
    let known = STATES.iter().find(|(id, ..)| *id == write.state);
    known.map_or_else(|| badge(Tone::Plain, write.state), |(_, label, tone)| badge(*tone, label))
}

fn table(home: String, people: People, manages: bool) -> Table<WriteView> {
    let instant = |at: Option<jiff::Timestamp>| html! { span.nowrap { @match at { Some(at) => (format::instant(at)), None => (format::UNKNOWN) } } };
    let table =
        Table::new("write-table", "Writes to GoHighLevel", ("write", "writes"), |write: &WriteView| {
            write.id.to_string()
        })
        .column(
            Column::new(
                "kind",
                "What",
                ColumnKind::Text,
                |write: &WriteView| html! { (words::title(&write.kind)) },
                |write| Cell::from(write.kind.as_str()),
            )
            .sorted_by(|one, two| one.kind.cmp(&two.kind)),
        )
        .column(Column::new(
            "contact",
            "Contact",
            ColumnKind::Text,
            move |write: &WriteView| people.shown(write.contact),
            |write| Cell::from(write.contact.to_string()),
        ))
        .column(
            Column::new("state", "State", ColumnKind::Text, state_badge, |write: &WriteView| {
                Cell::from(write.state)
            })
            .sorted_by(|one, two| one.state.cmp(two.state)),
        )
        .column(Column::text("reason", "Why", |write: &WriteView| write.reason.clone().unwrap_or_default()))
        .column(
            Column::new(
                "tries",
                "Failures",
                ColumnKind::Integer,
                |write: &WriteView| html! { (write.tries) },
                |write| Cell::from(i64::from(write.tries)),
            )
            .sorted_by_number(|write| Some(f64::from(write.tries)))
            .importance(3),
        )
        .column(
            Column::new(
                "created_at",
                "Asked for",
                ColumnKind::Text,
                move |write: &WriteView| instant(Some(write.created_at)),
                |write| Cell::from(write.created_at.to_string()),
            )
            .sorted_by(|one, two| one.created_at.cmp(&two.created_at))
            .importance(2),
        )
        .column(
            Column::new(
                "ended_at",
                "Ended",
                ColumnKind::Text,
                move |write: &WriteView| instant(write.ended_at),
                |write| write.ended_at.map_or(Cell::Empty, |at| Cell::from(at.to_string())),
            )
            .sorted_by(|one, two| one.ended_at.cmp(&two.ended_at))
            .importance(3),
        )
        .column(
            Column::new(
                "run_at",
                "Due",
                ColumnKind::Text,
                move |write: &WriteView| instant(Some(write.run_at)),
                |write| Cell::from(write.run_at.to_string()),
            )
            .optional(),
        )
        .column(
            Column::text("remote", "Made there", |write: &WriteView| {
                write.remote.clone().unwrap_or_default()
            })
            .optional(),
        )
        .column(Column::text("id", "Identifier", |write: &WriteView| write.id.to_string()).optional())
        .filter(Filter::new(
            "state",
            "State",
            STATES.map(|(id, label, _)| (id.to_owned(), label.to_owned())),
            |write: &WriteView| write.state.to_owned(),
        ))
        .searched_in(|write| format!("{} {}", write.kind, write.reason.as_deref().unwrap_or_default()))
        .when_empty(
            Icon::Send,
            "Nothing was written yet",
            "Scores, notes, tasks and messages stand here on their way to GoHighLevel.",
            [],
        );
    if !manages {
        return table;
    }
    table.column(Column::acting(move |write: &WriteView| {
        let at = format!("{home}/writes/{}", write.id);
        html! {
            @if write.can_replay {
                form method="post" hx-boost="false" action={ (at) "/replay" } { button.button.small aria-label={ "Try " (words::title(&write.kind)) " again" } { (Icon::Refresh) "Again" } }
            } @else if write.state == "waiting" {
                form method="post" hx-boost="false" action={ (at) "/drop" } { button.button.small data-confirm="Not write this any more?" aria-label={ "Drop " (write.kind) } { "Drop" } }
            }
        }
    }))
}
