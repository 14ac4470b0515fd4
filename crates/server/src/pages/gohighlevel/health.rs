//! `GET /m/{market}/gohighlevel`: how the connection is doing.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use gohighlevel::{BudgetHealth, EventRate, FamilyHealth, Gap, Health, TokenHealth, TokenState};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{connect, home, page};
use crate::{
    access::MarketRoles,
    api::gohighlevel::CHANGED,
    app::AppState,
    design::{
        Column, Icon, Kpi, Table, Tone, Why, badge, card, facts, flush_card, format, kpis, meter, notice,
    },
    pages::views,
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// `GET /m/{market}/gohighlevel`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let bridge = &state.hub().gohighlevel;
    let health = bridge.health(&here.market, viewer.now).await?;
    let events = events_table();
    if let Some(file) = events.export(&health.events, &viewer.address, "gohighlevel-events")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let last = bridge.last_connection(&here.market).await?;
    let live = html! {
        div.stack id="connection" hx-get=(viewer.address.href()) hx-select="#connection" hx-swap="outerMorph"
            hx-target="this" hx-trigger={ (CHANGED) " from:body delay:1s, every 15s" } {
            (standing(&health))
            @if health.connection.is_some() {
                (figures(&viewer, &here, &health))
                @if !health.backfill.is_done() { (fill(&health)) }
                (flush_card(
                    "Events",
                    Some("What GoHighLevel told in the last hour, beside what is usual for this hour of the week."),
                    html! {},
                    events.render(&health.events, &viewer.address, &views),
                ))
                div.grid.even { (tokens(&viewer, &health)) (budgets(&viewer, &health)) }
                (families(&viewer, &health))
                @if !health.gaps.is_empty() { (gaps(&viewer, &health)) }
            }
        }
    };
    let has_app = bridge.has_app();
    let manages = here.may(MarketRoles::MANAGE_INTEGRATION);
    let content = html! {
        div.split.wide-first {
            (live)
            div.stack {
                (connect::connection(&viewer, &here, last.as_ref(), has_app))
                @if manages { (connect::token_form(&here, last.as_ref())) }
            }
        }
    };
    Ok(page(&viewer, &here, "GoHighLevel", "")
        .lead(html! { "Events come in, are fetched again, scored and written back; what is lost is found and made good." })
        .main(content)
        .render()
        .into_response())
}

fn standing(health: &Health) -> Markup {
    let concerns = health.concerns();
    match concerns.as_slice() {
        [] => notice(Tone::Good, "All well", html! { p { "Nothing waits for a person." } }),
        [one] if health.connection.is_none() => {
            notice(Tone::Info, "Not connected", html! { p { (sentence(one)) } })
        }
        many => notice(
            Tone::Warn,
            &format::counted(many.len(), "thing to look at", "things to look at"),
            html! { ul { @for concern in many { li { (sentence(concern)) } } } },
        ),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

fn figures(viewer: &Viewer, here: &InMarket, health: &Health) -> Markup {
    let link = |label: &str, part: &str| html! { a href={ (home(here)) "/" (part) } { (label) } };
    let last = match health.last_event_at {
        Some(at) => html! { "last " (format::when(at, viewer.now)) },
        None => html! { "none yet" },
    };
    kpis(&[
        Kpi::new("Events waiting", html! { (format::count(health.events_waiting)) })
            .note(html! { (last) })
            .why(Why::new("Events that are kept and not yet worked off.").source("the market's inbox")),
        Kpi::new("Lag", html! { (seconds(health.lag_seconds)) })
            .note(html! { "of the oldest that could be worked off" })
            .why(
                Why::new("Now less the moment from which the oldest waiting event could be worked off.")
                    .source("the market's inbox"),
            ),
        Kpi::new("Events given up", html! { (format::count(health.events_dead)) })
            .note(link("look at them", "events"))
            .why(
                Why::new("Events that failed three times; each can be replayed.")
                    .source("the market's inbox"),
            ),
        Kpi::new("Writes waiting", html! { (format::count(health.writes_waiting)) })
            .note(link(&format!("{} given up", format::count(health.writes_dead)), "writes"))
            .why(
                Why::new("What is to be written to GoHighLevel and is not there yet.")
                    .source("the market's writes"),
            ),
        Kpi::new("Incidents", html! { (format::count(health.incidents_open)) })
            .note(link("look at them", "incidents"))
            .why(
                Why::new("What cannot be made good without a person, each with its packet.")
                    .source("the market's incidents"),
            ),
    ])
}

fn seconds(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

fn fill(health: &Health) -> Markup {
    let progress = &health.backfill;
    let (seen, total) = (progress.seen(), progress.total());
    let body = html! {
        div.cluster {
            (meter(seen as f64, total.max(1) as f64, Tone::Info))
            strong { (format::count(seen)) " of " (format::count(total)) }
        }
        (facts(&progress.families.iter().map(|family| {
            let text = html! {
                @if family.is_done { (badge(Tone::Good, "Fetched")) " " (format::count(family.seen)) }
                @else {
                    (format::count(family.seen)) @if let Some(total) = family.total { " of " (format::count(total)) }
                    @if let Some(failure) = &family.failure { " " (badge(Tone::Warn, "tried again")) " " span.small.secondary { (failure) } }
                }
            };
            (family.family.label(), text)
        }).collect::<Vec<_>>()))
    };
    card(
        "Fetching what is there",
        Some("Page by page; interrupted, it goes on where it was."),
        html! {},
        body,
    )
}

fn tokens(viewer: &Viewer, health: &Health) -> Markup {
    let row = |token: &TokenHealth| {
        let (tone, word) = match token.state {
            TokenState::Good => (Tone::Good, "good"),
            TokenState::Due => (Tone::Info, "to be renewed"),
            TokenState::Expired => (Tone::Warn, "expired, to be renewed"),
        };
        html! {
            tr {
                th scope="row" { (if token.kind == "private" { "Private integration token" } else { "App" }) }
                td { (badge(tone, word)) }
                td { @match token.given_at { Some(at) => (format::when(at, viewer.now)), None => (format::UNKNOWN) } }
                td { @match token.expires_at { Some(at) => (format::when(at, viewer.now)), None => "not said" } }
            }
        }
    };
    flush_card(
        "Credentials",
        Some("Tokens are renewed at 80 % of their life."),
        html! {},
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Credentials" {
                table.table.plain {
                    caption.visually-hidden { "Credentials" }
                    thead { tr { th scope="col" { "Credential" } th scope="col" { "State" } th scope="col" { "Given" } th scope="col" { "Expires" } } }
                    tbody { @for token in &health.tokens { (row(token)) } }
                }
            }
        },
    )
}

fn budgets(viewer: &Viewer, health: &Health) -> Markup {
    let row = |budget: &BudgetHealth| {
        let used = budget.day.saturating_sub(budget.day_left);
        html! {
            tr {
                th scope="row" { (if budget.credential == "private" { "Private integration token" } else { "App" }) }
                td { (format::count(budget.burst)) " in " (format::count(budget.interval_ms / 1_000)) " s" }
                td { (meter(f64::from(used), f64::from(budget.day.max(1)), Tone::Info)) " " (format::count(budget.day_left)) " of " (format::count(budget.day)) }
                td { @match budget.day_ends { Some(at) => (format::when(at, viewer.now)), None => (format::UNKNOWN) } }
            }
        }
    };
    flush_card(
        "Requests left",
        Some("As GoHighLevel's own answers say; learned, not assumed."),
        html! {},
        html! {
            @if health.budgets.is_empty() {
                p.card-pad.secondary { "Nothing was asked since this hub started." }
            } @else {
                div.table-scroll tabindex="0" role="region" aria-label="Requests left" {
                    table.table.plain {
                        caption.visually-hidden { "Requests left" }
                        thead { tr { th scope="col" { "Credential" } th scope="col" { "At once" } th scope="col" { "Left today" } th scope="col" { "Begins again" } } }
                        tbody { @for budget in &health.budgets { (row(budget)) } }
                    }
                }
            }
        },
    )
}

fn families(viewer: &Viewer, health: &Health) -> Markup {
    let when = |at: Option<jiff::Timestamp>| match at {
        Some(at) => format::when(at, viewer.now),
        None => html! { "not yet" },
    };
    let row = |family: &FamilyHealth| {
        html! {
            tr {
                th scope="row" { (family.family.label()) }
                td.end { (format::count(family.linked)) }
                td { (when(family.good_until)) }
                td { (when(family.swept_at)) }
                td {
                    @match (&family.failure, family.pass) {
                        (Some(failure), _) => { (badge(Tone::Warn, "tried again")) " " span.small.secondary { (failure) } }
                        (None, Some(pass)) => (badge(Tone::Info, pass)),
                        (None, None) => (badge(Tone::Good, "at rest")),
                    }
                }
            }
        }
    };
    flush_card(
        "Compared with GoHighLevel",
        Some(
            "Events get lost: everything is compared from the last good moment on, and as a whole once a day.",
        ),
        if health.is_reconcile_late {
            badge(Tone::Warn, "Late")
        } else {
            html! {}
        },
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Comparisons" {
                table.table.plain {
                    caption.visually-hidden { "Comparisons" }
                    thead { tr { th scope="col" { "What" } th.end scope="col" { "Here" } th scope="col" { "Complete until" } th scope="col" { "All compared" } th scope="col" { "Now" } } }
                    tbody { @for family in &health.families { (row(family)) } }
                }
            }
        },
    )
}

fn gaps(viewer: &Viewer, health: &Health) -> Markup {
    let row = |gap: &Gap| {
        let what = if gap.was_away() { "The hub was away".to_owned() } else { gap.kind.clone() };
        html! {
            tr {
                th scope="row" { (what) }
                td { (format::instant(gap.from)) " to " (format::instant(gap.until)) }
                td.end { @match gap.expected { Some(expected) => (format::decimal(expected, 1)), None => (format::UNKNOWN) } }
                td.end { (format::count(gap.observed)) }
                td {
                    @match (gap.ended_at, gap.brought) {
                        (Some(at), Some(brought)) => { (format::count(brought)) " brought, " (format::when(at, viewer.now)) }
                        _ => (badge(Tone::Info, "being compared")),
                    }
                }
            }
        }
    };
    flush_card(
        "Times in which events were missing",
        Some("Fewer than the hour of the week lets expect; each began a comparison."),
        html! {},
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Missing events" {
                table.table.plain {
                    caption.visually-hidden { "Missing events" }
                    thead { tr { th scope="col" { "Event" } th scope="col" { "When" } th.end scope="col" { "Expected" } th.end scope="col" { "Came" } th scope="col" { "Comparison" } } }
                    tbody { @for gap in &health.gaps { (row(gap)) } }
                }
            }
        },
    )
}

fn events_table() -> Table<EventRate> {
    Table::new("event-table", "Events of the last hour by kind", ("kind", "kinds"), |rate: &EventRate| rate.kind.clone())
        .column(
            Column::text("kind", "Event", |rate: &EventRate| rate.kind.clone())
                .sorted_by(|one, two| one.kind.cmp(&two.kind)),
        )
        .column(
            Column::new(
                "last_hour",
                "Last hour",
                ColumnKind::Integer,
                |rate: &EventRate| html! { (format::count(rate.last_hour)) },
                |rate| Cell::from(i64::try_from(rate.last_hour).unwrap_or(i64::MAX)),
            )
            .sorted_by_number(|rate| Some(rate.last_hour as f64)),
        )
        .column(
            Column::new(
                "usual",
                "Usual",
                ColumnKind::Number,
                |rate: &EventRate| html! { (rate.usual.map_or(format::UNKNOWN.to_owned(), |usual| format::decimal(usual, 1))) },
                |rate| rate.usual.map_or(Cell::Empty, Cell::from),
            )
            .sorted_by_number(|rate| rate.usual)
            .importance(2),
        )
        .column(
            Column::new(
                "last_at",
                "Last one",
                ColumnKind::Text,
                |rate: &EventRate| html! { span.nowrap { @match rate.last_at { Some(at) => (format::instant(at)), None => (format::UNKNOWN) } } },
                |rate| rate.last_at.map_or(Cell::Empty, |at| Cell::from(at.to_string())),
            )
            .sorted_by(|one, two| one.last_at.cmp(&two.last_at)),
        )
        .searched_in(|rate| rate.kind.clone())
        .when_empty(Icon::Send, "No event in the last day", "They arrive once the app is let in and something happens at GoHighLevel.", [])
}
