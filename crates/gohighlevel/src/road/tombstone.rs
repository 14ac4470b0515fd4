//! What is gone there: buried here, and whoever took over found again.

use ::contacts::{ContactsError, Sight};
use connect::ghl::{
    budget::Lane,
    contacts::{self, Contact},
    events::Entity,
};
use kernel::{Moment, PersonId};
use leads::{LeadsError, timeline::Entry};
use markets::Market;
use store::trail;

use super::{
    kind, map, patient,
    take_in::{Desk, Outcome, is_gone},
};
use crate::{
    GoHighLevel, GoHighLevelError,
    records::{link, out::again},
};

/// Why something is buried that was deleted there.
pub(super) const DELETED: &str = "deleted";

impl GoHighLevel {
    /// Buries what is gone there: no later arrival of it is taken in. Whether it was alive.
    ///
    /// # Errors
    /// When the market's database fails.
    pub(crate) async fn bury(
        &self,
        market: &Market,
        kind: &str,
        remote: &str,
        at: &Moment,
    ) -> Result<bool, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let was_alive = link::bury(&mut tx, kind, remote, DELETED, at.at()).await?;
        tx.commit().await?;
        Ok(was_alive)
    }
}

impl Desk<'_> {
    /// Something is not there any more.
    pub(super) async fn gone(&self, entity: Entity, id: &str) -> Result<Outcome, GoHighLevelError> {
        let kind = match entity {
            Entity::Contact => kind::CONTACT,
            Entity::Opportunity => kind::OPPORTUNITY,
            Entity::Appointment => kind::APPOINTMENT,
            Entity::Task => kind::TASK,
            Entity::Message => kind::MESSAGE,
            _ => return Ok(Outcome::Same),
        };
        let known = self.link(kind, id).await?;
        let person = known.as_ref().and_then(|known| known.contact);
        if let Some(buried) = known.filter(|known| known.tombstoned_at.is_some()) {
            // Whoever buried it may not have come to look who took over.
            if kind == kind::CONTACT
                && buried.reason.as_deref() == Some(DELETED)
                && let Some(person) = person
            {
                self.merged_into(person, id).await?;
                self.left(person).await?;
            }
            return Ok(Outcome::Same);
        }
        if kind == kind::CONTACT {
            self.bury_as(kind, id, DELETED).await?;
            if let Some(person) = person {
                self.merged_into(person, id).await?;
                self.left(person).await?;
            }
        } else {
            self.bury_entity(kind, id, person).await?;
        }
        Ok(Outcome::Removed(person))
    }

    pub(super) async fn bury_as(
        &self,
        kind: &str,
        remote: &str,
        reason: &'static str,
    ) -> Result<(), GoHighLevelError> {
        let mut tx = self.market.db().begin().await?;
        link::bury(&mut tx, kind, remote, reason, self.at.at()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Buries something of a contact, with what the timeline says of it, in one transaction.
    pub(super) async fn bury_entity(
        &self,
        kind: &str,
        remote: &str,
        person: Option<PersonId>,
    ) -> Result<(), GoHighLevelError> {
        let at = self.moment();
        let names: Vec<String> = match kind {
            kind::APPOINTMENT => map::names_of_appointment(remote).into(),
            kind::TASK => vec![format!("task:{remote}"), format!("task:{remote}:done")],
            kind::MESSAGE => vec![format!("message:{remote}")],
            // That a deal was in its stages stays true.
            _ => Vec::new(),
        };
        let key = match person {
            Some(person) => self.market.person_key(person).await?.map(|key| (person, key)),
            None => None,
        };
        let mut tx = self.market.db().begin().await?;
        link::bury(&mut tx, kind, remote, DELETED, at.at()).await?;
        if let Some((person, key)) = key {
            let entries = names.into_iter().map(|name| Entry::deleted(name, at.at())).collect();
            let told = self.bridge.0.leads.tell_in(&mut tx, self.market, &key, person, entries, &at).await;
            match told {
                Ok(_) => {}
                // Erased meanwhile, with everything of theirs.
                Err(error) if error.is_foreign_key_violation() => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Nothing of a person is there any more: there is nobody to call, the lead is closed, and nothing is written for it. What
    /// is known of the person is ours to keep.
    async fn left(&self, person: PersonId) -> Result<(), GoHighLevelError> {
        let at = self.moment();
        let mut tx = self.market.db().begin().await?;
        if link::remote_of(&mut tx, kind::CONTACT, person).await?.is_some() {
            return Ok(());
        }
        let is_news = self.bridge.0.leads.gone_in(&mut tx, person, &at).await?;
        let dropped = again::take_back_of(&mut tx, person, "the contact is gone", at.at()).await?;
        if is_news || dropped > 0 {
            let subject = format!("contact:{person}");
            let entry = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.contact-gone", &subject);
            trail::append(&mut tx, entry.with("writes_dropped", dropped));
            tx.commit().await?;
        }
        Ok(())
    }

    /// A contact that is gone may have been merged into another, which has its address or number now.
    async fn merged_into(&self, person: PersonId, gone: &str) -> Result<(), GoHighLevelError> {
        let here = match self.bridge.0.contacts.get(self.market, Sight::All, person).await {
            Ok(here) => here.personal,
            Err(ContactsError::Unknown(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if here.email.is_none() && here.phone.is_none() {
            return Ok(());
        }
        let location = &self.connection.location;
        let call = contacts::duplicate(location, here.email.as_deref(), here.phone.as_deref());
        let account = self.connection.account();
        let found: Option<Contact> =
            match self.bridge.0.ghl.perform(&account, &call, patient(Lane::Score)).await {
                Ok(done) => done.value.filter(|found| found.id != gone),
                Err(failure) if is_gone(&failure) => None,
                Err(failure) => return Err(failure.into()),
            };
        let Some(found) = found else { return Ok(()) };
        // Through the same door as everybody: it is adopted by this person, or another one is it already.
        Box::pin(self.person(&found)).await?;
        let other = self.link(kind::CONTACT, &found.id).await?.and_then(|link| link.contact);
        if let Some(other) = other.filter(|other| *other != person) {
            match self.bridge.0.leads.joined(self.market, person, other, &self.moment()).await {
                Err(LeadsError::Unknown(_)) => {}
                Ok(_) => self.bridge.silence(self.market, other, &self.moment()).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
