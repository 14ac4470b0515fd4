use axum::{Extension, Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CHANGED;
use crate::{
    api::{
        growth::shape::{Rejection, many},
        input::Sent,
        refusals::Changing,
    },
    app::AppState,
    idempotency::Unkept,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Most numbers and addresses of one request.
const REACHES_MAX: usize = 10_000;

/// Opt-outs of before, as the system before kept them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadOptOuts {
    /// Phone numbers and e-mail addresses.
    #[schema(min_items = 1, max_items = 10_000)]
    reaches: Vec<String>,
}

/// What became of them.
#[derive(Serialize, ToSchema)]
pub struct LeadOptOutsReport {
    /// On record now, and not before.
    added: u64,
    /// On record before.
    known: u64,
    /// What is neither a number nor an address.
    rejected: Vec<Rejection>,
}

/// Bring opt-outs of before, by number or address.
///
/// Each holds for whoever has the number or address, now or later: a number stops calls and texts, an address e-mail. What is
/// brought again is on record once.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-opt-outs",
    tag = "leads",
    operation_id = "lead_opt_outs_import",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = LeadOptOuts,
    responses((status = 200, description = "What became of them.", body = LeadOptOutsReport), Changing)
)]
pub async fn import(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(told): Sent<LeadOptOuts>,
) -> Result<(Extension<Unkept>, Json<LeadOptOutsReport>), Problem> {
    if told.reaches.is_empty() || told.reaches.len() > REACHES_MAX {
        let text = format!("are 1 to {REACHES_MAX}");
        return Err(Problem::invalid(format!("Numbers and addresses of one request {text}."))
            .with_pointer("/reaches", text));
    }
    let report = state.hub().leads.import_opt_outs(&here.market, &told.reaches, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let rejected = many(&report.rejected);
    let shown = LeadOptOutsReport { added: report.added, known: report.known, rejected };
    Ok((Extension(Unkept), Json(shown)))
}
