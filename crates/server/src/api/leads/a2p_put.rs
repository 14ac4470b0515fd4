use axum::{Json, extract::State};
use leads::{ToldBy, gate::A2p};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    POLICY_CHANGED,
    a2p::LeadA2p,
    shape::{A2pWord, ToldByWord},
};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// How the sender is registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadA2pDraft {
    /// How.
    #[schema(value_type = A2pWord)]
    state: A2p,
    /// Where it is known from.
    #[schema(value_type = ToldByWord)]
    told_by: ToldBy,
}

/// Note how the sender of the market's texts is registered with the carriers. Without a registration no text is sent.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/lead-a2p",
    tag = "leads",
    operation_id = "lead_a2p_set",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = LeadA2pDraft,
    responses((status = 200, description = "The registration.", body = LeadA2p), Changing)
)]
pub async fn put(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(draft): Sent<LeadA2pDraft>,
) -> Result<Json<LeadA2p>, Problem> {
    let leads = &state.hub().leads;
    leads.set_a2p(&here.market, draft.state, draft.told_by, &at).await?;
    state.tell(here.market.id(), POLICY_CHANGED);
    Ok(Json(LeadA2p::of(leads.a2p(&here.market).await?)))
}
