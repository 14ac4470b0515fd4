use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::POLICY_CHANGED;
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Longest policy, in letters.
const TEXT_LETTERS_MAX: usize = 60_000;

/// A new version of a market's policy of leads.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadPolicyDraft {
    /// The TOML text.
    #[schema(max_length = 60_000)]
    text: String,
    /// Why.
    #[schema(max_length = 500)]
    note: String,
}

/// The version that is in force now.
#[derive(Serialize, ToSchema)]
pub struct LeadPolicySaved {
    /// Counted from 1.
    version: u32,
}

/// Save a new version of a market's policy of leads; it is in force at once, and every lead is scored again.
///
/// A policy with another goal asks another question: models that answered the former one are asked no more.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-policy",
    tag = "leads",
    operation_id = "lead_policy_save",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = LeadPolicyDraft,
    responses((status = 201, description = "The version.", body = LeadPolicySaved), Changing)
)]
pub async fn save(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(draft): Sent<LeadPolicyDraft>,
) -> Result<(StatusCode, Json<LeadPolicySaved>), Problem> {
    at_most(TEXT_LETTERS_MAX, &[("text", Some(&draft.text))])?;
    at_most(500, &[("note", Some(&draft.note))])?;
    let version = state.hub().leads.save_policy(&here.market, &draft.text, &draft.note, &at).await?;
    state.tell(here.market.id(), POLICY_CHANGED);
    Ok((StatusCode::CREATED, Json(LeadPolicySaved { version })))
}
