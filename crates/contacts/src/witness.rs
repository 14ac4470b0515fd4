use std::{future::Future, pin::Pin};

use jiff::Timestamp;
use kernel::{Moment, PersonId, Ulid};
use markets::{Market, SealingKey, StageKind};
use store::{StoreError, Tx};

use crate::{Channel, Direction, Origin};

/// The answer of a [`Witness`] that was told something.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;
/// The answer of a [`Witness`] that removed what it keeps about a person: rows by table.
pub type Removing<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<(&'static str, u64)>, StoreError>> + Send + 'a>>;

/// A domain that keeps something about contacts and has to hear of every change: inside the transaction of the change,
/// so that both happen or neither. Whoever fails makes the change fail.
pub trait Witness: Send + Sync {
    /// Something happened.
    fn told<'a>(&'a self, tx: &'a mut Tx, told: &'a Told<'a>) -> Telling<'a>;

    /// Many things happened in one transaction: those of an import.
    fn told_all<'a>(&'a self, tx: &'a mut Tx, told: &'a [Told<'a>]) -> Telling<'a> {
        Box::pin(async move {
            for told in told {
                self.told(tx, told).await?;
            }
            Ok(())
        })
    }

    /// A person is erased: removes everything about them, before the contact itself goes; what it removed is named in
    /// the receipt. Their key is destroyed already.
    fn erased<'a>(&'a self, tx: &'a mut Tx, market: &'a Market, person: PersonId) -> Removing<'a>;
}

/// What a [`Witness`] is told.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// Where.
    pub market: &'a Market,
    /// The person's key: what is kept of them is sealed under it.
    pub key: &'a SealingKey,
    /// Of whom.
    pub contact: PersonId,
    /// When, by whom.
    pub at: &'a Moment,
    /// What.
    pub what: ToldWhat<'a>,
}

/// What happened to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldWhat<'a> {
    /// It came.
    Created {
        /// How.
        origin: Origin,
        /// Where it begins.
        stage: Place<'a>,
        /// Who looks after it.
        assignee: Option<Ulid>,
    },
    /// It entered another stage.
    Moved(Place<'a>),
    /// A message to or from it was kept.
    Messaged {
        /// Which one.
        message: Ulid,
        /// Which way.
        direction: Direction,
        /// How.
        channel: Channel,
        /// When it was sent or received.
        at: Timestamp,
    },
    /// It was given to a user, or to nobody.
    Assigned {
        /// To whom.
        to: Option<Ulid>,
    },
}

/// A stage and its place among those of its pipeline that are not lost: to lose is no progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The pipeline.
    pub pipeline: &'a str,
    /// The stage.
    pub stage: &'a str,
    /// What it means to be there.
    pub kind: StageKind,
    /// The stage's place, from 0; 0 of a lost one.
    pub place: u16,
    /// How many places there are, at least 1.
    pub of: u16,
}
