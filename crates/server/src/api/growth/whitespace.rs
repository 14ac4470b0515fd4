use axum::{
    Json,
    extract::{Query, State},
};
use growth::{Growth, whitespace as domain};
use jiff::civil::Date;
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::{PolicyParameter, board},
    refusals::Asking,
    shape::{PolicyName, Shown, WhitespaceRow, many, shows},
};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The snapshot; the latest when left out.
    #[param(value_type = Option<String>, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    snapshot: Option<Ulid>,
    /// The policy as `name:version`; the active one when left out.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]+:[1-9][0-9]{0,8}$", example = "framework:1")]
    policy: Option<PolicyParameter>,
}

/// One vehicle over all clients.
#[derive(Serialize, ToSchema)]
pub struct VehicleTotal {
    /// The vehicle.
    vehicle: String,
    /// Clients that own it.
    owned: usize,
    /// Clients that it is offered to.
    offered: usize,
    /// Clients that it fits while others come first.
    eligible: usize,
    /// Clients that it is not to be offered to now.
    blocked: usize,
}

shows!(VehicleTotal of domain::VehicleTotal { vehicle, owned, offered, eligible, blocked });

/// Every client against every vehicle.
#[derive(Serialize, ToSchema)]
pub struct Whitespace {
    /// The policy.
    policy: PolicyName,
    /// The day it speaks of.
    as_of: Date,
    /// A row per client.
    rows: Vec<WhitespaceRow>,
    /// Totals per vehicle.
    totals: Vec<VehicleTotal>,
}

/// What every client owns, is offered, could buy, and why not the rest.
#[utoipa::path(
    get,
    path = "/api/v1/growth/whitespace",
    tag = "growth",
    operation_id = "growth_whitespace",
    params(Asked),
    responses((status = 200, description = "The matrix.", body = Whitespace), Asking)
)]
pub async fn whitespace(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
) -> Result<Json<Whitespace>, Problem> {
    let board = board(&growth, asked.snapshot, asked.policy).await?;
    let rows = domain::matrix(&board.pairs(), &board.policy);
    Ok(Json(Whitespace {
        policy: PolicyName::shown(board.policy.key()),
        as_of: board.snapshot.as_of,
        totals: many(&domain::totals(&rows, &board.policy)),
        rows: many(&rows),
    }))
}
