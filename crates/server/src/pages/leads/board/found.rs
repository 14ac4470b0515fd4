//! Finding somebody on the board. What is looked for is personal and never in an address: it is a `POST`.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leads::{BOARD_PAGE_MAX, BoardQuery};
use maud::{Markup, html};
use serde::Deserialize;

use super::{World, frame, table};
use crate::{
    api::contacts::sight,
    app::AppState,
    design::{Address, Icon, flush_card},
    pages::leads::{goal_of, home, words},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// Most pages that are looked through for one question.
const PAGES_MAX: usize = 40;
/// Most leads that a search lists.
const FOUND_MAX: usize = 100;

/// What is looked for.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    text: String,
}

/// `POST /m/{market}/leads/search`
pub async fn search(
    mut viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Form(asked): Form<Search>,
) -> Result<Response, Problem> {
    let text: String = asked.text.trim().chars().filter(|letter| *letter != '\0').take(200).collect();
    if text.is_empty() {
        return Ok(Redirect::to(&home(&here)).into_response());
    }
    viewer.address = Address::at(home(&here));
    let mut query =
        BoardQuery { text: Some(text.clone()), closed: true, limit: BOARD_PAGE_MAX, ..BoardQuery::default() };
    let mut rows = Vec::new();
    for _ in 0..PAGES_MAX {
        let found = state.hub().leads.board(&here.market, sight(&here), &query).await?;
        rows.extend(found.rows);
        query.after = found.next;
        if query.after.is_none() || rows.len() >= FOUND_MAX {
            break;
        }
    }
    let complete = query.after.is_none() && rows.len() <= FOUND_MAX;
    rows.truncate(FOUND_MAX);
    let world = World::of(&state, &here).await?;
    let goal = goal_of(&state, &here).await?;
    let lines: Vec<_> = rows.into_iter().map(|row| world.line(&here, row)).collect();
    let now = viewer.now;
    let content = html! {
        (form(&here, &text))
        (flush_card("Found", Some(&format!("With the chance of {goal}.")), html! { a.button.small href=(home(&here)) { (Icon::Close) "Show all leads" } }, html! {
            @if lines.is_empty() {
                p.secondary.pad { "No lead in your sight has this e-mail address, phone number or name." }
            } @else {
                div.table-scroll tabindex="0" role="region" aria-label="Leads found" {
                    table.table.plain {
                        caption.visually-hidden { "Leads found" }
                        thead { tr { th scope="col" { "Name" } th scope="col" { "Band" } th.end scope="col" { "Chance" } th scope="col" { "Do next" } th.p3 scope="col" { "First spoken to" } th.p2 scope="col" { "Looked after by" } } }
                        tbody { @for line in &lines { tr {
                            th scope="row" { a.row-link href=(line.href) { (line.label) } span.sub { (line.stage) } }
                            td { @match &line.row.standing { Some(standing) => (words::band(standing.band)), None => "not ranked" } }
                            td.end { (table::chance(&line.row)) }
                            td { @match &line.row.next { Some(next) => (next.text), None => "not scored yet" } }
                            td.p3 { (table::first_action(&line.row, now)) }
                            td.p2 { (line.assignee) }
                        } } }
                    }
                }
                @if !complete { p.hint.pad { "There may be more: write more of the name." } }
            }
        }))
    };
    Ok(frame(&viewer, &here, content).render().into_response())
}

/// The question.
pub fn form(here: &InMarket, text: &str) -> Markup {
    html! {
        section.card.flush {
            form.toolbar method="post" action={ (home(here)) "/search" } role="search" {
                div.search {
                    (Icon::Search)
                    label.visually-hidden for="lead-search" { "Find a lead by e-mail address, phone number or name" }
                    input.input #lead-search type="search" name="text" value=(text) maxlength="200" autocomplete="off"
                        placeholder="E-mail, phone or name";
                }
                button.button type="submit" { "Find" }
            }
        }
    }
}
