use axum::{Json, extract::State};
use markets::StepState;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::refusals::Asking, app::AppState, problem::Problem, viewer::Known};

/// What a market still needs before it goes live.
#[derive(Serialize, ToSchema)]
pub struct GoLive {
    /// Whether nothing required is missing.
    ready: bool,
    /// The steps, in order.
    steps: Vec<GoLiveLine>,
}

/// One step.
#[derive(Serialize, ToSchema)]
struct GoLiveLine {
    /// Its identifier.
    id: &'static str,
    /// What is to be done.
    title: &'static str,
    /// Whether a market may not go live without it.
    required: bool,
    /// Whether it is done.
    done: bool,
    /// What is missing, in a sentence.
    missing: Option<String>,
    /// The page where it is done.
    page: Option<String>,
    /// The command that does it.
    command: Option<String>,
}

/// What a market still needs before it goes live, and where to do it.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/checklist",
    tag = "markets",
    operation_id = "market_checklist",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "The steps.", body = GoLive), Asking)
)]
pub async fn checklist(
    State(state): State<AppState>,
    Known { record, .. }: Known,
) -> Result<Json<GoLive>, Problem> {
    let checklist = state.markets().checklist(&record.name).await?;
    let ready = checklist.is_ready();
    let steps = checklist.steps.into_iter().map(|step| GoLiveLine {
        id: step.id,
        title: step.title,
        required: step.required,
        done: step.state == StepState::Done,
        missing: match step.state {
            StepState::Done => None,
            StepState::Missing(what) => Some(what),
        },
        page: step.place.page,
        command: step.place.command,
    });
    Ok(Json(GoLive { ready, steps: steps.collect() }))
}
