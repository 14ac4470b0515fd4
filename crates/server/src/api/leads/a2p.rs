use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::shape::word;
use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// How the sender of the market's texts is registered with the carriers.
#[derive(Serialize, ToSchema)]
pub struct LeadA2p {
    /// `approved`, `toll_free_verified`, `pending`, `rejected`, `unregistered` or `suspended`; nothing while nobody said,
    /// and no text is sent.
    state: Option<String>,
    /// Where it is known from.
    told_by: Option<String>,
    /// Who set it.
    by: Option<String>,
    /// When.
    set_at: Option<Timestamp>,
}

impl LeadA2p {
    /// How it stands.
    pub fn of(standing: Option<leads::A2pStanding>) -> Self {
        let standing = standing.as_ref();
        Self {
            state: standing.map(|standing| word(&standing.state)),
            told_by: standing.map(|standing| word(&standing.told_by)),
            by: standing.map(|standing| standing.who.clone()),
            set_at: standing.map(|standing| standing.set_at),
        }
    }
}

/// How the sender of the market's texts is registered with the carriers (A2P 10DLC).
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-a2p",
    tag = "leads",
    operation_id = "lead_a2p",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The registration.", body = LeadA2p), Asking)
)]
pub async fn a2p(here: InMarket, State(state): State<AppState>) -> Result<Json<LeadA2p>, Problem> {
    Ok(Json(LeadA2p::of(state.hub().leads.a2p(&here.market).await?)))
}
