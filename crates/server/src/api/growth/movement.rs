use axum::{
    Json,
    extract::{Query, State},
};
use growth::Growth;
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    refusals::Asking,
    shape::{self, Shown, Snapshot},
};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The earlier snapshot; the one before the latest when left out.
    #[param(value_type = Option<String>, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    before: Option<Ulid>,
    /// The later snapshot; the latest when left out.
    #[param(value_type = Option<String>, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    after: Option<Ulid>,
}

/// What changed between two snapshots under the active policy.
#[derive(Serialize, ToSchema)]
pub struct Moved {
    /// The earlier snapshot.
    before: Snapshot,
    /// The later snapshot.
    after: Snapshot,
    /// Who came, who left, who moved and by which factor.
    movement: shape::Movement,
}

/// What changed between two snapshots.
///
/// Who came, who left, who moved and by which factor, both assessed under the active policy. Without parameters
/// the latest two are compared; while there is only one snapshot, that is a conflict.
#[utoipa::path(
    get,
    path = "/api/v1/growth/movement",
    tag = "growth",
    operation_id = "growth_movement",
    params(Asked),
    responses((status = 200, description = "The movement.", body = Moved), Asking)
)]
pub async fn movement(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
) -> Result<Json<Moved>, Problem> {
    let (before, after) = match (asked.before, asked.after) {
        (Some(before), Some(after)) => (before, after),
        (before, after) => {
            let snapshots = growth.snapshots().await?;
            let place = |place: usize| {
                let snapshot = snapshots.get(place).map(|snapshot| snapshot.id);
                snapshot
                    .ok_or_else(|| Problem::conflict("A comparison needs two snapshots: import another one."))
            };
            (before.map_or_else(|| place(1), Ok)?, after.map_or_else(|| place(0), Ok)?)
        }
    };
    let moved = growth.movement_between(before, after).await?;
    Ok(Json(Moved {
        before: Snapshot::shown(&moved.before),
        after: Snapshot::shown(&moved.after),
        movement: shape::Movement::shown(&moved.movement),
    }))
}
