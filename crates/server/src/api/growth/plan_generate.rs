use axum::{Json, extract::State, http::StatusCode};
use growth::{Growth, service::PlanRequest};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::Sent,
    refusals::Changing,
    shape::{Plan, Shown},
};
use crate::{problem::Problem, viewer::At};

/// What plan is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The first day; today when left out.
    #[serde(default)]
    starts_on: Option<Date>,
    /// Length in days, 7 to 366; 90 when left out.
    #[serde(default)]
    #[schema(minimum = 7, maximum = 366)]
    horizon_days: Option<u32>,
}

/// Make a plan.
///
/// From the latest snapshot, the active owners and what was decided since; it becomes the current one. Work that
/// was begun stays. The gap says how far from the best possible plan it may be.
#[utoipa::path(
    post,
    path = "/api/v1/growth/plan",
    tag = "growth",
    operation_id = "growth_plan_generate",
    request_body = Wanted,
    responses((status = 201, description = "The plan.", body = Plan), Changing)
)]
pub async fn generate(
    State(growth): State<Growth>,
    At(at): At,
    Sent(wanted): Sent<Wanted>,
) -> Result<(StatusCode, Json<Plan>), Problem> {
    let horizon_days = wanted.horizon_days.unwrap_or(PlanRequest::default().horizon_days);
    let request = PlanRequest { starts_on: wanted.starts_on, horizon_days };
    let plan = growth.generate_plan(&request, &at).await?;
    Ok((StatusCode::CREATED, Json(Plan::shown(&plan))))
}
