use boxed::boxed;
use kernel::{Moment, PersonId};
use markets::Market;

use super::{
    change::{Change, loaded},
    vault,
};
use crate::{Contact, Contacts, ContactsError, HOLD_CHARS_MAX, Sight, check, event};

#[boxed]
impl Contacts {
    /// Puts a contact under a legal hold (it cannot be erased until it is lifted), or lifts it with `None`.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Stale`], [`ContactsError::Rejected`], or when the market fails.
    pub async fn hold(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        based_on: u64,
        reason: Option<&str>,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let reason = reason.map(|reason| check::required("reason", reason, HOLD_CHARS_MAX)).transpose();
        let reason = reason.map_err(ContactsError::Rejected)?;
        let (mut row, key) = loaded(market, sight, id, based_on).await?;
        let action = match &reason {
            Some(_) => "contact.held",
            None if row.held_at.is_none() => return vault::open(market, &key, &row),
            None => "contact.released",
        };
        row.hold = reason.map(|reason| vault::seal_hold(market, &key, &row, &reason)).transpose()?;
        row.held_at = row.hold.as_ref().map(|_| row.held_at.unwrap_or(at.at()));
        let (detail, reaches_out) = (Vec::new(), false);
        let change = Change { topic: event::UPDATED, action, detail, from: None, told: None, reaches_out };
        self.save(market, &key, row, change, at).await
    }
}
