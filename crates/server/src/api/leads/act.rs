use std::collections::BTreeSet;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use gohighlevel::out::{Act, Letter};
use jiff::Timestamp;
use kernel::Ulid;
use leads::{Channel, gate::Review};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    CHANGED, OfLead,
    gate_check::{LeadPurpose, of_state},
    shape::{ChannelWord, GateDecision},
};
use crate::{
    api::{
        contacts::{assignee, sight},
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    idempotency::About,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Something to be done with a lead where the team works, as an object with its name.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LeadAction {
    /// A note.
    Note {
        /// What it says.
        #[schema(min_length = 1, max_length = 10000)]
        text: String,
    },
    /// A task.
    Task {
        /// What is to be done.
        #[schema(min_length = 1, max_length = 200)]
        title: String,
        /// More of it.
        #[schema(max_length = 10000)]
        body: Option<String>,
        /// When it is due.
        due_at: Timestamp,
        /// Who is to do it: a member of the market.
        #[schema(inline, value_type = Option<Id>)]
        user: Option<Ulid>,
    },
    /// Labels.
    Tags {
        /// To be there.
        #[serde(default)]
        #[schema(max_items = 20)]
        add: BTreeSet<String>,
        /// Not to be there.
        #[serde(default)]
        #[schema(max_items = 20)]
        remove: BTreeSet<String>,
    },
    /// The stage of the lead's opportunity, by the market's own words.
    Stage {
        /// The market's pipeline.
        pipeline: String,
        /// Its stage.
        stage: String,
    },
    /// Enrolment in a workflow, when the gate would let the lead be texted: by what they agreed to, and at this hour.
    Workflow {
        /// Which, by its alias or name.
        #[schema(min_length = 1, max_length = 200)]
        workflow: String,
    },
    /// An appointment at this time, or in the next free slot after it. The lead is told of it when the gate lets a notice go.
    Appointment {
        /// In which calendar, by its alias or name.
        #[schema(min_length = 1, max_length = 200)]
        calendar: String,
        /// When.
        starts_at: Timestamp,
        /// Its title.
        #[schema(max_length = 200)]
        title: Option<String>,
    },
    /// A message, when the gate lets it out.
    Message {
        /// By which way.
        #[schema(value_type = ChannelWord)]
        channel: Channel,
        /// What for.
        purpose: LeadPurpose,
        /// The text; of an e-mail its HTML.
        #[schema(min_length = 1, max_length = 10000)]
        text: String,
        /// Of an e-mail.
        #[schema(max_length = 200)]
        subject: Option<String>,
        /// The state of the property that it is about, by its two letters.
        #[schema(pattern = "^[A-Z]{2}$")]
        property: Option<String>,
        /// Whether the caller, a person, has read this very text.
        #[serde(default)]
        reviewed: bool,
    },
}

/// What came of asking for something.
#[derive(Serialize, ToSchema)]
pub struct LeadActed {
    /// The write that does it (`gohighlevel_writes`); nothing when the gate did not let it out.
    #[schema(value_type = Option<String>)]
    write: Option<Ulid>,
    /// What the gate decided of a message or an enrolment.
    decision: Option<GateDecision>,
}

/// Have something done with a lead in GoHighLevel.
///
/// It is on record when this is answered (202) and done soon after, once, whatever happens in between; an
/// `Idempotency-Key` keeps it from being asked for twice. A message or an enrolment passes the gate now and again right
/// before it is done; one that is not let out is answered with 200 and the decision.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/actions",
    tag = "leads",
    operation_id = "lead_act",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadAction,
    responses(
        (status = 200, description = "The gate did not let it out.", body = LeadActed),
        (status = 202, description = "It waits to be done.", body = LeadActed),
        Changing
    )
)]
pub async fn act(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfLead>,
    Sent(action): Sent<LeadAction>,
) -> Result<(StatusCode, Extension<About>, Json<LeadActed>), Problem> {
    state.contacts().get(&here.market, sight(&here), path.id()).await?;
    let act = of(&state, &here, action, at.now).await?;
    let acted = state.hub().gohighlevel.act(&here.market, path.id(), act, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let status = if acted.write.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let decision = acted.decision.map(|(id, decision)| GateDecision::of(id, &decision));
    Ok((status, Extension(About(path.id())), Json(LeadActed { write: acted.write, decision })))
}

/// The same as the bridge takes it.
async fn of(state: &AppState, here: &InMarket, action: LeadAction, now: Timestamp) -> Result<Act, Problem> {
    Ok(match action {
        LeadAction::Note { text } => Act::Note { text },
        LeadAction::Task { title, body, due_at, user } => {
            let user = match user {
                Some(user) => Some(assignee(state, here, user).await?),
                None => None,
            };
            Act::Task { title, body, due_at, user }
        }
        LeadAction::Tags { add, remove } => Act::Tags { add, remove },
        LeadAction::Stage { pipeline, stage } => Act::Stage { pipeline, stage },
        LeadAction::Workflow { workflow } => Act::Workflow { workflow },
        LeadAction::Appointment { calendar, starts_at, title } => {
            Act::Appointment { calendar, starts_at, title }
        }
        LeadAction::Message { channel, purpose, text, subject, property, reviewed } => {
            let reviewer = here.who.user_id().filter(|_| reviewed);
            if reviewed && reviewer.is_none() {
                return Err(Problem::invalid("Only a person can have read the text; this is a program.")
                    .with_error("reviewed", "is for a person who signed in"));
            }
            Act::Message(Letter {
                channel,
                purpose: purpose.into(),
                text,
                subject,
                property: property.as_deref().map(of_state).transpose()?,
                review: reviewer.map(|user| Review { by: format!("user:{user}"), at: now }),
            })
        }
    })
}
