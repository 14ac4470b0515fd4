use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use super::{OfModel, POLICY_CHANGED};
use crate::{
    api::refusals::Changing,
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Let a model answer from now on.
///
/// Refused (409) as long as its trial has not cleared it; what speaks against it is in the answer.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-models/{kind}/{version}/promote",
    tag = "leads",
    operation_id = "lead_model_promote",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("kind" = String, Path, description = "`goal` or `cold`."),
        ("version" = u32, Path, description = "The model's version."),
    ),
    responses((status = 204, description = "It answers."), Changing)
)]
pub async fn promote(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfModel>,
) -> Result<StatusCode, Problem> {
    state.hub().leads.promote(&here.market, path.kind()?, path.version, &at).await?;
    state.tell(here.market.id(), POLICY_CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
