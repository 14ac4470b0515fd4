use axum::{
    extract::{Path, State},
    response::Response,
};
use markets::Markets;

use super::{named, shape::Backup};
use crate::{
    api::refusals::Asking,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

/// The backups that were made of a market, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/backups",
    tag = "markets",
    operation_id = "market_backups",
    params(("market" = String, Path, description = "The market's name."), PagingParams),
    responses((status = 200, description = "The backups.", body = Vec<Backup>), Asking)
)]
pub async fn backups(
    State(markets): State<Markets>,
    Path(name): Path<String>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let backups = markets.backups(&named(&name)?).await?;
    Ok(paging.list(&backups, |backup| backup.id, |backup| Backup::from(backup)))
}
