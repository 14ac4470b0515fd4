use axum::{
    Json,
    extract::{Path, State},
};

use super::{
    OfAgent, POLICY_CHANGED,
    shape::{LeadAgent, LeadAgentSettings},
};
use crate::{
    api::{
        contacts::{assignee, nothing},
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Say what somebody takes.
///
/// A member of the market who can look after contacts. Leads that nobody could take are looked at again at once.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/lead-agents/{user}",
    tag = "leads",
    operation_id = "lead_agent_put",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("user" = inline(Id), Path, description = "The user."),
    ),
    request_body = LeadAgentSettings,
    responses((status = 200, description = "The agent.", body = LeadAgent), Changing)
)]
pub async fn put(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfAgent>,
    Sent(settings): Sent<LeadAgentSettings>,
) -> Result<Json<LeadAgent>, Problem> {
    // Who is nobody in this market is answered as if there were nobody of this name.
    let user = assignee(&state, &here, path.user).await.map_err(|problem| match problem.kind() {
        crate::problem::Kind::Invalid => nothing(),
        _ => problem,
    })?;
    let leads = &state.hub().leads;
    leads.save_agent(&here.market, user, &settings.read()?, &at).await?;
    state.tell(here.market.id(), POLICY_CHANGED);
    let agents = leads.agents(&here.market, at.now).await?;
    agents.into_iter().find(|agent| agent.agent == user).map(|agent| Json(agent.into())).ok_or_else(nothing)
}
