use axum::{
    Json,
    extract::{Query, State},
};
use finance::Correlation;
use growth::{BoardQuery, Growth};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    input::invalid,
    refusals::Asking,
    shape::{Projection, Shown},
};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How much deals succeed and fail together, 0 to below 1; the settings' one when left out.
    #[param(minimum = 0, maximum = 0.95)]
    correlation: Option<f64>,
}

/// What the open opportunities will bring.
///
/// The exact distribution of added revenue signed within 30, 60 and 90 days, per year and per month, and how much
/// of the way to the goal that is.
#[utoipa::path(
    get,
    path = "/api/v1/growth/projection",
    tag = "growth",
    operation_id = "growth_projection",
    params(Asked),
    responses((status = 200, description = "The projection.", body = Projection), Asking)
)]
pub async fn live(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
) -> Result<Json<Projection>, Problem> {
    let board = growth.board(BoardQuery::default()).await?;
    let mut assumptions = board.live_assumptions()?;
    if let Some(rho) = asked.correlation {
        assumptions.correlation = Correlation::new(rho).map_err(|error| invalid(&error))?;
    }
    let forecast = growth.forecast(&board, &board.prospects()?, assumptions).await?;
    Ok(Json(Projection::shown(&forecast.projection)))
}
