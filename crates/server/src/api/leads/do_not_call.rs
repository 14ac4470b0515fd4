use axum::http::StatusCode;
use leads::ToldBy;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{on_lead::OnLead, shape::ToldByWord};
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    problem::Problem,
};

/// Somebody asked not to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadDoNotCall {
    /// Where it is known from.
    #[schema(value_type = ToldByWord)]
    told_by: ToldBy,
    /// How they asked.
    #[schema(min_length = 1, max_length = 1000)]
    why: String,
}

/// Put a lead on the market's own do-not-call list: its number stays there, whoever has it.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/do-not-call",
    tag = "leads",
    operation_id = "lead_do_not_call",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadDoNotCall,
    responses((status = 204, description = "It is on the list."), Changing)
)]
pub async fn list(on: OnLead, Sent(told): Sent<LeadDoNotCall>) -> Result<StatusCode, Problem> {
    at_most(1_000, &[("why", Some(&told.why))])?;
    on.leads().do_not_call(on.market(), on.sight(), on.id, told.told_by, &told.why, &on.at).await?;
    on.tell();
    Ok(StatusCode::NO_CONTENT)
}
