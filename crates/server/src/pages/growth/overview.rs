//! `GET /growth`: the client base at a glance, what moved, and what is due.

mod base;
mod figures;
mod happening;
mod moved;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use growth::{Board, Growth, GrowthError, overview::Overview, projection::Projection};
use maud::html;

use super::{client, frame};
use crate::{
    design::{Icon, card},
    problem::Problem,
    viewer::Viewer,
};

/// `GET /growth`
pub async fn show(viewer: Viewer, State(growth): State<Growth>) -> Result<Response, Problem> {
    let Some(board) = frame::board(&viewer, &growth).await? else {
        return Ok(frame::nothing(&viewer, "Overview").render().into_response());
    };
    let overview = Overview::of(&board.assessments, &board.policy, board.snapshot.currency);
    // The comparison is of the latest two snapshots: it says nothing about an older one.
    let current = viewer.address.get("snapshot").is_none() && viewer.address.get("policy").is_none();
    let movement = if current { growth.movement().await? } else { None };
    let projection = projection(&growth, &board).await;
    let plan = growth.current_plan().await?;
    let mut activity = growth.activity(happening::ACTIVITY_SHOWN).await?;
    activity.sort_by_key(|event| std::cmp::Reverse(event.at));
    let content = html! {
        (frame::not_current(&viewer, &board))
        (figures::of(&board, &overview, projection))
        div.grid.wide.even {
            section.card { (base::readiness(&board, &overview)) }
            section.card { (base::scatter(&viewer.address, &board)) }
        }
        div.grid.wide {
            div.stack {
                (base::tiers(&board, &overview))
                (base::quality(&board, &overview))
            }
            (moved::card(&board, movement.as_deref()))
        }
        div.grid.wide {
            (happening::due(&viewer, &board, plan.as_ref()))
            (card("Activity", Some("Follows the hub live"), html! {}, happening::activity(&viewer, &activity)))
        }
    };
    let page = frame::page(&viewer, "Overview", &board)
        .actions(html! {
            a.button href="/growth/opportunities" { (Icon::Target) "Top opportunities" }
            a.button.primary href=(frame::IMPORT) { (Icon::Upload) "Import" }
        })
        .main(frame::live(&viewer, "overview", content))
        .drawer(client::drawer(&viewer, &growth, &board).await?);
    Ok(page.render().into_response())
}

/// What the open opportunities bring, under the settings' own assumptions.
async fn projection(growth: &Growth, board: &Board) -> Result<Arc<Projection>, GrowthError> {
    let forecast = growth.forecast(board, &board.prospects()?, board.live_assumptions()?).await?;
    Ok(forecast.projection)
}
