use std::collections::HashMap;

use boxed::boxed;
use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use markets::{Market, Pipeline};
use store::Tx;

use super::{place_of, vault};
use crate::{
    Channel, Contact, Contacts, ContactsError, Direction, Origin, Place, Sight,
    records::{self, Conditions},
};

/// Contacts asked for at once.
const ASKED_AT_ONCE: usize = 500;

/// What is kept of a contact, without anything personal: for a domain that begins to listen later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Who.
    pub contact: PersonId,
    /// How it came.
    pub origin: Origin,
    /// When it came.
    pub created_at: Timestamp,
    /// Who looks after it.
    pub assignee: Option<Ulid>,
    /// Where it is, as pipeline and stage, and since when.
    pub stage: (String, String, Timestamp),
    /// The stages that it entered, the first with which it came included, ascending: pipeline, stage and when.
    pub moves: Vec<(String, String, Timestamp)>,
    /// The messages that were kept, ascending.
    pub messages: Vec<PastMessage>,
}

/// A message that was kept, without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastMessage {
    /// Which one.
    pub message: Ulid,
    /// Which way.
    pub direction: Direction,
    /// How.
    pub channel: Channel,
    /// When it was sent or received.
    pub at: Timestamp,
    /// When it was kept.
    pub kept_at: Timestamp,
}

impl Past {
    /// The place of a stage among those of these pipelines.
    pub fn place<'a>(pipelines: &[Pipeline], pipeline: &'a str, stage: &'a str) -> Place<'a> {
        place_of(pipelines, pipeline, stage)
    }
}

#[boxed]
impl Contacts {
    /// What is kept of these contacts, ascending. Those that are not there are missing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pasts(&self, market: &Market, ids: &[PersonId]) -> Result<Vec<Past>, ContactsError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(ASKED_AT_ONCE) {
            let mut moves = records::person::moves_of(market.db(), some).await?;
            let mut messages = records::person::messages_of(market.db(), some).await?;
            let rows = records::contacts_of(market.db(), Sight::All, some).await?;
            found.extend(rows.into_iter().map(|row| Past {
                contact: row.id,
                origin: row.origin,
                created_at: row.created_at,
                assignee: row.assignee,
                stage: (row.pipeline, row.stage, row.staged_at),
                moves: moves.remove(&row.id).unwrap_or_default(),
                messages: messages.remove(&row.id).unwrap_or_default(),
            }));
        }
        found.sort_unstable_by_key(|past| past.contact);
        Ok(found)
    }

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

    /// Who has one of these numbers or addresses, told by their blind indexes, and which: somebody who has two of them comes
    /// twice. At most some hundred at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn having(
        &self,
        tx: &mut Tx,
        indexes: &[Vec<u8>],
    ) -> Result<Vec<(PersonId, Vec<u8>)>, ContactsError> {
        if indexes.is_empty() {
            return Ok(Vec::new());
        }
        Ok(records::having(tx, indexes).await?)
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
