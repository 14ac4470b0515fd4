use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// A new version of a market's policy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDraft {
    /// The TOML text.
    #[schema(max_length = 20_000)]
    text: String,
    /// Why.
    #[schema(max_length = 500)]
    note: String,
}

/// The version that is in force now.
#[derive(Serialize, ToSchema)]
pub struct PolicySaved {
    /// Counted from 1.
    version: u32,
}

/// Save a new version of a market's policy; it is in force at once.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/policy",
    tag = "markets",
    operation_id = "market_policy_save",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = PolicyDraft,
    responses((status = 201, description = "The version.", body = PolicySaved), Changing)
)]
pub async fn save(
    State(state): State<AppState>,
    within: InMarket,
    At(at): At,
    Sent(draft): Sent<PolicyDraft>,
) -> Result<(StatusCode, Json<PolicySaved>), Problem> {
    at_most(20_000, &[("text", Some(&draft.text))])?;
    at_most(500, &[("note", Some(&draft.note))])?;
    let version = within.market.save_policy(&draft.text, &draft.note, &at).await?;
    state.limits().forget(within.market.id());
    Ok((StatusCode::CREATED, Json(PolicySaved { version })))
}
