use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::InMarket};

/// How many contacts the market has.
#[derive(Serialize, ToSchema)]
pub struct ContactCounts {
    /// All of them.
    contacts: u64,
    /// Those that nobody looks after.
    unassigned: u64,
    /// Per stage, in the order of the pipelines.
    stages: Vec<StageCount>,
}

/// How many contacts are in a stage.
#[derive(Serialize, ToSchema)]
pub struct StageCount {
    /// The pipeline.
    pipeline: String,
    /// The stage.
    stage: String,
    /// What it means to be there: `open`, `won` or `lost`.
    kind: &'static str,
    /// How many.
    contacts: u64,
}

/// How many contacts there are per stage, without any person.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/contact-counts",
    tag = "contacts",
    operation_id = "contact_counts",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The counts.", body = ContactCounts), Asking)
)]
pub async fn counts(here: InMarket, State(state): State<AppState>) -> Result<Json<ContactCounts>, Problem> {
    let counts = state.contacts().counts(&here.market).await?;
    let stages = counts.stages.into_iter().map(|count| StageCount {
        pipeline: count.pipeline,
        stage: count.stage,
        kind: count.kind,
        contacts: count.contacts,
    });
    Ok(Json(ContactCounts {
        contacts: counts.contacts,
        unassigned: counts.unassigned,
        stages: stages.collect(),
    }))
}
