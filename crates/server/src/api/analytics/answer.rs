use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{question, shape::Answer};
use crate::{
    api::{input::Name, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::At,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// What is counted: `stages`, `new` or `messages`.
    #[param(value_type = String, min_length = 1, max_length = 20, example = "stages")]
    measure: Name,
    /// By what: `region`, `vertical` or `currency`.
    #[param(value_type = String, min_length = 1, max_length = 20, example = "region")]
    by: Name,
}

/// Count the markets now, and tell what may be told.
///
/// A figure is told when at least five markets contribute and none has more than half of it; what is withheld cannot be
/// worked out from what is told.
#[utoipa::path(
    get,
    path = "/api/v1/analytics",
    tag = "analytics",
    operation_id = "analytics",
    params(Asked),
    responses((status = 200, description = "The figures.", body = Answer), Asking)
)]
pub async fn answer(
    State(state): State<AppState>,
    At(at): At,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer>, Problem> {
    let question = question(&asked.measure.0, &asked.by.0)?;
    Ok(Json(Answer::from(&state.contacts().analyse(question, at.at()).await?)))
}
