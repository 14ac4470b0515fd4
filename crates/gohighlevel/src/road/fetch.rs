//! What an event asks us to ask: an event is a hint, and what is true is fetched.

use connect::ghl::{
    budget::Lane,
    calendars, contacts, conversations,
    events::{Entity, Event, Kind},
    opportunities,
};

use markets::Market;

use super::{
    kind, patient,
    take_in::{Seen, is_gone},
};
use crate::{Connection, GoHighLevel, GoHighLevelError, records::link};

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
    /// A task whose contact is not told, with its title to look for.
    Task(String, Option<String>),
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
            Entity::Task => {
                let title = || event.raw.get("title").and_then(|title| title.as_str()).map(str::to_owned);
                let task = || entity().map(|id| Self::Task(id, title()));
                event.contact.clone().map(Self::Tasks).or_else(task)
            }
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
    ///
    /// # Errors
    /// When GoHighLevel or the market fails.
    pub(super) async fn fetch(
        &self,
        market: &Market,
        connection: &Connection,
        target: &Target,
    ) -> Result<Vec<Seen>, GoHighLevelError> {
        if let Target::Task(id, title) = target {
            let contact = self.contact_of_task(market, connection, id, title.as_deref()).await?;
            return match contact {
                Some(contact) => self.truth_of(connection, &Target::Tasks(contact)).await,
                None => Ok(vec![Seen::Gone { entity: Entity::Task, id: id.clone() }]),
            };
        }
        self.truth_of(connection, target).await
    }

    /// Whose a task is: known here, or found among those of the location.
    async fn contact_of_task(
        &self,
        market: &Market,
        connection: &Connection,
        id: &str,
        title: Option<&str>,
    ) -> Result<Option<String>, GoHighLevelError> {
        let known = link::of_remote(market.db(), kind::TASK, id).await?.and_then(|known| known.contact);
        if let Some(person) = known
            && let Some(contact) = link::remote_of(market.db(), kind::CONTACT, person).await?
        {
            return Ok(Some(contact));
        }
        let call = contacts::search_tasks(&connection.location, title);
        let found = self.0.ghl.perform(&connection.account(), &call, patient(Lane::Score)).await?.value;
        Ok(found.into_iter().find(|task| task.id == id).and_then(|task| task.contact))
    }

    async fn truth_of(
        &self,
        connection: &Connection,
        target: &Target,
    ) -> Result<Vec<Seen>, GoHighLevelError> {
        let (account, how) = (connection.account(), patient(target.lane()));
        let ghl = &self.0.ghl;
        let gone = |entity, id: &str| Seen::Gone { entity, id: id.to_owned() };
        let (fetched, gone) = match target {
            Target::Installation | Target::Location | Target::Task(..) | Target::Nothing => {
                return Ok(Vec::new());
            }
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
            Err(failure) => Err(failure.into()),
        }
    }
}
