use connect::ghl::{
    Failure,
    budget::Lane,
    calendars::Appointment,
    contacts::{self, Contact, Task},
    conversations::Message,
    events::Entity,
    fault::{Action, Class},
    opportunities::Opportunity,
};
use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use serde::{Serialize, de::DeserializeOwned};

use super::{kind, patient};
use crate::{
    Connection, GoHighLevel, GoHighLevelError,
    records::link::{self, StoredLink},
};

/// Something as GoHighLevel answered it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    /// A person.
    Contact(Contact),
    /// A deal.
    Opportunity(Opportunity),
    /// A message.
    Message(Message),
    /// An appointment.
    Appointment(Appointment),
    /// All tasks of a contact.
    Tasks {
        /// The contact's identifier there.
        contact: String,
        /// Its tasks.
        tasks: Vec<Task>,
    },
    /// It is not there any more.
    Gone {
        /// What it was.
        entity: Entity,
        /// Its identifier.
        id: String,
    },
}

/// What became of it here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenIn {
    /// Made.
    pub created: u64,
    /// Brought up to date.
    pub changed: u64,
    /// As it was: nothing was done.
    pub same: u64,
    /// Buried.
    pub removed: u64,
    /// Not taken: of somebody who was erased or suppressed here.
    pub refused: u64,
    /// The persons of whom something is new.
    pub touched: Vec<PersonId>,
}

/// What became of one thing, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created(PersonId),
    Changed(PersonId),
    Same,
    Removed(Option<PersonId>),
    Refused,
}

/// Where something is taken in.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub bridge: &'a GoHighLevel,
    pub market: &'a Market,
    pub connection: &'a Connection,
    pub at: &'a Moment,
}

impl GoHighLevel {
    /// Takes in what GoHighLevel answered. The same thing twice has no effect; what is older than what was seen before
    /// has none either. Persons whose things come before themselves are fetched first.
    ///
    /// # Errors
    /// When GoHighLevel or the market fails; what was taken in before stays.
    pub(crate) async fn take_in(
        &self,
        market: &Market,
        connection: &Connection,
        seen: Vec<Seen>,
        at: &Moment,
    ) -> Result<TakenIn, GoHighLevelError> {
        let desk = Desk { bridge: self, market, connection, at };
        let mut taken = TakenIn::default();
        for seen in seen {
            let outcome = match &seen {
                Seen::Contact(contact) => desk.person(contact).await?,
                Seen::Opportunity(opportunity) => desk.opportunity(opportunity).await?,
                Seen::Message(message) => desk.message(message).await?,
                Seen::Appointment(appointment) => desk.appointment(appointment).await?,
                Seen::Tasks { contact, tasks } => desk.tasks(contact, tasks).await?,
                Seen::Gone { entity, id } => desk.gone(*entity, id).await?,
            };
            taken.count(outcome);
        }
        Ok(taken)
    }
}

impl TakenIn {
    fn count(&mut self, outcome: Outcome) {
        let touched = match outcome {
            Outcome::Created(person) => {
                self.created += 1;
                Some(person)
            }
            Outcome::Changed(person) => {
                self.changed += 1;
                Some(person)
            }
            Outcome::Removed(person) => {
                self.removed += 1;
                person
            }
            Outcome::Same => {
                self.same += 1;
                None
            }
            Outcome::Refused => {
                self.refused += 1;
                None
            }
        };
        self.touched.extend(touched);
    }
}

impl Desk<'_> {
    /// The same moment with chance of its own: no two changes share it.
    pub(super) fn moment(&self) -> Moment {
        Moment { entropy: self.bridge.0.chance.number(), ..self.at.clone() }
    }

    pub(super) async fn link(
        &self,
        kind: &str,
        remote: &str,
    ) -> Result<Option<StoredLink>, GoHighLevelError> {
        Ok(link::of_remote(self.market.db(), kind, remote).await?)
    }

    /// Who a contact there is here, fetched when that is not known yet. Nobody: gone, erased, suppressed.
    pub(super) async fn person_of(&self, remote: &str) -> Result<Option<PersonId>, GoHighLevelError> {
        if let Some(known) = self.link(kind::CONTACT, remote).await? {
            return Ok(known.contact.filter(|_| known.tombstoned_at.is_none()));
        }
        let how = patient(Lane::Score);
        let account = self.connection.account();
        match self.bridge.0.ghl.perform(&account, &contacts::get(remote), how).await {
            Ok(done) => Ok(match self.person(&done.value).await? {
                Outcome::Created(person) | Outcome::Changed(person) => Some(person),
                Outcome::Same | Outcome::Removed(_) | Outcome::Refused => self
                    .link(kind::CONTACT, remote)
                    .await?
                    .filter(StoredLink::is_live)
                    .and_then(|it| it.contact),
            }),
            Err(failure) if is_gone(&failure) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// What was seen of an entity last, when it is of this person.
    pub(super) fn before<T: DeserializeOwned>(
        &self,
        key: &SealingKey,
        person: PersonId,
        known: Option<&StoredLink>,
    ) -> Result<Option<T>, GoHighLevelError> {
        let known = known.filter(|known| known.contact == Some(person));
        let Some((remote, sealed)) = known.and_then(|it| Some((&it.remote, it.seen.as_ref()?))) else {
            return Ok(None);
        };
        let plain = self.market.unseal(key, TABLE, remote, COLUMN, sealed)?;
        // What an earlier version of the program wrote is as good as nothing.
        Ok(serde_json::from_slice(&plain).ok())
    }

    pub(super) fn sealed<T: Serialize>(
        &self,
        key: &SealingKey,
        remote: &str,
        seen: &T,
    ) -> Result<Vec<u8>, GoHighLevelError> {
        let plain = serde_json::to_vec(seen).map_err(|_| GoHighLevelError::Stored("link"))?;
        Ok(self.market.seal(key, TABLE, remote, COLUMN, &plain)?)
    }
}

const TABLE: &str = "ghl_link";
const COLUMN: &str = "seen_sealed";

/// Whether the entity that was asked for is not there any more.
pub(super) fn is_gone(failure: &Failure) -> bool {
    failure.fault.class == Class::EntityGone || failure.fault.action == Action::Tombstone
}
