use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{OfLead, shape::PastScore};
use crate::{
    api::{contacts::sight, input::Id, refusals::Asking},
    app::AppState,
    cursor::{LIMIT, LIMIT_MAX},
    problem::Problem,
    viewer::InMarket,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How many, at most 500; 100 when left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// What was said of a lead over time, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads/{lead}/scores",
    tag = "leads",
    operation_id = "lead_scores",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
        Asked,
    ),
    responses((status = 200, description = "The scores.", body = Vec<PastScore>), Asking)
)]
pub async fn scores(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<PastScore>>, Problem> {
    let limit = asked.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::bad_request(format!("`limit` is a whole number from 1 to {LIMIT_MAX}.")));
    }
    let past = state.hub().leads.history(&here.market, sight(&here), path.id(), limit).await?;
    Ok(Json(past.into_iter().map(PastScore::from).collect()))
}
