use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::shape::Incident;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Those that somebody has closed, too.
    #[serde(default)]
    closed: bool,
}

/// What a person has to see to, the latest first.
///
/// The same fault at the same operation is one incident as long as it is open. There is no support API at GoHighLevel:
/// `packet` is the text that somebody there would ask for, without anything secret or personal. At most 500.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/incidents",
    tag = "gohighlevel",
    operation_id = "gohighlevel_incidents",
    params(("market" = String, Path, description = "The market's name."), Asked),
    responses((status = 200, description = "The incidents.", body = Vec<Incident>), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<Incident>>, Problem> {
    let found = state.hub().gohighlevel.incidents(&here.market, !asked.closed).await?;
    Ok(Json(found.into_iter().map(Incident::from).collect()))
}
