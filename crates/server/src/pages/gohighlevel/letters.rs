//! `/m/{market}/gohighlevel/events`: events that were given up, to be replayed.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use gohighlevel::{DeadLetter, LETTERS_PAGE_MAX};
use maud::html;
use tabular::{Cell, ColumnKind};

use super::{done, home, id, page};
use crate::{
    access::MarketRoles,
    api::gohighlevel::CHANGED,
    app::AppState,
    design::{Column, Icon, Table, Tone, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// Most that are listed: a thousand events that failed have one reason, which shows among them.
const LISTED_MAX: usize = 2_000;

/// `GET /m/{market}/gohighlevel/events`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let bridge = &state.hub().gohighlevel;
    let mut letters: Vec<DeadLetter> = Vec::new();
    loop {
        let before = letters.last().map(|letter| letter.id);
        let more = bridge.dead_letters(&here.market, before, LETTERS_PAGE_MAX).await?;
        let is_last = more.len() < LETTERS_PAGE_MAX as usize;
        letters.extend(more);
        if is_last || letters.len() >= LISTED_MAX {
            break;
        }
    }
    let manages = here.may(MarketRoles::MANAGE_INTEGRATION);
    let table = table(manages.then(|| home(&here)));
    if let Some(file) = table.export(&letters, &viewer.address, "gohighlevel-events-given-up")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let all = html! {
        @if manages && !letters.is_empty() {
            form method="post" action={ (home(&here)) "/events/replay" } { button.button.small { (Icon::Refresh) "Replay all" } }
        }
    };
    let content = html! {
        div.stack id="letters" hx-get=(viewer.address.href()) hx-select="#letters" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body delay:1s" } {
            (flush_card("Events given up", None, all, table.render(&letters, &viewer.address, &views)))
        }
    };
    Ok(page(&viewer, &here, "Events given up", "events")
        .lead(html! { "Three tries, then a reason. What an event said stays sealed; replayed, it is fetched again from GoHighLevel." })
        .main(content)
        .render()
        .into_response())
}

/// `POST /m/{market}/gohighlevel/events/{letter}/replay`
pub async fn replay(
    here: InMarket,
    At(at): At,
    Path((_, letter)): Path<(String, String)>,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    state.hub().gohighlevel.replay(&here.market, id(&letter)?, &at).await?;
    Ok(done(&state, &here, "events", Tone::Good, "The event is tried again."))
}

/// `POST /m/{market}/gohighlevel/events/replay`
pub async fn replay_all(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let count = state.hub().gohighlevel.replay_all(&here.market, &at).await?;
    let text = format!(
        "{} tried again.",
        format::counted(usize::try_from(count).unwrap_or(usize::MAX), "event is", "events are")
    );
    Ok(done(&state, &here, "events", Tone::Good, &text))
}

fn table(replay_at: Option<String>) -> Table<DeadLetter> {
    let table = Table::new("letter-table", "Events given up", ("event", "events"), |letter: &DeadLetter| {
        letter.id.to_string()
    })
    .column(
        Column::text("kind", "Event", |letter: &DeadLetter| letter.kind.clone())
            .sorted_by(|one, two| one.kind.cmp(&two.kind)),
    )
    .column(
        Column::text("reason", "Why", |letter: &DeadLetter| letter.reason.clone())
            .sorted_by(|one, two| one.reason.cmp(&two.reason)),
    )
    .column(
        Column::new(
            "attempts",
            "Tries",
            ColumnKind::Integer,
            |letter: &DeadLetter| html! { (letter.attempts) },
            |letter| Cell::from(i64::from(letter.attempts)),
        )
        .importance(3),
    )
    .column(
        Column::new(
            "received_at",
            "Arrived",
            ColumnKind::Text,
            |letter: &DeadLetter| html! { span.nowrap { (format::instant(letter.received_at)) } },
            |letter| Cell::from(letter.received_at.to_string()),
        )
        .sorted_by(|one, two| one.received_at.cmp(&two.received_at)),
    )
    .column(Column::text("id", "Identifier", |letter: &DeadLetter| letter.id.to_string()).optional())
    .searched_in(|letter| format!("{} {}", letter.kind, letter.reason))
    .when_empty(
        Icon::Check,
        "Nothing was given up",
        "Events that fail three times would stand here with their reason.",
        [],
    );
    match replay_at {
        Some(home) => table.column(Column::acting(move |letter: &DeadLetter| {
            html! {
                form method="post" hx-boost="false" action={ (home) "/events/" (letter.id) "/replay" } {
                    button.button.small aria-label={ "Replay " (letter.kind) " of " (letter.received_at) } { (Icon::Refresh) "Replay" }
                }
            }
        })),
        None => table,
    }
}
