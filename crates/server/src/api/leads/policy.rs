use axum::{Json, extract::State};
use jiff::Timestamp;
use leads::policy::LeadPolicyVersion;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// A market's policy of leads, as it is written.
#[derive(Serialize, ToSchema)]
pub struct LeadPolicyText {
    /// Counted from 1; 0 is the policy that every market begins with.
    version: u32,
    /// The TOML text.
    text: String,
    /// Why it was saved.
    note: String,
    /// By whom; empty of the one that every market begins with.
    actor: String,
    /// When; nothing of the one that every market begins with.
    saved_at: Option<Timestamp>,
}

impl From<LeadPolicyVersion> for LeadPolicyText {
    fn from(saved: LeadPolicyVersion) -> Self {
        let LeadPolicyVersion { version, text, note, actor, saved_at } = saved;
        Self { version, text, note, actor, saved_at }
    }
}

/// The versions of a market's policy of leads, the one in force first.
///
/// What counts as reaching the goal, how many leads the team can get to, how models learn, who is offered which lead, and
/// what the gate asks.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-policy",
    tag = "leads",
    operation_id = "lead_policy",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "Every version.", body = Vec<LeadPolicyText>), Asking)
)]
pub async fn policy(
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Json<Vec<LeadPolicyText>>, Problem> {
    let leads = &state.hub().leads;
    let mut versions = leads.policies(&here.market).await?;
    if versions.is_empty() {
        versions.push(leads.policy_version(&here.market).await?);
    }
    Ok(Json(versions.into_iter().map(LeadPolicyText::from).collect()))
}
