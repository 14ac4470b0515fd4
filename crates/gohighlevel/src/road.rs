//! The way in: from the bytes of a webhook to contacts, timelines and opt-outs.

mod fetch;
mod gate;
mod happened;
mod links;
mod map;
mod message;
mod person;
mod receive;
mod take_in;
mod tombstone;
mod witness;
mod work;

pub use links::Link;
pub use receive::Received;
pub use work::Worked;

pub(crate) use gate::Gate;
pub(crate) use take_in::Seen;
pub(crate) use witness::LinkWitness;

use std::time::Duration;

use connect::ghl::{How, budget::Lane};

/// How long one question may take, waiting and repeating included: whatever else has arrived in the market waits meanwhile.
/// What takes longer, or rests behind a breaker, is asked again later.
const PATIENCE: Duration = Duration::from_secs(8);

/// As urgently as `lane`, and not for long.
fn patient(lane: Lane) -> How {
    How::lane(lane).within(PATIENCE)
}

/// What webhooks are called in the inbox.
pub(crate) const SOURCE: &str = "webhook.gohighlevel";

/// Kinds of links, as they are stored.
pub(crate) mod kind {
    /// A person.
    pub(crate) const CONTACT: &str = "contact";
    /// A deal in a pipeline.
    pub(crate) const OPPORTUNITY: &str = "opportunity";
    /// An appointment.
    pub(crate) const APPOINTMENT: &str = "appointment";
    /// A task.
    pub(crate) const TASK: &str = "task";
    /// A message.
    pub(crate) const MESSAGE: &str = "message";
}
