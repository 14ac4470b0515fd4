use axum::http::StatusCode;
use jiff::Timestamp;
use leads::Channel;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{on_lead::OnLead, shape::ChannelWord};
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    problem::Problem,
};

/// Somebody asked for messages again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadOptIn {
    /// By which channel.
    #[schema(value_type = ChannelWord)]
    channel: Channel,
    /// When they sent the form.
    said_at: Timestamp,
    /// Which form shows it.
    #[schema(min_length = 1, max_length = 1000)]
    evidence: String,
}

/// Record that a lead asked for messages again, by a form that they sent.
///
/// It ends what was said before from the same number or address, and nothing permanent. What a message says is read from
/// the message; what somebody of the team says lifts nothing.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/opt-ins",
    tag = "leads",
    operation_id = "lead_opt_in",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadOptIn,
    responses((status = 204, description = "It is on record."), Changing)
)]
pub async fn opt_in(on: OnLead, Sent(told): Sent<LeadOptIn>) -> Result<StatusCode, Problem> {
    at_most(1_000, &[("evidence", Some(&told.evidence))])?;
    if told.evidence.trim().is_empty() {
        return Err(Problem::invalid("Without a form nothing is lifted.").with_error("evidence", "is empty"));
    }
    let LeadOptIn { channel, said_at, evidence } = told;
    on.leads().opt_in(on.market(), on.sight(), on.id, channel, &evidence, said_at, &on.at).await?;
    on.tell();
    Ok(StatusCode::NO_CONTENT)
}
