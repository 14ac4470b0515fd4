use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use contacts::{Removing, Telling, Told, ToldWhat, Witness};
use jiff::Timestamp;
use kernel::{Moment, PersonId};
use markets::{Eraser, Erasing, Market};
use store::{StoreError, Tx};

use crate::records::{link, out};

/// A link to be made with the contact or message it is of.
#[derive(Clone, Debug)]
pub(crate) struct NewLink {
    pub kind: &'static str,
    pub remote: String,
    pub remote_updated_at: Option<Timestamp>,
}

/// Makes links in the transactions in which contacts are made: a person from there is never here without being known as
/// the one from there, so that two workers cannot both create them.
#[derive(Debug, Default)]
pub(crate) struct LinkWitness(Mutex<HashMap<u128, NewLink>>);

impl LinkWitness {
    /// What is made at this moment, a contact or a message, is `link`. Dropped, the promise is forgotten.
    pub(crate) fn promise(&self, at: &Moment, link: NewLink) -> Promise<'_> {
        self.lock().insert(at.entropy, link);
        Promise { witness: self, entropy: at.entropy }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u128, NewLink>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn made(&self, tx: &mut Tx, contact: PersonId, at: &Moment) -> Result<(), StoreError> {
        let new = self.lock().get(&at.entropy).cloned();
        let Some(new) = new else { return Ok(()) };
        link::add(tx, new.kind, &new.remote, contact, new.remote_updated_at, at.at()).await
    }
}

/// See [`LinkWitness::promise`].
pub(crate) struct Promise<'a> {
    witness: &'a LinkWitness,
    entropy: u128,
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        self.witness.lock().remove(&self.entropy);
    }
}

impl Witness for LinkWitness {
    fn told<'a>(&'a self, tx: &'a mut Tx, told: &'a Told<'a>) -> Telling<'a> {
        Box::pin(async move {
            match told.what {
                ToldWhat::Created { .. } | ToldWhat::Messaged { .. } => {
                    self.made(tx, told.contact, told.at).await
                }
                ToldWhat::Moved(_) | ToldWhat::Assigned { .. } => Ok(()),
            }
        })
    }

    fn erased<'a>(&'a self, tx: &'a mut Tx, _: &'a Market, person: PersonId) -> Removing<'a> {
        Box::pin(async move {
            let links = link::forget(tx, person).await?;
            out::forget(tx, person).await?;
            Ok(vec![("ghl_link", links)])
        })
    }
}

impl Eraser for LinkWitness {
    fn part(&self) -> &'static str {
        "gohighlevel"
    }

    fn erase<'a>(&'a self, market: &'a Market, persons: &'a [PersonId], _: &'a Moment) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = market.db().begin_unfenced().await?;
            for person in persons {
                link::forget(&mut tx, *person).await?;
                out::forget(&mut tx, *person).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }
}
