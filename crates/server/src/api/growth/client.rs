use axum::{
    Json,
    extract::{Path, Query, State},
};
use growth::{Growth, GrowthError, metrics::ClientId};
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::{Name, PolicyParameter, board},
    refusals::Asking,
    shape::{Assessment, Client, HistoryPoint, Outcome, Shown, many},
};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The snapshot; the latest when left out.
    #[param(value_type = Option<String>, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    snapshot: Option<Ulid>,
    /// The policy as `name:version`; the active one when left out.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]+:[1-9][0-9]{0,8}$", example = "framework:1")]
    policy: Option<PolicyParameter>,
}

/// One client with everything that is said of it.
#[derive(Serialize, ToSchema)]
pub struct Detail {
    /// The snapshot.
    snapshot: Ulid,
    /// What is known.
    metrics: Client,
    /// What the policy makes of it.
    assessment: Assessment,
    /// What was predicted on earlier days, the oldest first.
    history: Vec<HistoryPoint>,
    /// Its outcomes, by day.
    outcomes: Vec<Outcome>,
}

/// One client with its assessment and its past.
///
/// The metrics, the assessment with every factor, what was predicted before, and the outcomes.
#[utoipa::path(
    get,
    path = "/api/v1/growth/clients/{id}",
    tag = "growth",
    operation_id = "growth_client",
    params(("id" = String, Path, description = "The client's identifier."), Asked),
    responses((status = 200, description = "The client.", body = Detail), Asking)
)]
pub async fn client(
    State(growth): State<Growth>,
    Path(Name(id)): Path<Name>,
    Query(asked): Query<Asked>,
) -> Result<Json<Detail>, Problem> {
    let board = board(&growth, asked.snapshot, asked.policy).await?;
    let id = ClientId::new(id);
    let (client, assessment) = board.client(&id).ok_or_else(|| GrowthError::UnknownClient(id.clone()))?;
    let history = growth.client_history(&id).await?;
    Ok(Json(Detail {
        snapshot: board.snapshot.id,
        metrics: Client::shown(client),
        assessment: Assessment::shown(assessment),
        history: many(&history),
        outcomes: board.outcomes.iter().filter(|one| one.client_id == id).map(Outcome::shown).collect(),
    }))
}
