use axum::{
    Json,
    extract::{Query, State},
};
use growth::Growth;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    input::today,
    refusals::Asking,
    shape::{Indicators, Shown},
};
use crate::{Clock, problem::Problem};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The day to speak of; today when left out.
    #[param(value_type = Option<String>, format = Date)]
    on: Option<Date>,
}

/// How the plan is going.
///
/// Leading (what is done), lagging (what came of it) and health (what is in the pipe) indicators.
#[utoipa::path(
    get,
    path = "/api/v1/growth/indicators",
    tag = "growth",
    operation_id = "growth_indicators",
    params(Asked),
    responses((status = 200, description = "The indicators.", body = Indicators), Asking)
)]
pub async fn indicators(
    State(growth): State<Growth>,
    State(clock): State<Clock>,
    Query(asked): Query<Asked>,
) -> Result<Json<Indicators>, Problem> {
    let on = asked.on.unwrap_or_else(|| today(clock.now()));
    Ok(Json(Indicators::shown(&growth.indicators(on).await?)))
}
