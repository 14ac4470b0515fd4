use axum::Json;
use finance::Correlation;
use growth::projection::{self, Goal, OpportunityRow};
use kernel::{Arr, Currency, Mrr};
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Sent, at_most, away, invalid, objects},
    refusals::Changing,
    shape::{Projection, Shown},
};
use crate::problem::Problem;

/// Most opportunities of one request.
const OPPORTUNITIES_MAX: usize = 20_000;
/// Longest time to signature: a hundred years.
const CLOSE_DAYS_MAX: u32 = 36_500;

/// An opportunity as the schema shows it; read as [`OpportunityRow`].
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opportunity {
    /// Identity.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// Added annual revenue if signed, major units.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64, minimum = 0, maximum = 100_000_000_000_f64)]
    arr: Decimal,
    /// The chance, 0-1.
    #[schema(minimum = 0, maximum = 1)]
    probability: f64,
    /// Expected days to signature.
    #[schema(minimum = 0, maximum = 36_500)]
    close_days: u32,
}

/// A pipeline, today's revenue and the goal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// The opportunities.
    #[serde(deserialize_with = "objects")]
    #[schema(max_items = 20_000)]
    opportunities: Vec<Opportunity>,
    /// Monthly recurring revenue today.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64, minimum = 0, maximum = 100_000_000_000_f64)]
    current_mrr: Decimal,
    /// Annual recurring revenue to add.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64, minimum = 0, maximum = 100_000_000_000_f64)]
    goal_arr: Decimal,
    /// How much deals succeed and fail together, 0 to below 1.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 0.95)]
    correlation: f64,
    /// Currency of the amounts, ISO 4217; USD when left out.
    #[serde(default = "usd")]
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    currency: Currency,
}

fn usd() -> Currency {
    Currency::USD
}

/// Project a pipeline without keeping it.
///
/// The exact distribution of added revenue signed within 30, 60 and 90 days, of the opportunities in the body.
#[utoipa::path(
    post,
    path = "/api/v1/growth/projection",
    tag = "growth",
    operation_id = "growth_project",
    request_body = Pipeline,
    responses((status = 200, description = "The projection.", body = Projection), Changing)
)]
pub async fn project(Sent(sent): Sent<Pipeline>) -> Result<Json<Projection>, Problem> {
    if sent.opportunities.len() > OPPORTUNITIES_MAX {
        return Err(Problem::invalid(format!("At most {OPPORTUNITIES_MAX} opportunities at once.")));
    }
    let most = Decimal::from(100_000_000_000_u64);
    if sent.opportunities.iter().any(|one| one.id.is_empty()) {
        return Err(Problem::invalid("Every opportunity has an `id`.").with_error("id", "is empty"));
    }
    for one in &sent.opportunities {
        at_most(200, &[("id", Some(&one.id))])?;
        if one.close_days > CLOSE_DAYS_MAX {
            let text = format!("is at most {CLOSE_DAYS_MAX}");
            return Err(Problem::invalid(format!("`close_days` {text}.")).with_error("close_days", text));
        }
    }
    if let Some((name, _)) = [("current_mrr", sent.current_mrr), ("goal_arr", sent.goal_arr)]
        .into_iter()
        .find(|(_, amount)| *amount < Decimal::ZERO || *amount > most)
    {
        let text = "lies between 0 and 100 000 000 000";
        return Err(Problem::invalid(format!("`{name}` {text}.")).with_error(name, text));
    }
    let correlation = Correlation::new(sent.correlation)
        .map_err(|error| invalid(&error).with_error("correlation", error.to_string()))?;
    let currency = sent.currency;
    away(move || {
        let opportunities: Vec<projection::Opportunity> = sent
            .opportunities
            .into_iter()
            .map(|Opportunity { id, arr, probability, close_days }| {
                OpportunityRow { id: id.into(), arr, probability, close_days }.in_currency(currency)
            })
            .collect();
        let current = Mrr::new(sent.current_mrr, currency);
        let goal = Goal::AddedArr(Arr::new(sent.goal_arr, currency));
        let projected = projection::project(&opportunities, current, goal, correlation);
        Ok(Json(Projection::shown(&projected.map_err(|error| invalid(&error))?)))
    })
    .await
}
