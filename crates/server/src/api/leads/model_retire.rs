use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{OfModel, POLICY_CHANGED};
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Why a model is not to be asked any more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadModelRetirement {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    because: String,
}

/// Ask a model no more. Without another one the published rule answers.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-models/{kind}/{version}/retire",
    tag = "leads",
    operation_id = "lead_model_retire",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("kind" = String, Path, description = "`goal` or `cold`."),
        ("version" = u32, Path, description = "The model's version."),
    ),
    request_body = LeadModelRetirement,
    responses((status = 204, description = "It is asked no more."), Changing)
)]
pub async fn retire(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfModel>,
    Sent(wanted): Sent<LeadModelRetirement>,
) -> Result<StatusCode, Problem> {
    at_most(500, &[("because", Some(&wanted.because))])?;
    if wanted.because.trim().is_empty() {
        return Err(Problem::invalid("Say why: the next person to look has nothing else.")
            .with_error("because", "is empty"));
    }
    let leads = &state.hub().leads;
    leads.retire(&here.market, path.kind()?, path.version, &wanted.because, &at).await?;
    state.tell(here.market.id(), POLICY_CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
