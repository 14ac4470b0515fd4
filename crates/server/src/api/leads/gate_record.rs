use axum::{
    Json,
    extract::{Path, State},
};
use kernel::Ulid;
use serde::Deserialize;

use super::shape::GateRecord;
use crate::{
    api::{
        contacts::{nothing, sight},
        input::Id,
        refusals::Asking,
    },
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// A decision in the path, beside the market.
#[derive(Deserialize)]
pub struct OfDecision {
    decision: Ulid,
}

/// One decision of the gate with every verdict. An agent reaches those about their own leads.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-gate-log/{decision}",
    tag = "leads",
    operation_id = "lead_gate_decision",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("decision" = inline(Id), Path, description = "The decision."),
    ),
    responses((status = 200, description = "The decision.", body = GateRecord), Asking)
)]
pub async fn record(
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfDecision>,
) -> Result<Json<GateRecord>, Problem> {
    let found = state.hub().leads.gate_record(&here.market, sight(&here), path.decision).await?;
    found.map(|record| Json(record.into())).ok_or_else(nothing)
}
