use audit::NewEntry;
use boxed::boxed;
use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use store::{StoreError, trail};

use super::{place, place_of, vault};
use crate::{
    Contact, Contacts, ContactsError, NewContact, Origin, Told, ToldWhat, check, event,
    records::{self, Stored, person::NewMove, suppression},
};

#[boxed]
impl Contacts {
    /// Adds a contact, with a key of its own.
    ///
    /// # Errors
    /// [`ContactsError::Rejected`] with every bad field, [`ContactsError::EmailTaken`],
    /// [`ContactsError::Suppressed`], or when the market fails.
    pub async fn create(
        &self,
        market: &Market,
        new: &NewContact,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        self.create_from(market, new, Origin::Entered, at).await
    }

    /// [`Contacts::create`] for a contact that came another way.
    ///
    /// # Errors
    /// As [`Contacts::create`].
    pub async fn create_from(
        &self,
        market: &Market,
        new: &NewContact,
        origin: Origin,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let personal = check::personal(0, &new.personal, market.region());
        let pipelines = market.pipelines().await?;
        let placed = place(&pipelines, new.pipeline.as_deref(), new.stage.as_deref());
        let (personal, (pipeline, stage)) = match (personal, placed) {
            (Ok(personal), Ok(placed)) => (personal, placed),
            (personal, placed) => {
                let mut refused = personal.err().unwrap_or_default();
                if let Err((field, message)) = placed {
                    let given = if field == "stage" { &new.stage } else { &new.pipeline };
                    refused.push(check::rejection(0, field, given.as_deref().unwrap_or_default(), message));
                }
                return Err(ContactsError::Rejected(refused));
            }
        };
        let mut ids = at.ids();
        let id = PersonId::from(ids.next());
        let mut row = fresh(id, pipeline, stage, origin, at);
        row.assignee = new.assignee;
        let indexes = (
            personal.email.as_deref().and_then(|address| vault::email_index(market, address)),
            personal.phone.as_deref().and_then(|number| vault::phone_index(market, number)),
        );
        refuse_suppressed(market, &indexes).await?;
        let key = market.new_person_key(id, at).await?;
        vault::put(market, &key, &mut row, &personal)?;
        let contact = vault::open(market, &key, &row)?;
        let mut tx = market.db().begin().await?;
        for (kind, index) in [(suppression::EMAIL, &indexes.0), (suppression::PHONE, &indexes.1)] {
            if !suppression::among(&mut tx, kind, index.clone()).await?.is_empty() {
                return Err(ContactsError::Suppressed);
            }
        }
        records::add_contacts(&mut tx, vec![row]).await.map_err(taken)?;
        let entered = NewMove { id: ids.next(), contact: id, pipeline, from: None, stage, at: at.at() };
        records::person::add_moves(&mut tx, &[entered]).await?;
        event::tell(&mut tx, market, &key, ids.next(), event::CREATED, &contact, at)?;
        let stage = place_of(&pipelines, pipeline, stage);
        let what = ToldWhat::Created { origin, stage, assignee: new.assignee };
        self.tell(&mut tx, &[Told { market, key: &key, contact: id, at, what }]).await?;
        trail::append(&mut tx, entry(at, "contact.created", id));
        tx.commit().await?;
        Ok(contact)
    }
}

/// The row of a contact that enters a stage, with nothing personal yet.
pub(super) fn fresh(id: PersonId, pipeline: &str, stage: &str, origin: Origin, at: &Moment) -> Stored {
    let now = at.at();
    Stored {
        id,
        version: 1,
        pipeline: pipeline.to_owned(),
        stage: stage.to_owned(),
        assignee: None,
        origin,
        name: None,
        email: None,
        email_index: None,
        phone: None,
        phone_index: None,
        address: None,
        held_at: None,
        hold: None,
        created_at: now,
        updated_at: now,
        staged_at: now,
    }
}

/// Asks before a key is made; the transaction asks again.
async fn refuse_suppressed(
    market: &Market,
    (email, phone): &(Option<Vec<u8>>, Option<Vec<u8>>),
) -> Result<(), ContactsError> {
    for (kind, index) in [(suppression::EMAIL, email), (suppression::PHONE, phone)] {
        if !suppression::among(market.db(), kind, index.clone()).await?.is_empty() {
            return Err(ContactsError::Suppressed);
        }
    }
    Ok(())
}

/// What a row that is there already means: only e-mail addresses are unique.
pub(super) fn taken(error: StoreError) -> ContactsError {
    if error.is_unique_violation() { ContactsError::EmailTaken } else { error.into() }
}

/// The audit entry of a change of a contact.
pub(super) fn entry(at: &Moment, action: &str, id: PersonId) -> NewEntry {
    NewEntry::new(at.at(), &at.actor, action, &format!("contact:{id}"))
}

/// The person's key; without it the person was erased.
pub(super) async fn key_of(market: &Market, id: PersonId) -> Result<SealingKey, ContactsError> {
    market.person_key(id).await?.ok_or(ContactsError::Unknown(id))
}
