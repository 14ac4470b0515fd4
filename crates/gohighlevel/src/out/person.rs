//! Who a person is there: linked, looked for, made, and found again after a merger.

use connect::ghl::{
    Created, Failure,
    contacts::{self, Contact, ContactWrite},
    events::Entity,
    fault::{Action, Class},
};
use kernel::PersonId;

use super::{
    asking::Of,
    office::{Job, Outcome, Trouble},
    silence::silence_in,
};
use crate::{
    echo,
    records::link,
    road::{Seen, kind},
};

/// Somebody there, or why not.
pub(super) enum Person {
    /// Their identifier.
    There(String),
    /// Nothing can be done.
    Not(Outcome),
}

impl Job<'_> {
    /// Who the person is there. Who is not known there is looked for and then, for what cannot be done otherwise, made.
    pub(super) async fn person(&self, is_made: bool) -> Result<Person, Trouble> {
        if let Some(remote) = self.linked().await? {
            return Ok(Person::There(remote));
        }
        if !is_made {
            let reason = "the contact is not at GoHighLevel".to_owned();
            return Ok(Person::Not(Outcome::Dropped { class: None, reason, instead: None }));
        }
        let Some(here) = self.contact().await? else { return Ok(Person::Not(Outcome::gone())) };
        let personal = &here.personal;
        let (mut email, mut phone) = (personal.email.clone(), personal.phone.clone());
        loop {
            if email.is_none() && phone.is_none() {
                let reason = "the contact has no address or number that GoHighLevel takes".to_owned();
                return Ok(Person::Not(Outcome::Dead { class: Some(Class::BadValue), reason }));
            }
            if let Some(found) = self.find(email.as_deref(), phone.as_deref()).await? {
                return self.join(found.id).await;
            }
            let (first_name, last_name) = match personal.name.as_deref().map(|name| name.split_once(' ')) {
                Some(Some((first, last))) => (Some(first.to_owned()), Some(last.to_owned())),
                Some(None) => (personal.name.clone(), None),
                None => (None, None),
            };
            let write = ContactWrite {
                first_name,
                last_name,
                email: email.clone(),
                phone: phone.clone(),
                ..ContactWrite::default()
            };
            match self.make(&write).await {
                Ok(remote) => return self.join(remote).await,
                // What is refused is left out, once each: the other one is enough.
                Err(failure) => match failure.fault.action.clone() {
                    Action::Normalise(Some(member)) if member == "phone" && phone.is_some() => phone = None,
                    Action::Normalise(Some(member)) if member == "email" && email.is_some() => email = None,
                    _ => return Err(failure.into()),
                },
            }
        }
    }

    async fn make(&self, write: &ContactWrite) -> Result<String, Failure> {
        let call = contacts::create(&self.office.connection.location, write);
        let look = || self.find(write.email.as_deref(), write.phone.as_deref());
        let client = &self.office.bridge.0.ghl;
        Ok(match client.create(&self.office.account, &call, self.how(), look).await? {
            Created::New(contact) | Created::Found(contact) => contact.id,
            Created::Exists(id) => id,
        })
    }

    /// The one there with this address, else with this number.
    async fn find(&self, email: Option<&str>, phone: Option<&str>) -> Result<Option<Contact>, Failure> {
        let location = &self.office.connection.location;
        for (email, phone) in [(email, None), (None, phone)] {
            if email.is_none() && phone.is_none() {
                continue;
            }
            if let Some(found) = self.ask(&contacts::duplicate(location, email, phone)).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Links the person to somebody there, unless that is somebody else here.
    async fn join(&self, remote: String) -> Result<Person, Trouble> {
        let market = &self.office.market;
        let quiet = self.office.bridge.left_alone(market, self.write.contact).await?;
        if link::of_remote(market.db(), kind::CONTACT, &remote).await?.is_none() {
            // Who was gone is there again.
            self.office.bridge.0.leads.back(market, self.write.contact, &self.office.moment()).await?;
        }
        let mut tx = market.db().begin().await?;
        let known = link::of_remote(&mut tx, kind::CONTACT, &remote).await?;
        let whose: Option<Option<PersonId>> =
            known.map(|known| known.contact.filter(|_| known.tombstoned_at.is_none()));
        match whose {
            Some(Some(person)) if person == self.write.contact => {}
            Some(_) => {
                let reason = "at GoHighLevel the address belongs to another contact".to_owned();
                return Ok(Person::Not(Outcome::Dropped {
                    class: Some(Class::AlreadyExists),
                    reason,
                    instead: None,
                }));
            }
            None => {
                let at = self.office.moment();
                let of = Of { market, key: &self.key, contact: self.write.contact };
                silence_in(&mut tx, of, quiet, &at).await?;
                link::put(&mut tx, kind::CONTACT, &remote, self.write.contact, None, at.at()).await?;
                echo::note(&mut tx, self.office, echo::Kind::Contact, &remote, self.write.contact, at.at())
                    .await?;
                tx.commit().await?;
            }
        }
        Ok(Person::There(remote))
    }

    /// Who the person is there now that `old` is gone: merged into another, or nobody. What is gone is buried. Who is still
    /// there was not what `failure` missed.
    pub(super) async fn found_again(&self, old: &str, failure: Failure) -> Result<Person, Trouble> {
        match self.ask(&contacts::get(old)).await {
            Ok(_) => return Err(failure.into()),
            Err(gone) if gone.fault.class == Class::EntityGone => {}
            Err(other) => return Err(other.into()),
        }
        let Some(here) = self.contact().await? else { return Ok(Person::Not(Outcome::gone())) };
        let twin = self.find(here.personal.email.as_deref(), here.personal.phone.as_deref()).await?;
        let office = self.office;
        let twin = twin.map(|twin| twin.id).filter(|id| id != old);
        let at = office.moment();
        match twin {
            Some(twin) => {
                office.bridge.bury(&office.market, kind::CONTACT, old, &at).await?;
                self.join(twin).await
            }
            None => {
                let gone = Seen::Gone { entity: Entity::Contact, id: old.to_owned() };
                office.bridge.take_in(&office.market, &office.connection, vec![gone], &at).await?;
                Ok(Person::Not(Outcome::gone()))
            }
        }
    }
}
