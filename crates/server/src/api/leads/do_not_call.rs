use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use leads::ToldBy;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, OfLead, shape::ToldByWord};
use crate::{
    api::{
        contacts::sight,
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Somebody asked not to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadDoNotCall {
    /// Where it is known from.
    #[schema(value_type = ToldByWord)]
    told_by: ToldBy,
    /// How they asked.
    #[schema(min_length = 1, max_length = 1000)]
    why: String,
}

/// Put a lead on the market's own do-not-call list: its number stays there, whoever has it.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/do-not-call",
    tag = "leads",
    operation_id = "lead_do_not_call",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadDoNotCall,
    responses((status = 204, description = "It is on the list."), Changing)
)]
pub async fn list(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
    Sent(told): Sent<LeadDoNotCall>,
) -> Result<StatusCode, Problem> {
    at_most(1_000, &[("why", Some(&told.why))])?;
    let leads = &state.hub().leads;
    leads.do_not_call(&here.market, sight(&here), path.id(), told.told_by, &told.why, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
