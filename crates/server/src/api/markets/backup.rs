use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::{named, shape::Backup};
use crate::{api::refusals::Changing, app::AppState, keepsake, problem::Problem, viewer::At};

/// Back a market up: a consistent copy while it goes on, without keys, with its checksum.
///
/// It is written into the hub's folder for backups.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/backups",
    tag = "markets",
    operation_id = "market_back_up",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 201, description = "The backup.", body = Backup), Changing)
)]
pub async fn back_up(
    State(state): State<AppState>,
    At(at): At,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Backup>), Problem> {
    let backup = keepsake::back_up(&state, &named(&name)?, &at).await?;
    Ok((StatusCode::CREATED, Json(Backup::from(&backup))))
}
