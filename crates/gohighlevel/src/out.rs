//! What goes out to GoHighLevel: scores, tags, stages, notes, tasks, appointments, enrolments and messages.
//!
//! **Flow.** Whoever decides something asks for a write in the transaction of the decision ([`GoHighLevel::act`], the
//! witnesses of contacts, scores and routes) -> it waits in `ghl_write`, sealed under its person's key ->
//! [`GoHighLevel::push`] leases what is due, the urgent first, contact by contact -> done, put off, refused, dead, or
//! replaced by what stands in -> what a person must see to becomes an incident.
//!
//! **Exactly once.** What is wanted of a contact (score, tags, do-not-disturb, assignment, stage) is a state: one row per
//! contact, joined while it waits, compared with what is there before and after it is written. What is made once
//! (notes, tasks, appointments, messages, deals) is marked as begun, durably, before it is sent; whoever takes it up
//! again looks for it first, by a reference in its text or by what it says, and repeats it only when it is not there.
//! Nobody can be asked about an enrolment in a workflow: it is sent once, and whether it took place is a person's to
//! see.
//!
//! **Messages** pass the gate of `leads` twice: when they are asked for, and right before they are sent. So do enrolments,
//! since workflows write to people: as a series of texts, judged in everything but its wording. An appointment is
//! announced when the gate lets a notice go then; else it is made all the same, and a task says that nobody was told.
//!
//! **To add** something that can be done: a variant of [`Act`] and of `Doing`, its file here, its arm in `push.rs`, and a
//! test that kills it between the request and the answer.

mod appointments;
pub(crate) mod asking;
mod delivery;
mod doing;
mod judging;
mod messages;
mod office;
mod person;
mod provision;
mod push;
mod retrying;
mod room;
mod score;
mod settle;
mod silence;
mod stages;
mod target;
mod tasks;
mod witness;
mod workflows;
mod writes;

use boxed::boxed;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Ulid};
use leads::{
    Channel, Draft,
    gate::{Decision, Outcome as Verdict},
};
use markets::Market;
use serde::Serialize;
use store::{Tx, trail};

pub(crate) use asking::Of;
pub use doing::{Act, Letter};
pub(crate) use doing::{Doing, Wanted, dnd_name};
pub(crate) use office::Office;
pub use provision::Provisioned;
pub use push::Pushed;
pub(crate) use push::{GIVEN_UP_CLASS, LOOP_CLASS};
pub(crate) use retrying::Over;
pub(crate) use silence::silence_in;
pub(crate) use witness::OutWitness;
pub use writes::{WriteView, WritesPage, WritesQuery};

pub use crate::records::out::write::WriteState;
use crate::{GoHighLevel, GoHighLevelError};
use asking::Once;
use doing::Assignee;

/// Who the bridge is when it does something by itself; what is done under this name came from there and is not written
/// back.
pub(crate) const ACTOR: &str = "gohighlevel";
/// The longest note, task or message, in characters: contacts keep no longer ones.
const TEXT_CHARS_MAX: usize = 10_000;
/// The longest title or tag.
const TITLE_CHARS_MAX: usize = 200;
/// Tags in one act.
const TAGS_MAX: usize = 20;

/// What came of asking for something.
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// The write that does it; none when the gate refused the message or the enrolment.
    pub write: Option<Ulid>,
    /// The gate's decision on a message or an enrolment, with its identifier in the log.
    pub decision: Option<(Ulid, Decision)>,
}

/// A channel by which nothing is sent for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PausedChannel {
    /// Which.
    pub channel: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none: until somebody resumes it.
    pub until: Option<Timestamp>,
    /// The class of the fault.
    pub class: u8,
    /// Why.
    pub reason: String,
}

#[boxed]
impl GoHighLevel {
    /// Asks for something to be done with a contact at GoHighLevel. It is on record when this returns, and done by
    /// [`GoHighLevel::push`].
    ///
    /// # Errors
    /// [`GoHighLevelError::NotConnected`], [`GoHighLevelError::Invalid`], or when the contact or the market fails.
    pub async fn act(
        &self,
        market: &Market,
        contact: PersonId,
        act: Act,
        at: &Moment,
    ) -> Result<Acted, GoHighLevelError> {
        check(market, &act).await?;
        self.connected_to(market).await?;
        self.0.contacts.get(market, contacts::Sight::All, contact).await?;
        let key = market.person_key(contact).await?;
        let key = key.ok_or(contacts::ContactsError::Unknown(contact))?;
        let (mut run_at, mut decision) = (at.at(), None);
        let draft = match &act {
            Act::Message(letter) => Some(letter.draft()),
            Act::Workflow { .. } => Some(Draft::sequence()),
            _ => None,
        };
        if let Some(draft) = draft {
            let judged = self.0.leads.may_send(market, contact, &draft, at).await?;
            let outcome = judged.decision.outcome;
            decision = Some((judged.id, judged.decision));
            match outcome {
                Verdict::Send => {}
                Verdict::Wait(until) => run_at = until,
                Verdict::Refuse | Verdict::NeedsPerson => return Ok(Acted { write: None, decision }),
            }
        }
        let kind = act.kind();
        let judged = decision.as_ref().map(|(id, _)| *id);
        let mut tx = market.db().begin().await?;
        let write = asked(&mut tx, Of { market, key: &key, contact }, act, judged, run_at, at).await?;
        let entry =
            audit::NewEntry::new(at.now, &at.actor, "gohighlevel.asked", &format!("contact:{contact}"))
                .with("kind", kind)
                .with("write", write);
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(Acted { write: Some(write), decision })
    }
}

async fn asked(
    tx: &mut Tx,
    of: Of<'_>,
    act: Act,
    decision: Option<Ulid>,
    run_at: Timestamp,
    at: &Moment,
) -> Result<Ulid, GoHighLevelError> {
    let (id, now) = (at.ids().next(), at.at());
    let doing = match act {
        Act::Tags { add, remove } => {
            let wanted = Wanted { tags_on: add, tags_off: remove, ..Wanted::default() };
            return Ok(asking::contact(tx, of, id, wanted, now).await?);
        }
        Act::DoNotDisturb { channel, on } => {
            let status = if on { "active" } else { "inactive" };
            return Ok(asking::contact(tx, of, id, Wanted::left_alone([channel], status), now).await?);
        }
        Act::Assign { user } => {
            let assigned = Some(user.map_or(Assignee::Nobody, Assignee::User));
            return Ok(asking::contact(tx, of, id, Wanted { assigned, ..Wanted::default() }, now).await?);
        }
        Act::Stage { pipeline, stage } => {
            return Ok(asking::stage(tx, of, id, &pipeline, &stage, now).await?);
        }
        Act::Note { text } => Doing::Note { text },
        Act::Task { title, body, due_at, user } => Doing::Task { title, body, due_at, user },
        Act::Workflow { workflow } => Doing::Workflow { workflow },
        Act::Appointment { calendar, starts_at, title } => Doing::Appointment { calendar, starts_at, title },
        Act::Message(letter) => Doing::Message(letter),
    };
    asking::once(tx, of, Once { id, doing, key: None, decision, run_at }, now).await?;
    Ok(id)
}

async fn check(market: &Market, act: &Act) -> Result<(), GoHighLevelError> {
    let invalid = |field, message: String| Err(GoHighLevelError::Invalid { field, message });
    let texts: Vec<(&'static str, &str, usize)> = match act {
        Act::Note { text } => vec![("text", text, TEXT_CHARS_MAX)],
        Act::Task { title, .. } => vec![("title", title, TITLE_CHARS_MAX)],
        Act::Workflow { workflow } => vec![("workflow", workflow, TITLE_CHARS_MAX)],
        Act::Appointment { calendar, .. } => vec![("calendar", calendar, TITLE_CHARS_MAX)],
        Act::Message(letter) => vec![("text", &letter.text, TEXT_CHARS_MAX)],
        Act::Tags { add, remove } => {
            if add.is_empty() && remove.is_empty() {
                return invalid("add", "name a tag to add or to remove".to_owned());
            }
            if add.len() + remove.len() > TAGS_MAX {
                return invalid("add", format!("at most {TAGS_MAX} tags at once"));
            }
            add.iter().chain(remove).map(|tag| ("tag", tag.as_str(), TITLE_CHARS_MAX)).collect()
        }
        Act::Stage { .. } | Act::DoNotDisturb { .. } | Act::Assign { .. } => Vec::new(),
    };
    for (field, text, most) in texts {
        if text.trim().is_empty() {
            return invalid(field, "it is empty".to_owned());
        }
        if text.chars().count() > most {
            return invalid(field, format!("at most {most} characters"));
        }
    }
    match act {
        Act::Task { body: Some(body), .. } if body.chars().count() > TEXT_CHARS_MAX => {
            invalid("body", format!("at most {TEXT_CHARS_MAX} characters"))
        }
        Act::DoNotDisturb { channel, .. } if dnd_name(*channel).is_none() => {
            invalid("channel", format!("GoHighLevel has no do-not-disturb for {channel}"))
        }
        Act::Message(letter) if messages::wire(letter.channel).is_none() => {
            invalid("channel", format!("GoHighLevel sends no {}", letter.channel))
        }
        Act::Message(letter) if letter.channel == Channel::Email && letter.subject.is_none() => {
            invalid("subject", "an e-mail needs one".to_owned())
        }
        Act::Stage { pipeline, stage } => {
            let pipelines = market.pipelines().await?;
            let of = pipelines.iter().filter(|own| own.id == *pipeline).flat_map(|own| &own.stages);
            if of.into_iter().any(|own| own.id == *stage) {
                return Ok(());
            }
            invalid("stage", "the market has no such pipeline and stage".to_owned())
        }
        _ => Ok(()),
    }
}
