use axum::{
    Json,
    extract::{Path, State},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{OfContact, sight};
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// A stage that a contact entered.
#[derive(Serialize, ToSchema)]
pub struct StageEntered {
    /// The pipeline.
    pipeline: String,
    /// The stage before; `null` for the first.
    from: Option<String>,
    /// The stage.
    stage: String,
    /// When.
    at: Timestamp,
}

/// The stages that a contact entered, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/contacts/{contact}/stages",
    tag = "contacts",
    operation_id = "contact_stages",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    responses((status = 200, description = "The stages.", body = Vec<StageEntered>), Asking)
)]
pub async fn stages(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
) -> Result<Json<Vec<StageEntered>>, Problem> {
    let moves = state.contacts().moves(&here.market, sight(&here), path.id()).await?;
    let stages = moves.into_iter().map(|entered| StageEntered {
        pipeline: entered.pipeline,
        from: entered.from,
        stage: entered.stage,
        at: entered.at,
    });
    Ok(Json(stages.collect()))
}
