use axum::{
    Extension, Json,
    extract::{Path, State},
};
use leads::{
    Channel, Draft, State as UsState,
    gate::{Purpose, Review},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    CHANGED, OfLead,
    shape::{ChannelWord, GateDecision},
};
use crate::{
    api::{
        contacts::sight,
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    idempotency::About,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Longest text that is judged, in letters.
const TEXT_LETTERS_MAX: usize = 10_000;

/// What a message is for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeadPurpose {
    /// It offers or follows up by itself.
    Marketing,
    /// It answers what the person wrote.
    Reply,
}

impl From<LeadPurpose> for Purpose {
    fn from(purpose: LeadPurpose) -> Self {
        match purpose {
            LeadPurpose::Marketing => Self::Marketing,
            LeadPurpose::Reply => Self::Reply,
        }
    }
}

/// A message that shall be sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadDraft {
    /// By which channel.
    #[schema(value_type = ChannelWord)]
    channel: Channel,
    /// What for.
    purpose: LeadPurpose,
    /// The text; for a call its script. Without one, wording is not judged to be fit.
    #[schema(max_length = 10000)]
    text: Option<String>,
    /// The state of the property that it is about, by its two letters.
    #[schema(pattern = "^[A-Z]{2}$", example = "WA")]
    property: Option<String>,
    /// Whether the caller, a person, has read this very text.
    #[serde(default)]
    reviewed: bool,
}

/// Ask whether a message may be sent to a lead now.
///
/// Every step is judged and the decision is kept: suspension, registration with the carriers, opt-outs, do not disturb,
/// consent, do-not-call lists, quiet hours where the person is, frequency, wording. What is not known does not send. A
/// decision to send holds a place under the frequency cap for an hour.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/gate",
    tag = "leads",
    operation_id = "lead_gate",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadDraft,
    responses((status = 200, description = "The decision.", body = GateDecision), Changing)
)]
pub async fn check(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
    Sent(draft): Sent<LeadDraft>,
) -> Result<(Extension<About>, Json<GateDecision>), Problem> {
    at_most(TEXT_LETTERS_MAX, &[("text", draft.text.as_deref())])?;
    state.contacts().get(&here.market, sight(&here), path.id()).await?;
    let property = draft.property.as_deref().map(of_state).transpose()?;
    let reviewer = here.who.user_id().filter(|_| draft.reviewed);
    if draft.reviewed && reviewer.is_none() {
        return Err(Problem::invalid("Only a person can have read the text; this is a program.")
            .with_error("reviewed", "is for a person who signed in"));
    }
    let draft = Draft {
        channel: draft.channel,
        purpose: draft.purpose.into(),
        text: draft.text,
        property,
        review: reviewer.map(|user| Review { by: format!("user:{user}"), at: at.now }),
    };
    let judgement = state.hub().leads.may_send(&here.market, path.id(), &draft, &at).await?;
    state.changes().tell(here.market.id(), CHANGED);
    Ok((Extension(About(path.id())), Json(GateDecision::of(judgement.id, &judgement.decision))))
}

/// A state by its two letters.
///
/// # Errors
/// 422 when it is none.
pub fn of_state(text: &str) -> Result<UsState, Problem> {
    text.parse().map_err(|error: leads::StateError| {
        Problem::invalid("The state of the property is not known.").with_error("property", error.to_string())
    })
}
