//! `GET /markets/{name}`: how a market fares, for those who run it. Nothing of what is in it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use maud::html;

use super::{HOME, Section, named, panels};
use crate::{
    app::AppState,
    design::{Icon, Lead, Page, Tone, card, empty, facts, notice},
    problem::Problem,
    viewer::{At, Viewer},
};

/// `GET /markets/{name}`
pub async fn show(
    viewer: Viewer,
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let markets = state.markets();
    let record = markets.record(&name).await?;
    let servers = markets.servers().await?;
    let health = markets.health(&name, &at).await?;
    let checklist = match record.is_open() {
        true => Some(markets.checklist(&name).await),
        false => None,
    };
    let content = html! {
        (panels::closed(&record))
        div.grid.even {
            (card("On record", None, html! {}, html! {
                (panels::profile(&record, viewer.now))
                (facts(&[
                    ("Database", html! { (panels::place(&record, &servers)) }),
                    ("Generation", html! { (record.generation) }),
                    ("Identifier", html! { code { (record.id) } }),
                ]))
            }))
            @match &checklist {
                Some(Ok(list)) => (panels::checklist(list, &viewer)),
                Some(Err(error)) => (notice(Tone::Bad, "The checklist cannot be made", html! { p { (error) } })),
                None => (card("Before it goes live", None, html! {}, empty(
                    Icon::Clock,
                    "The market is closed",
                    "What is still missing is looked at once it is open.",
                    &[Lead::new("Life cycle", Section::LifeCycle.href(&name))],
                ))),
            }
        }
        (panels::health(&health))
    };
    let page = Page::new(&viewer, record.name.to_string())
        .crumb("Markets", HOME)
        .lead(
            html! { "How it fares, for those who run it. What is in the market is for its own people only." },
        )
        .tabs(Section::Watch.tabs(&name))
        .main(content);
    Ok(page.render().into_response())
}
