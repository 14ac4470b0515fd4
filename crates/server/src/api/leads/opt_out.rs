use axum::http::StatusCode;
use jiff::Timestamp;
use leads::{
    Channel, OptOut,
    optout::{Origin, Scope},
};
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

/// How far an opt-out reaches.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeadOptOutScope {
    /// The channel and those that reach the same number or address.
    Medium,
    /// Every channel.
    #[default]
    All,
    /// Calls alone.
    Voice,
}

impl From<LeadOptOutScope> for Scope {
    fn from(scope: LeadOptOutScope) -> Self {
        match scope {
            LeadOptOutScope::Medium => Self::Medium,
            LeadOptOutScope::All => Self::All,
            LeadOptOutScope::Voice => Self::Voice,
        }
    }
}

/// How an opt-out was said, if not as a message.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeadOptOutOrigin {
    /// To a member of the team.
    #[default]
    Team,
    /// By a form.
    Form,
    /// As a complaint to a carrier or mail provider.
    Complaint,
}

impl From<LeadOptOutOrigin> for Origin {
    fn from(origin: LeadOptOutOrigin) -> Self {
        match origin {
            LeadOptOutOrigin::Team => Self::Team,
            LeadOptOutOrigin::Form => Self::Form,
            LeadOptOutOrigin::Complaint => Self::Complaint,
        }
    }
}

/// Somebody wants no more messages.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadOptOut {
    /// The channel that it was said on, or is about.
    #[schema(value_type = ChannelWord)]
    channel: Channel,
    /// How far it reaches; everywhere when left out.
    #[serde(default)]
    scope: LeadOptOutScope,
    /// How it was said; to the team when left out.
    #[serde(default)]
    origin: LeadOptOutOrigin,
    /// How it was said, in a few words.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// When; now when left out.
    said_at: Option<Timestamp>,
    /// Whether nothing lifts it again. A complaint is always permanent.
    #[serde(default)]
    permanent: bool,
}

/// Record that a lead wants no more messages.
///
/// It holds for whoever has the same number or address, and stays when the person is erased. Only what the person writes,
/// or a form that they send, lifts it.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/opt-outs",
    tag = "leads",
    operation_id = "lead_opt_out",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadOptOut,
    responses((status = 204, description = "It is on record."), Changing)
)]
pub async fn opt_out(on: OnLead, Sent(told): Sent<LeadOptOut>) -> Result<StatusCode, Problem> {
    at_most(1_000, &[("reason", Some(&told.reason))])?;
    let origin = Origin::from(told.origin);
    let opt_out = OptOut {
        channel: told.channel,
        scope: told.scope.into(),
        origin,
        reason: told.reason,
        permanent: told.permanent || origin == Origin::Complaint,
        said_at: told.said_at,
    };
    on.leads().opt_out(on.market(), on.sight(), on.id, &opt_out, &on.at).await?;
    on.tell();
    Ok(StatusCode::NO_CONTENT)
}
