use axum::{Json, extract::State};
use growth::{BoardQuery, Growth, playbook::Playbook, scenario};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    refusals::Asking,
    shape::{ScenarioRow, many},
};
use crate::problem::Problem;

/// The scenario tables.
#[derive(Serialize, ToSchema)]
pub struct Scenarios {
    /// Currency of `pipeline`'s amounts.
    currency: String,
    /// Monthly revenue today.
    current_mrr: f64,
    /// Monthly revenue to reach.
    goal_mrr: f64,
    /// Each scenario on the hub's own pipeline.
    pipeline: Vec<ScenarioRow>,
    /// Each scenario on the framework's reference case.
    reference: Vec<ScenarioRow>,
}

/// What if so many clients of each tier sign.
#[utoipa::path(
    get,
    path = "/api/v1/growth/scenarios",
    tag = "growth",
    operation_id = "growth_scenarios",
    responses((status = 200, description = "The scenarios.", body = Scenarios), Asking)
)]
pub async fn scenarios(State(growth): State<Growth>) -> Result<Json<Scenarios>, Problem> {
    let board = growth.board(BoardQuery::default()).await?;
    let (current, goal) = (board.current_mrr()?, board.goal_mrr()?);
    let playbook = Playbook::standard();
    let table = || {
        let tiers = scenario::potentials(board.assessments.iter())?;
        scenario::table(&tiers, &playbook.scenarios, current, goal)
    };
    let pipeline = table().map_err(growth::GrowthError::from)?;
    let (_, _, reference) = scenario::reference(playbook).map_err(growth::GrowthError::from)?;
    Ok(Json(Scenarios {
        currency: board.snapshot.currency.to_string(),
        current_mrr: current.to_f64(),
        goal_mrr: goal.to_f64(),
        pipeline: many(&pipeline),
        reference: many(&reference),
    }))
}
