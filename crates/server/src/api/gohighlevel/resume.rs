use axum::{Json, extract::State};
use leads::Channel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::private_token::changed;
use crate::{
    api::{input::Sent, leads::shape::ChannelWord, refusals::Changing},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// A channel that is to send again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoHighLevelResumption {
    /// Which.
    #[schema(value_type = ChannelWord)]
    channel: Channel,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct GoHighLevelResumed {
    /// Whether it was paused.
    was_paused: bool,
}

/// Let a channel send again that was paused because of what carriers answered.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/resume",
    tag = "gohighlevel",
    operation_id = "gohighlevel_resume",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = GoHighLevelResumption,
    responses((status = 200, description = "What became of it.", body = GoHighLevelResumed), Changing)
)]
pub async fn resume(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(wanted): Sent<GoHighLevelResumption>,
) -> Result<Json<GoHighLevelResumed>, Problem> {
    let was_paused = state.hub().gohighlevel.resume_channel(&here.market, wanted.channel, &at).await?;
    changed(&state, &here);
    Ok(Json(GoHighLevelResumed { was_paused }))
}
