use std::collections::HashMap;

use kernel::{PersonId, Ulid};
use markets::Market;

use super::vault;
use crate::{
    Contact, Contacts, ContactsError, Sight,
    records::{self, Conditions},
};

/// Contacts asked for at once.
const ASKED_AT_ONCE: usize = 500;

impl Contacts {
    /// These contacts, in this order. Those that are not there, or not in sight, are missing.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn many(
        &self,
        market: &Market,
        sight: Sight,
        ids: &[PersonId],
    ) -> Result<Vec<Contact>, ContactsError> {
        let mut found: HashMap<PersonId, Contact> = HashMap::with_capacity(ids.len());
        for some in ids.chunks(ASKED_AT_ONCE) {
            let rows = records::contacts_of(market.db(), sight, some).await?;
            let keys = market.person_keys(some).await?;
            for row in &rows {
                // Erasure destroys the key first: from then on nobody is there.
                if let Some(key) = keys.get(row.id) {
                    found.insert(row.id, vault::open(market, key, row)?);
                }
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The contacts that a user looks after, or nobody; ascending.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ids_assigned(
        &self,
        market: &Market,
        assignee: Option<Ulid>,
    ) -> Result<Vec<PersonId>, ContactsError> {
        Ok(records::ids_assigned(market.db(), assignee).await?)
    }

    /// The contact that this address or number belongs to. An e-mail address is one person's. A number is believed
    /// only where nothing speaks against it: one contact alone has it, and not with another e-mail address than the
    /// one given; families share numbers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_by(
        &self,
        market: &Market,
        email: Option<&str>,
        phone: Option<&str>,
    ) -> Result<Option<PersonId>, ContactsError> {
        let email_index = email.and_then(|address| vault::email_index(market, address));
        if email_index.is_some() {
            let conditions = Conditions { email_index: email_index.clone(), ..Conditions::default() };
            let rows = records::contacts(market.db(), Sight::All, &conditions, 1).await?;
            if let Some(row) = rows.first() {
                return Ok(Some(row.id));
            }
        }
        let Some(index) = phone.and_then(|number| vault::phone_index(market, number)) else {
            return Ok(None);
        };
        let conditions = Conditions { phone_index: Some(index), ..Conditions::default() };
        let rows = records::contacts(market.db(), Sight::All, &conditions, 2).await?;
        let [row] = rows.as_slice() else { return Ok(None) };
        Ok((email_index.is_none() || row.email_index.is_none()).then_some(row.id))
    }
}
