use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{OfIncident, private_token::changed, shape::Incident};
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// What somebody did about an incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoHighLevelIncidentNote {
    /// What.
    #[schema(max_length = 2000)]
    note: String,
}

/// Close an incident: somebody saw to it. What waited because of it is tried again at once.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/incidents/{incident}/close",
    tag = "gohighlevel",
    operation_id = "gohighlevel_incident_close",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("incident" = inline(Id), Path, description = "The incident."),
    ),
    request_body = GoHighLevelIncidentNote,
    responses((status = 200, description = "The incident.", body = Incident), Changing)
)]
pub async fn close(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfIncident>,
    Sent(told): Sent<GoHighLevelIncidentNote>,
) -> Result<Json<Incident>, Problem> {
    at_most(2_000, &[("note", Some(&told.note))])?;
    let closed = state.hub().gohighlevel.close_incident(&here.market, path.incident, &told.note, &at).await?;
    changed(&state, &here);
    Ok(Json(closed.into()))
}
