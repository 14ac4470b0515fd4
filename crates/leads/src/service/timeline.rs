use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use store::{StoreError, Tx};

use crate::{
    Leads, LeadsError,
    timeline::{Entry, Timeline},
};

impl Leads {
    /// Keeps what we were told of a contact; how much of it was new. What is told again is there once.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn tell(
        &self,
        market: &Market,
        contact: PersonId,
        entries: Vec<Entry>,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let _ = (market, contact, entries, at);
        Ok(0)
    }

    /// [`Leads::tell`] in the caller's transaction; `key` is the person's.
    ///
    /// # Errors
    /// When the database fails, or no contact is there any more.
    pub async fn tell_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        contact: PersonId,
        entries: Vec<Entry>,
        at: &Moment,
    ) -> Result<u64, StoreError> {
        let _ = (tx, market, key, contact, entries, at);
        Ok(0)
    }

    /// Everything that we were told of a contact; empty when it is not there.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn timeline(&self, market: &Market, contact: PersonId) -> Result<Timeline, LeadsError> {
        let _ = (market, contact);
        Ok(Timeline::default())
    }
}
