//! One lead beside the board: the chance with its reasons, what to do next, and the way to the whole person.

use leads::LeadsError;
use maud::{Markup, html};

use super::{World, opened_in, table::closed_drawer};
use crate::{
    api::contacts::sight,
    app::AppState,
    design::{Tone, drawer, format, notice},
    pages::leads::{lead, words},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// The lead that the address names; none where it names none, or nobody in sight.
pub async fn opened(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    world: &World,
    goal: &str,
) -> Result<Option<Markup>, Problem> {
    let Some(id) = opened_in(&viewer.address) else { return Ok(None) };
    let view = match state.hub().leads.lead(&here.market, sight(here), id, viewer.now).await {
        Ok(view) => view,
        Err(LeadsError::Unknown(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let line = world.line(here, view.row.clone());
    let subtitle = html! {
        @if let Some(standing) = &view.row.standing { (words::band(standing.band)) }
        span.small.secondary { (line.stage) " · looked after by " (line.assignee) }
    };
    let standings = state.hub().leads.channel_standings(&here.market, sight(here), id).await?;
    let body = html! {
        div.cluster {
            a.button.primary href=(line.href) { "Open the person" }
            (lead::ways(&view.row.contact.personal, &standings))
        }
        @match &view.score {
            None => { p.secondary { "Not scored yet: it happens within seconds of the first news." } }
            Some(score) => {
                div.section { (lead::next(score)) }
                div.section {
                    @if let Some(word) = &view.set_by { (lead::said(word, &world.names)) }
                    (lead::score::headline(score, view.row.effective.unwrap_or(score.probability), goal))
                    (lead::score::reasons(score))
                    (lead::score::arithmetic(score))
                    (lead::score::missing(score))
                }
                p.small.secondary { "Rests on: " (words::basis_sentence(&score.basis)) " Scored " (format::when(score.as_of, viewer.now)) "." }
            }
        }
        @if view.row.stale { (notice(Tone::Info, "There is news", html! { p { "Something happened since this score; it is being made again." } })) }
    };
    let row = view.row.contact.id.to_string();
    Ok(Some(drawer(&row, &line.label, subtitle, &closed_drawer(&viewer.address), body)))
}
