use std::collections::BTreeMap;

use axum::{Json, extract::State};
use finance::Correlation;
use growth::{BoardQuery, Growth, assessment::Tier};
use kernel::Mrr;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    input::{Sent, invalid},
    refusals::Changing,
    shape::{Contribution, Projection, Shown, many},
};
use crate::problem::Problem;

/// What is assumed; what is left out stays as it is believed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Monthly revenue to reach.
    #[serde(default, with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>, exclusive_minimum = 0, maximum = 100_000_000_000_f64)]
    goal_mrr: Option<Decimal>,
    /// How much deals succeed and fail together.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 0.95)]
    correlation: Option<f64>,
    /// Every chance times this, at most 1.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10)]
    chance_factor: Option<f64>,
    /// Chance of every opportunity of a tier (`tier_1`, `tier_2`, `tier_3`), 0-1.
    #[serde(default)]
    close_rates: BTreeMap<String, f64>,
    /// The team works so many opportunities, those of the highest expected revenue.
    #[serde(default)]
    #[schema(minimum = 0)]
    worked_max: Option<u32>,
}

/// The pipeline under the assumptions.
#[derive(Serialize, ToSchema)]
pub struct Forecast {
    /// The distribution of what is worked.
    projection: Projection,
    /// What every opportunity brings.
    contributions: Vec<Contribution>,
}

/// What the pipeline would bring under other assumptions.
///
/// Nothing is kept. Goal, correlation, chances per tier and how many opportunities the team works can be bent.
#[utoipa::path(
    post,
    path = "/api/v1/growth/whatif",
    tag = "growth",
    operation_id = "growth_whatif",
    request_body = Assumptions,
    responses((status = 200, description = "The forecast.", body = Forecast), Changing)
)]
pub async fn whatif(
    State(growth): State<Growth>,
    Sent(sent): Sent<Assumptions>,
) -> Result<Json<Forecast>, Problem> {
    let board = growth.board(BoardQuery::default()).await?;
    let mut assumptions = board.live_assumptions()?;
    let wrong =
        |field: &str, text: &str| Problem::invalid(format!("`{field}` {text}.")).with_error(field, text);
    if let Some(goal) = sent.goal_mrr {
        if goal <= Decimal::ZERO || goal > Decimal::from(100_000_000_000_u64) {
            return Err(wrong("goal_mrr", "is more than 0 and at most 100 000 000 000"));
        }
        assumptions.goal = Mrr::new(goal, assumptions.goal.currency());
    }
    if let Some(rho) = sent.correlation {
        assumptions.correlation = Correlation::new(rho).map_err(|error| invalid(&error))?;
    }
    if let Some(factor) = sent.chance_factor {
        if !(0.0..=10.0).contains(&factor) {
            return Err(wrong("chance_factor", "lies between 0 and 10"));
        }
        assumptions.chance_factor = factor;
    }
    for (tier, rate) in sent.close_rates {
        let tier =
            Tier::from_id(&tier).ok_or_else(|| wrong("close_rates", "names a tier that there is not"))?;
        if !(0.0..=1.0).contains(&rate) {
            return Err(wrong("close_rates", "are chances between 0 and 1"));
        }
        assumptions.close_rates.insert(tier, rate);
    }
    assumptions.worked_max = sent.worked_max.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
    let forecast = growth.forecast(&board, &board.prospects()?, assumptions).await?;
    Ok(Json(Forecast {
        projection: Projection::shown(&forecast.projection),
        contributions: many(&forecast.contributions),
    }))
}
