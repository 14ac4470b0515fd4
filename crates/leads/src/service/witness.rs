use std::collections::BTreeMap;

use contacts::{Channel as By, Direction as Way, Origin, Place, Removing, Telling, Told, ToldWhat, Witness};
use jiff::Timestamp;
use kernel::PersonId;
use markets::{Market, StageKind};
use store::{StoreError, Tx};

use super::{
    routing,
    timeline::{ids, stored, tell},
};
use crate::{
    Channel, records,
    records::lead::{self, NewLead},
    timeline::{Direction, Entry, Happening, LeadSource, What},
};

/// Hears of the changes of contacts, which is what leads begin with.
pub(super) struct ContactWitness;

impl Witness for ContactWitness {
    fn told<'a>(&'a self, tx: &'a mut Tx, told: &'a Told<'a>) -> Telling<'a> {
        Box::pin(async move {
            match told.what {
                ToldWhat::Created { .. } => created(tx, std::slice::from_ref(told)).await,
                ToldWhat::Moved(to) => {
                    let entry = moved(to, told.at.at()).filter(|_| !tells_itself(told));
                    let entries: Vec<Entry> = entry.into_iter().collect();
                    tell(tx, told.market, told.key, told.contact, entries, told.at).await?;
                    if to.kind == StageKind::Open {
                        return lead::reopen(tx, told.contact, told.at.at()).await;
                    }
                    lead::close(tx, told.contact, told.at.at()).await?;
                    routing::closed_in(tx, told.contact, told.at.at()).await
                }
                ToldWhat::Messaged { message, direction, channel, at } => {
                    let name = format!("message:{message}");
                    let entry = messaged(name, direction, channel, at, told.at.at());
                    let entries: Vec<Entry> = entry.into_iter().collect();
                    tell(tx, told.market, told.key, told.contact, entries, told.at).await.map(|_| ())
                }
                ToldWhat::Assigned { to } => {
                    lead::assign(tx, told.contact, to).await?;
                    routing::assigned_in(tx, told.contact, to, told.at.at()).await
                }
            }
        })
    }

    fn told_all<'a>(&'a self, tx: &'a mut Tx, told: &'a [Told<'a>]) -> Telling<'a> {
        Box::pin(async move {
            if told.iter().all(|told| matches!(told.what, ToldWhat::Created { .. })) {
                return created(tx, told).await;
            }
            for told in told {
                self.told(tx, told).await?;
            }
            Ok(())
        })
    }

    fn erased<'a>(&'a self, tx: &'a mut Tx, _market: &'a Market, person: PersonId) -> Removing<'a> {
        Box::pin(records::erase(tx, person))
    }
}

/// Makes the leads of contacts that came, many in few statements.
async fn created(tx: &mut Tx, told: &[Told<'_>]) -> Result<(), StoreError> {
    let Some(first) = told.first() else { return Ok(()) };
    let mut ids = ids(first.market, first.at);
    let (mut leads, mut rows) = (Vec::with_capacity(told.len()), Vec::new());
    for told in told {
        let ToldWhat::Created { origin, stage, assignee } = told.what else { continue };
        let now = told.at.at();
        let begins = stage_of_a_new(stage, now).filter(|_| !tells_itself(told));
        let entries = arrived(origin, now).into_iter().chain(begins).collect();
        rows.extend(stored(told.market, told.key, told.contact, entries, &mut ids)?);
        let lead = match stage.kind {
            StageKind::Open => NewLead::open(told.contact, now),
            StageKind::Won | StageKind::Lost => NewLead::closed(told.contact, now, now),
        };
        leads.push(NewLead { assignee, ..lead });
    }
    lead::add(tx, leads).await?;
    records::timeline::add(tx, rows).await.map(|_| ())
}

/// Who brings contacts from another system, and tells of stages itself, with the time at which they were entered there.
const BRIDGE: &str = "gohighlevel";

fn tells_itself(told: &Told<'_>) -> bool {
    told.at.actor.as_str() == BRIDGE
}

/// That a contact came. Who brings contacts of another system knows better from where, and when, and says so itself.
pub(super) fn arrived(origin: Origin, at: Timestamp) -> Option<Entry> {
    let source = match origin {
        Origin::Entered => LeadSource::Other,
        Origin::Import => LeadSource::Import,
        Origin::GoHighLevel => return None,
    };
    Some(Entry::told("arrived", at, Happening { at, what: What::Arrived { source } }))
}

/// The stage that a contact begins in: news where it is not the first.
fn stage_of_a_new(stage: Place<'_>, at: Timestamp) -> Option<Entry> {
    if stage.place > 0 { moved(stage, at) } else { None }
}

/// That a contact entered a stage. Who is lost closes, and has not got further.
pub(super) fn moved(to: Place<'_>, at: Timestamp) -> Option<Entry> {
    if to.kind == StageKind::Lost {
        return None;
    }
    let what = What::StageMove { opportunity: to.pipeline.to_owned(), place: to.place, of: to.of };
    let name = format!("stage:{}:{}", to.pipeline, at.as_microsecond());
    Some(Entry::told(name, at, Happening { at, what }))
}

/// That a message was sent or received. A call that somebody wrote a summary of was a conversation, whose length is not
/// known and counts as a second; letters and visits are no channel of leads.
pub(super) fn messaged(
    name: String,
    direction: Way,
    channel: By,
    at: Timestamp,
    known_at: Timestamp,
) -> Option<Entry> {
    let direction = match direction {
        Way::In => Direction::Inbound,
        Way::Out => Direction::Outbound,
    };
    let what = match channel {
        By::Email => What::Message { direction, channel: Channel::Email },
        By::Sms => What::Message { direction, channel: Channel::Sms },
        By::Call => What::Call { direction, seconds: 1 },
        By::Letter | By::Visit => return None,
    };
    let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    Some(Entry::told(name, known_at, Happening { at, what }))
}

/// The entries of a contact that came before leads were listened to, each known from when it was written.
pub(super) fn remembered(past: &contacts::Past, pipelines: &[markets::Pipeline]) -> Vec<Entry> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut keep = |entry: Option<Entry>| {
        if let Some(entry) = entry {
            entries.insert(entry.id.clone(), entry);
        }
    };
    keep(arrived(past.origin, past.created_at));
    for (place, (pipeline, stage, at)) in past.moves.iter().enumerate() {
        let to = contacts::Past::place(pipelines, pipeline, stage);
        keep(if place == 0 { stage_of_a_new(to, *at) } else { moved(to, *at) });
    }
    for message in &past.messages {
        let name = format!("message:{}", message.message);
        keep(messaged(name, message.direction, message.channel, message.at, message.kept_at));
    }
    entries.into_values().collect()
}
