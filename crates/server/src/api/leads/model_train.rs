use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{POLICY_CHANGED, shape::LeadModelTrained};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    problem::Problem,
    unbroken::unbroken,
    viewer::{At, InMarket},
};

/// How long an answer waits for the training.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which question a model answers.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeadModelKind {
    /// Whether the lead reaches the market's goal.
    Goal,
    /// Whether an active lead goes cold.
    Cold,
}

impl From<LeadModelKind> for leads::learning::Kind {
    fn from(kind: LeadModelKind) -> Self {
        match kind {
            LeadModelKind::Goal => Self::Goal,
            LeadModelKind::Cold => Self::Cold,
        }
    }
}

/// What shall be trained.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadTraining {
    /// Which question it answers.
    kind: LeadModelKind,
}

/// Train a model on the outcomes of the market.
///
/// It looks on at first, and is promoted only after it was held against the one that answers. Refused (409) before enough
/// leads have come to an end. What takes longer is answered with 202 and goes on.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-models",
    tag = "leads",
    operation_id = "lead_model_train",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = LeadTraining,
    responses(
        (status = 201, description = "The model.", body = LeadModelTrained),
        (status = 202, description = "It is being trained.", body = LeadModelTrained),
        Changing
    )
)]
pub async fn train(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(wanted): Sent<LeadTraining>,
) -> Result<(StatusCode, Json<LeadModelTrained>), Problem> {
    let kind = wanted.kind.into();
    let (leads, market, told) = (state.hub().leads.clone(), here.market.clone(), state.clone());
    let work = unbroken(async move {
        let trained = leads.train(&market, kind, &at).await;
        told.tell(market.id(), POLICY_CHANGED);
        trained
    });
    Ok(match tokio::time::timeout(PATIENCE, work).await {
        Ok(trained) => (StatusCode::CREATED, Json(trained?.into())),
        Err(_) => (StatusCode::ACCEPTED, Json(LeadModelTrained::under_way(kind))),
    })
}
