use axum::{
    Json,
    extract::{Path, State},
};
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{named, shape::Market};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    keepsake,
    problem::Problem,
    viewer::{At, Who},
};

/// What to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// One of the market's backups.
    #[schema(value_type = String, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    backup_id: Ulid,
}

/// Put a backup in the place of a market's database.
///
/// The backup is checked first and loaded into a new database; only then do they change places. Persons erased since
/// stay erased, and the audit chain keeps what was written since.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/restore",
    tag = "markets",
    operation_id = "market_restore",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = Chosen,
    responses((status = 200, description = "The market.", body = Market), Changing)
)]
pub async fn restore(
    State(state): State<AppState>,
    who: Who,
    At(at): At,
    Path(name): Path<String>,
    Sent(chosen): Sent<Chosen>,
) -> Result<Json<Market>, Problem> {
    let record = keepsake::restore(&state, &named(&name)?, chosen.backup_id, &at).await?;
    Ok(Json(Market::of(&record, who.market_role(record.id))))
}
