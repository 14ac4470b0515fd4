use axum::{
    Json,
    extract::{Path, State},
};
use directory::Directory;
use kernel::Ulid;
use serde::Deserialize;

use super::shape::Key;
use crate::{
    api::{input::Id, refusals::Changing},
    problem::Problem,
    viewer::{At, InMarket},
};

/// A key in the path.
#[derive(Deserialize)]
pub struct OfKey {
    id: Ulid,
}

/// Take an API key of a market back, at once. A second time changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/keys/{id}",
    tag = "people",
    operation_id = "market_key_revoke",
    params(("market" = String, Path, description = "The market's name."), ("id" = inline(Id), Path, description = "The key.")),
    responses((status = 200, description = "The key.", body = Key), Changing)
)]
pub async fn revoke(
    State(directory): State<Directory>,
    here: InMarket,
    At(at): At,
    Path(path): Path<OfKey>,
) -> Result<Json<Key>, Problem> {
    let key = directory.revoke_key(Some(here.market.id()), path.id, &at).await?;
    Ok(Json(Key::of(&key, at.now)))
}
