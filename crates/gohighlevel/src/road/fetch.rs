//! What an event asks us to ask: an event is a hint, and what is true is fetched.

use connect::ghl::{
    Failure, How,
    budget::Lane,
    calendars, contacts, conversations,
    events::{Entity, Event, Kind},
    opportunities,
};

use super::take_in::{Seen, is_gone};
use crate::{Connection, GoHighLevel};

/// Messages of a conversation that are looked at when an event does not say which one it is about.
const MESSAGES: u32 = 20;

/// What is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Target {
    /// The app was let in or taken out: what the event says is all there is.
    Installation,
    /// What the location says of itself.
    Location,
    /// A contact.
    Contact(String),
    /// A deal.
    Opportunity(String),
    /// An appointment.
    Appointment(String),
    /// All tasks of a contact.
    Tasks(String),
    /// A message.
    Message(String),
    /// The latest messages of a conversation.
    Conversation(String),
    /// Nothing that is kept here.
    Nothing,
}

impl Target {
    /// What an event is about.
    pub(super) fn of(event: &Event) -> Self {
        let entity = || event.entity.clone().filter(|id| !id.is_empty());
        let found = match event.kind.entity() {
            Entity::Installation => {
                matches!(event.kind, Kind::Install | Kind::Uninstall).then_some(Self::Installation)
            }
            Entity::Location => Some(Self::Location),
            Entity::Contact => entity().map(Self::Contact),
            Entity::Opportunity => entity().map(Self::Opportunity),
            Entity::Appointment => entity().map(Self::Appointment),
            Entity::Task => event.contact.clone().map(Self::Tasks),
            Entity::Message => {
                let conversation = || event.conversation.clone().map(Self::Conversation);
                entity().map(Self::Message).or_else(conversation)
            }
            _ => None,
        };
        found.unwrap_or(Self::Nothing)
    }

    /// Who goes first: what a person said may be that they want to be left alone.
    fn lane(&self) -> Lane {
        match self {
            Self::Message(_) | Self::Conversation(_) => Lane::Reply,
            _ => Lane::Score,
        }
    }
}

impl GoHighLevel {
    /// What is true of a target now.
    pub(super) async fn fetch(
        &self,
        connection: &Connection,
        target: &Target,
    ) -> Result<Vec<Seen>, Box<Failure>> {
        let (account, how) = (connection.account(), How::lane(target.lane()));
        let ghl = &self.0.ghl;
        let gone = |entity, id: &str| Seen::Gone { entity, id: id.to_owned() };
        let (fetched, gone) = match target {
            Target::Installation | Target::Location | Target::Nothing => return Ok(Vec::new()),
            Target::Contact(id) => {
                let done = ghl.perform(&account, &contacts::get(id), how).await;
                (done.map(|done| vec![Seen::Contact(done.value)]), gone(Entity::Contact, id))
            }
            Target::Opportunity(id) => {
                let done = ghl.perform(&account, &opportunities::get(id), how).await;
                (done.map(|done| vec![Seen::Opportunity(done.value)]), gone(Entity::Opportunity, id))
            }
            Target::Appointment(id) => {
                let done = ghl.perform(&account, &calendars::get(id), how).await;
                (done.map(|done| vec![Seen::Appointment(done.value)]), gone(Entity::Appointment, id))
            }
            Target::Tasks(contact) => {
                let done = ghl.perform(&account, &contacts::list_tasks(contact), how).await;
                let tasks = |tasks| vec![Seen::Tasks { contact: contact.clone(), tasks }];
                (done.map(|done| tasks(done.value)), gone(Entity::Contact, contact))
            }
            Target::Message(id) => {
                let done = ghl.perform(&account, &conversations::message(id), how).await;
                (done.map(|done| vec![Seen::Message(done.value)]), gone(Entity::Message, id))
            }
            Target::Conversation(id) => {
                let done = ghl.perform(&account, &conversations::messages(id, None, MESSAGES), how).await;
                let messages = done.map(|done| done.value.messages.into_iter().map(Seen::Message).collect());
                (messages, gone(Entity::Conversation, id))
            }
        };
        match fetched {
            Ok(seen) => Ok(seen),
            Err(failure) if is_gone(&failure) => Ok(vec![gone]),
            Err(failure) => Err(Box::new(failure)),
        }
    }
}
