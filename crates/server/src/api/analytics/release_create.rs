use axum::{Json, extract::State, http::StatusCode};
use contacts::analytics::{CLAMP_DEFAULT, ReleaseRequest};
use disclosure::Epsilon;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{question, shape::Release};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::At,
};

/// An answer with noise to be paid for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseDraft {
    /// What is counted: `stages`, `new` or `messages`.
    #[schema(max_length = 20, example = "stages")]
    measure: String,
    /// By what: `region`, `vertical` or `currency`.
    #[schema(max_length = 20, example = "region")]
    by: String,
    /// What it may cost, as decimal text with at most six decimals.
    #[schema(max_length = 12, example = "0.5")]
    epsilon: String,
    /// Most that one market counts for in one figure; 500 when left out.
    #[schema(minimum = 1, maximum = 1000000)]
    clamp: Option<u64>,
}

/// Count the markets now and tell it with noise, paid from the privacy budget.
///
/// Refused (409) when less is left than it costs; then nothing was spent. What is told is kept and can be read again for
/// nothing.
#[utoipa::path(
    post,
    path = "/api/v1/analytics/releases",
    tag = "analytics",
    operation_id = "analytics_release_create",
    request_body = ReleaseDraft,
    responses((status = 201, description = "The release.", body = Release), Changing)
)]
pub async fn create(
    State(state): State<AppState>,
    At(at): At,
    Sent(draft): Sent<ReleaseDraft>,
) -> Result<(StatusCode, Json<Release>), Problem> {
    let question = question(&draft.measure, &draft.by)?;
    let epsilon: Epsilon = draft.epsilon.parse().map_err(|_| {
        let text = "is a number from 0 to 1000 with at most six decimals";
        Problem::invalid("The cost is not understood.").with_error("epsilon", text)
    })?;
    let request = ReleaseRequest { question, epsilon, clamp: draft.clamp.unwrap_or(CLAMP_DEFAULT) };
    let release = state.contacts().release(&request, &at).await?;
    Ok((StatusCode::CREATED, Json(Release::from(&release))))
}
