use contacts::{Removing, Telling, Told, Witness};
use kernel::PersonId;
use markets::Market;
use store::Tx;

use crate::records;

/// Hears of the changes of contacts.
pub(super) struct ContactWitness;

impl Witness for ContactWitness {
    fn told<'a>(&'a self, _tx: &'a mut Tx, _told: &'a Told<'a>) -> Telling<'a> {
        Box::pin(async { Ok(()) })
    }

    fn erased<'a>(&'a self, tx: &'a mut Tx, _market: &'a Market, person: PersonId) -> Removing<'a> {
        Box::pin(records::erase(tx, person))
    }
}
