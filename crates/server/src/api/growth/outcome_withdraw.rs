use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use growth::Growth;
use kernel::Ulid;

use super::{input::Id, refusals::Changing};
use crate::{problem::Problem, viewer::At};

/// Withdraw an outcome that was recorded by mistake.
///
/// It counts no more.
#[utoipa::path(
    delete,
    path = "/api/v1/growth/outcomes/{id}",
    tag = "growth",
    operation_id = "growth_outcome_withdraw",
    params(("id" = inline(Id), Path, description = "The outcome.")),
    responses((status = 204, description = "It is withdrawn."), Changing)
)]
pub async fn withdraw(
    State(growth): State<Growth>,
    At(at): At,
    Path(id): Path<Ulid>,
) -> Result<StatusCode, Problem> {
    growth.withdraw_outcome(id, &at).await?;
    Ok(StatusCode::NO_CONTENT)
}
