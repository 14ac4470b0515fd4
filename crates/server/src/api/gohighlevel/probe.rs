use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::private_token::changed;
use crate::{api::refusals::Changing, app::AppState, problem::Problem, viewer::InMarket};

/// Whether the location can be asked.
#[derive(Serialize, ToSchema)]
pub struct GoHighLevelStanding {
    /// `well`, `inactive`, `reconnect` or `unreachable`.
    standing: &'static str,
}

/// Look again whether the location can be asked, with its tokens read anew.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/probe",
    tag = "gohighlevel",
    operation_id = "gohighlevel_probe",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "How it stands.", body = GoHighLevelStanding), Changing)
)]
pub async fn probe(
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Json<GoHighLevelStanding>, Problem> {
    let standing = state.hub().gohighlevel.probe_now(&here.market, state.clock().now()).await?;
    changed(&state, &here);
    Ok(Json(GoHighLevelStanding { standing: standing.id() }))
}
