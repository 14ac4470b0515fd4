use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::on_lead::OnLead;
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    problem::Problem,
};

/// What somebody found who read what was unclear.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadOptOutReading {
    /// Whether it was an opt-out.
    was_opt_out: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    why: String,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct LeadOptOutsSettled {
    /// How many entries were unclear and are not any more.
    settled: u64,
}

/// Settle messages of a lead that may be opt-outs: somebody has read them.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/opt-outs/settle",
    tag = "leads",
    operation_id = "lead_opt_out_settle",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadOptOutReading,
    responses((status = 200, description = "What became of it.", body = LeadOptOutsSettled), Changing)
)]
pub async fn settle(
    on: OnLead,
    Sent(reading): Sent<LeadOptOutReading>,
) -> Result<Json<LeadOptOutsSettled>, Problem> {
    at_most(1_000, &[("why", Some(&reading.why))])?;
    let LeadOptOutReading { was_opt_out, why } = reading;
    let settled = on.leads().settle(on.market(), on.sight(), on.id, was_opt_out, &why, &on.at).await?;
    on.tell();
    Ok(Json(LeadOptOutsSettled { settled }))
}
