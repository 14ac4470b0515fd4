use axum::Json;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{on_lead::OnLead, shape::Override};
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    problem::Problem,
};

/// What a person says of a lead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadOverrideDraft {
    /// The chance that they give it.
    #[schema(minimum = 0.0, maximum = 1.0)]
    probability: f64,
    /// Why: the next person to see it has nothing else.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Until when it counts, at most 90 days ahead; that instant is outside.
    until: Timestamp,
}

/// Set the chance of a lead by a person's word.
///
/// It counts for the ranking until it ends; the computed score goes on being made and is shown beside it.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/leads/{lead}/override",
    tag = "leads",
    operation_id = "lead_override",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadOverrideDraft,
    responses((status = 200, description = "What was said.", body = Override), Changing)
)]
pub async fn put(on: OnLead, Sent(draft): Sent<LeadOverrideDraft>) -> Result<Json<Override>, Problem> {
    at_most(500, &[("reason", Some(&draft.reason))])?;
    let LeadOverrideDraft { probability, reason, until } = draft;
    let (leads, market) = (on.leads(), on.market());
    let word = leads.override_score(market, on.sight(), on.id, probability, &reason, until, &on.at).await?;
    on.tell();
    Ok(Json(word.into()))
}
