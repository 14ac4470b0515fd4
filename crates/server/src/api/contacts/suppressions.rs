use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        input::{Sent, at_most},
        refusals::{Asking, Changing},
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// How many must be left alone. Who they are is not stored.
#[derive(Serialize, ToSchema)]
pub struct SuppressionCount {
    /// `email` or `phone`.
    kind: String,
    /// `asked`, or `erased`.
    reason: String,
    /// How many.
    entries: u64,
}

/// How to reach somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// An e-mail address or a phone number.
    #[schema(min_length = 1, max_length = 254)]
    reach: String,
}

/// What became of the suppression list.
#[derive(Serialize, ToSchema)]
pub struct SuppressionChange {
    /// Whether anything changed.
    changed: bool,
}

/// How long the suppression list is.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/suppressions",
    tag = "contacts",
    operation_id = "suppressions",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The counts.", body = Vec<SuppressionCount>), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Json<Vec<SuppressionCount>>, Problem> {
    let counts = state.contacts().suppressed(&here.market).await?;
    let shown = counts.into_iter().map(|count| SuppressionCount {
        kind: count.kind,
        reason: count.reason,
        entries: count.entries,
    });
    Ok(Json(shown.collect()))
}

/// Leave somebody alone: no contact with this address or number can be added any more.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/suppressions",
    tag = "contacts",
    operation_id = "suppression_add",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = Reach,
    responses((status = 200, description = "It is on the list.", body = SuppressionChange), Changing)
)]
pub async fn add(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(reach): Sent<Reach>,
) -> Result<Json<SuppressionChange>, Problem> {
    at_most(254, &[("reach", Some(&reach.reach))])?;
    Ok(Json(SuppressionChange { changed: state.contacts().suppress(&here.market, &reach.reach, &at).await? }))
}

/// Take an address or a number off the suppression list.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/suppressions/remove",
    tag = "contacts",
    operation_id = "suppression_remove",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = Reach,
    responses((status = 200, description = "It is not on the list.", body = SuppressionChange), Changing)
)]
pub async fn remove(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(reach): Sent<Reach>,
) -> Result<Json<SuppressionChange>, Problem> {
    at_most(254, &[("reach", Some(&reach.reach))])?;
    Ok(Json(SuppressionChange {
        changed: state.contacts().unsuppress(&here.market, &reach.reach, &at).await?,
    }))
}
