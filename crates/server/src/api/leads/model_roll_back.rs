use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{POLICY_CHANGED, kind_of};
use crate::{
    api::refusals::Changing,
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// The kind of models in the path, beside the market.
#[derive(Deserialize)]
pub struct OfKind {
    kind: String,
}

/// Who answers again.
#[derive(Serialize, ToSchema)]
pub struct LeadModelRolledBack {
    /// The version that answers now.
    version: u32,
}

/// Let the model before the present one answer again.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-models/{kind}/roll-back",
    tag = "leads",
    operation_id = "lead_model_roll_back",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("kind" = String, Path, description = "`goal` or `cold`."),
    ),
    responses((status = 200, description = "Who answers now.", body = LeadModelRolledBack), Changing)
)]
pub async fn roll_back(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(OfKind { kind }): Path<OfKind>,
) -> Result<Json<LeadModelRolledBack>, Problem> {
    let version = state.hub().leads.roll_back(&here.market, kind_of(&kind)?, &at).await?;
    state.tell(here.market.id(), POLICY_CHANGED);
    Ok(Json(LeadModelRolledBack { version }))
}
