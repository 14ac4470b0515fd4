use axum::http::StatusCode;

use super::on_lead::OnLead;
use crate::{
    api::{input::Id, refusals::Changing},
    problem::Problem,
};

/// Take a person's word on a lead back: the computed chance counts again.
#[utoipa::path(
    delete,
    path = "/api/v1/markets/{market}/leads/{lead}/override",
    tag = "leads",
    operation_id = "lead_override_withdraw",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    responses((status = 204, description = "No word counts any more."), Changing)
)]
pub async fn delete(on: OnLead) -> Result<StatusCode, Problem> {
    if on.leads().withdraw_override(on.market(), on.sight(), on.id, &on.at).await? > 0 {
        on.tell();
    }
    Ok(StatusCode::NO_CONTENT)
}
