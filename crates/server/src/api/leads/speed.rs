use axum::{
    Json,
    extract::{Query, State},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use super::shape::LeadSpeed;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// How far back figures look when the question does not say.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which offers figures are made of.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Those decided from this instant on; thirty days back when left out.
    since: Option<Timestamp>,
}

impl Asked {
    /// From when on.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        self.since.unwrap_or_else(|| now.checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN))
    }
}

/// How fast leads are offered to somebody and spoken to for the first time.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-speed",
    tag = "leads",
    operation_id = "lead_speed",
    params(("market" = String, Path, description = "The market's name."), Asked),
    responses((status = 200, description = "The figures.", body = LeadSpeed), Asking)
)]
pub async fn speed(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Json<LeadSpeed>, Problem> {
    let now = state.clock().now();
    Ok(Json(state.hub().leads.speed(&here.market, asked.since(now), now).await?.into()))
}
