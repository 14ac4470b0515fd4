//! A contact there and the person here: they arrive, they change, they come back.

use ::contacts::{Contact as Person, ContactEdit, ContactsError, NewContact, Origin, Personal, Sight};
use connect::ghl::{
    budget::Lane,
    contacts::{self, Contact},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{PersonId, Rejection};
use leads::gate::DoNotDisturb;
use markets::SealingKey;

use super::{
    kind,
    map::{self, SeenContact},
    patient,
    take_in::{Desk, Outcome, is_gone},
    tombstone::DELETED,
    witness::NewLink,
};
use crate::{
    GoHighLevelError,
    out::{Of, Wanted, dnd_name, silence_in},
    records::{
        link::{self, StoredLink},
        out::silence,
    },
};

/// How long do-not-disturb that is put on from here may take until it is seen there.
const SILENCE_SETTLES: SignedDuration = SignedDuration::from_mins(10);
/// Attempts to settle with somebody who changes at the same time.
const RACES_MAX: u32 = 6;

impl Desk<'_> {
    /// Takes in a contact.
    pub(super) async fn person(&self, contact: &Contact) -> Result<Outcome, GoHighLevelError> {
        for _ in 0..RACES_MAX {
            let settled = match self.link(kind::CONTACT, &contact.id).await? {
                None => self.arrives(contact).await?,
                Some(known) if known.is_live() => self.follows(contact, &known).await?,
                Some(known) => self.is_back(contact, &known).await?,
            };
            if let Some(outcome) = settled {
                return Ok(outcome);
            }
        }
        Err(GoHighLevelError::Busy)
    }

    /// Somebody who is not linked yet: a person who is here already, or a new one. Nothing: look again.
    async fn arrives(&self, contact: &Contact) -> Result<Option<Outcome>, GoHighLevelError> {
        let seen = SeenContact::of(contact);
        if let Some(person) = self.known_as(&seen).await? {
            // Who was gone is there again, as another contact.
            self.bridge.0.leads.back(self.market, person, &self.moment()).await?;
            let mut tx = self.market.db().begin().await?;
            let at = self.at.at();
            return match link::add(&mut tx, kind::CONTACT, &contact.id, person, None, at).await {
                Ok(()) => {
                    tx.commit().await?;
                    Ok(None)
                }
                Err(error) if error.is_unique_violation() => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
        let assignee = match &seen.assigned_to {
            Some(user) => self.bridge.map(self.market).await?.local_user(user),
            None => None,
        };
        let mut new = NewContact { personal: seen.personal(), assignee, ..NewContact::default() };
        loop {
            let at = self.moment();
            let link = NewLink {
                kind: kind::CONTACT,
                remote: contact.id.clone(),
                remote_updated_at: contact.updated_at,
            };
            let promise = self.bridge.0.links.promise(&at, link);
            let made = self.bridge.0.contacts.create_from(self.market, &new, Origin::GoHighLevel, &at).await;
            drop(promise);
            match made {
                Ok(person) => {
                    let settled = self.settle(contact, person.id, None, &seen).await?;
                    return Ok(settled.then_some(Outcome::Created(person.id)));
                }
                Err(ContactsError::Rejected(refused)) if without(&mut new.personal, &refused) => {}
                Err(ContactsError::Suppressed) => {
                    self.bury_as(kind::CONTACT, &contact.id, "suppressed").await?;
                    return Ok(Some(Outcome::Refused));
                }
                // Somebody else was quicker: with this address, or with this very contact.
                Err(ContactsError::EmailTaken) => return Ok(None),
                Err(ContactsError::Store(error)) if error.is_unique_violation() => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A person of the market who must be the one: by the e-mail address, which is one person's; by the number only when
    /// nobody there is that person yet.
    async fn known_as(&self, seen: &SeenContact) -> Result<Option<PersonId>, GoHighLevelError> {
        let contacts = &self.bridge.0.contacts;
        let (email, phone) = (seen.email.as_deref(), seen.phone.as_deref());
        let Some(found) = contacts.find_by(self.market, email, phone).await? else { return Ok(None) };
        let person = match contacts.get(self.market, Sight::All, found).await {
            Ok(person) => person,
            Err(ContactsError::Unknown(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let by_email = email.is_some() && same_email(email, person.personal.email.as_deref());
        let is_free = link::remote_of(self.market.db(), kind::CONTACT, found).await?.is_none();
        Ok((by_email || is_free).then_some(found))
    }

    /// Somebody who is linked: what changed there since it was seen last is changed here. Nothing: look again.
    async fn follows(
        &self,
        contact: &Contact,
        known: &StoredLink,
    ) -> Result<Option<Outcome>, GoHighLevelError> {
        let Some(person) = known.contact else { return Ok(None) };
        let Some(key) = self.market.person_key(person).await? else {
            // Erased, and the rows are not removed yet.
            let mut tx = self.market.db().begin().await?;
            link::forget(&mut tx, person).await?;
            tx.commit().await?;
            return Ok(Some(Outcome::Refused));
        };
        let is_older =
            matches!((known.remote_updated_at, contact.updated_at), (Some(seen), Some(now)) if now < seen);
        if is_older && known.seen.is_some() {
            return Ok(Some(Outcome::Same));
        }
        let before: Option<SeenContact> = self.before(&key, person, Some(known))?;
        let seen = SeenContact::of(contact);
        if before.as_ref() == Some(&seen) {
            return Ok(Some(Outcome::Same));
        }
        if !self.merge(person, before.as_ref(), &seen, contact.updated_at).await? {
            return Ok(None);
        }
        let settled = self.settle(contact, person, before.as_ref(), &seen).await?;
        Ok(settled.then_some(Outcome::Changed(person)))
    }

    /// Somebody who is buried: a change that is later than the burial brings them back, or that they are there when they are
    /// asked for, and nothing who was erased. Whose location the market had left is back with it.
    async fn is_back(
        &self,
        contact: &Contact,
        known: &StoredLink,
    ) -> Result<Option<Outcome>, GoHighLevelError> {
        let is_erased = known.reason.as_deref() == Some("erased");
        let is_later =
            matches!((contact.updated_at, known.tombstoned_at), (Some(now), Some(then)) if now > then);
        let has_returned = known.reason.as_deref() == Some(link::LEFT);
        let is_deleted = known.reason.as_deref() == Some(DELETED);
        // A list may lag behind a deletion, and what was fetched before it may arrive after it.
        let is_there = is_deleted && !is_later && self.is_there(&contact.id).await?;
        if has_returned || is_there || (!is_erased && is_later) {
            if let Some(person) = known.contact {
                self.bridge.0.leads.back(self.market, person, &self.moment()).await?;
            }
            let mut tx = self.market.db().begin().await?;
            link::unbury(&mut tx, kind::CONTACT, &contact.id).await?;
            tx.commit().await?;
            return Ok(None);
        }
        let is_refused = is_erased || known.reason.as_deref() == Some("suppressed");
        Ok(Some(if is_refused { Outcome::Refused } else { Outcome::Same }))
    }

    /// Whether a contact is there now.
    async fn is_there(&self, remote: &str) -> Result<bool, GoHighLevelError> {
        let account = self.connection.account();
        match self.bridge.0.ghl.perform(&account, &contacts::get(remote), patient(Lane::Score)).await {
            Ok(_) => Ok(true),
            Err(failure) if is_gone(&failure) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Changes the person here as the contact changed there; whether that is settled, or somebody else was at it.
    async fn merge(
        &self,
        person: PersonId,
        before: Option<&SeenContact>,
        seen: &SeenContact,
        updated_at: Option<Timestamp>,
    ) -> Result<bool, GoHighLevelError> {
        let contacts = &self.bridge.0.contacts;
        let here = match contacts.get(self.market, Sight::All, person).await {
            Ok(here) => here,
            Err(ContactsError::Unknown(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let mut edit = self.edit(&here, before, seen, updated_at);
        let mut version = here.version;
        while edit != ContactEdit::default() {
            let changed =
                contacts.update(self.market, Sight::All, person, version, &edit, &self.moment()).await;
            match changed {
                Ok(now) => {
                    version = now.version;
                    break;
                }
                Err(ContactsError::Stale { .. } | ContactsError::Unknown(_) | ContactsError::Erased(_)) => {
                    return Ok(false);
                }
                Err(ContactsError::EmailTaken) if edit.email.is_some() => edit.email = None,
                // Somebody who asked to be left alone under that address or number.
                Err(ContactsError::Suppressed) if edit.email.is_some() || edit.phone.is_some() => {
                    (edit.email, edit.phone) = (None, None);
                }
                Err(ContactsError::Rejected(refused)) if unedited(&mut edit, &refused) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let given = seen
            .assigned_to
            .as_deref()
            .filter(|user| before.is_none_or(|before| before.assigned_to.as_deref() != Some(user)));
        if let Some(user) = given
            && let Some(user) = self.bridge.map(self.market).await?.local_user(user)
            && here.assignee != Some(user)
            && (before.is_some() || here.assignee.is_none())
        {
            let at = self.moment();
            match contacts.assign(self.market, Sight::All, person, version, Some(user), &at).await {
                Ok(_) => {}
                Err(ContactsError::Stale { .. } | ContactsError::Unknown(_)) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// What is to be changed here: values that changed there. Where somebody changed them here, too, the later one wins.
    fn edit(
        &self,
        here: &Person,
        before: Option<&SeenContact>,
        seen: &SeenContact,
        updated_at: Option<Timestamp>,
    ) -> ContactEdit {
        let region = self.market.region().as_str();
        let is_later = updated_at.is_none_or(|there| there >= here.updated_at);
        let decide =
            |ours: &Option<String>, was: Option<&Option<String>>, is: &Option<String>, same: Same<'_>| {
                if same(is.as_deref(), ours.as_deref()) {
                    return None;
                }
                let takes = match was {
                    Some(was) => {
                        !same(was.as_deref(), is.as_deref())
                            && (same(was.as_deref(), ours.as_deref()) || is_later)
                    }
                    None => is.is_some() && (ours.is_none() || is_later),
                };
                takes.then(|| is.clone())
            };
        let ours = &here.personal;
        let number = |one: Option<&str>, other: Option<&str>| same_phone(one, other, region);
        ContactEdit {
            name: decide(&ours.name, before.map(|it| &it.name), &seen.name, &same_text),
            email: decide(&ours.email, before.map(|it| &it.email), &seen.email, &same_email),
            phone: decide(&ours.phone, before.map(|it| &it.phone), &seen.phone, &number),
            address: decide(&ours.address, before.map(|it| &it.address), &seen.address, &same_text),
            ..ContactEdit::default()
        }
    }

    /// Tells the timeline and remembers what was seen, in one transaction; `false` when somebody saw a later state, or the
    /// person is gone.
    async fn settle(
        &self,
        contact: &Contact,
        person: PersonId,
        before: Option<&SeenContact>,
        seen: &SeenContact,
    ) -> Result<bool, GoHighLevelError> {
        let Some(key) = self.market.person_key(person).await? else { return Ok(false) };
        let entries = map::of_contact(contact, before, seen, self.at.at());
        let remote = (kind::CONTACT, contact.id.as_str(), contact.updated_at);
        // What they said before anybody knew them there holds there as well, and what whoever had their number said.
        let is_reached_anew =
            before.is_none_or(|before| before.phone != seen.phone || before.email != seen.email);
        let quiet = if is_reached_anew {
            self.bridge.left_alone(self.market, person).await?
        } else {
            Wanted::default()
        };
        self.keep(&key, person, remote, seen, async |tx, at| {
            let leads = &self.bridge.0.leads;
            leads.tell_in(tx, self.market, &key, person, entries, at).await?;
            let reach = map::do_not_disturb(contact);
            leads.reachability_in(tx, person, &reach, at).await?;
            // Somebody there took it off; one that is put on from here this very moment may not have been seen yet.
            let off = reach.iter().filter(|(_, state)| *state == DoNotDisturb::Off);
            let off: Vec<&str> = off.filter_map(|(channel, _)| dnd_name(*channel)).collect();
            let before = at.at().checked_sub(SILENCE_SETTLES).unwrap_or(Timestamp::MIN);
            silence::forget(tx, person, &off, before).await?;
            let of = Of { market: self.market, key: &key, contact: person };
            silence_in(tx, of, quiet, at).await
        })
        .await
    }

    /// Does `work` and remembers what was seen of a linked entity, in one transaction; `false` when somebody saw a later
    /// state, or the person is gone: then nothing was done.
    pub(super) async fn keep<T: serde::Serialize>(
        &self,
        key: &SealingKey,
        person: PersonId,
        (kind, remote, updated_at): (&str, &str, Option<Timestamp>),
        seen: &T,
        work: impl AsyncFnOnce(&mut store::Tx, &kernel::Moment) -> Result<(), store::StoreError>,
    ) -> Result<bool, GoHighLevelError> {
        let sealed = self.sealed(key, remote, seen)?;
        let at = self.moment();
        let mut tx = self.market.db().begin().await?;
        match work(&mut tx, &at).await {
            Ok(()) => {}
            Err(error) if error.is_foreign_key_violation() => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if !link::see(&mut tx, kind, remote, person, updated_at, sealed, at.at()).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}

type Same<'a> = &'a dyn Fn(Option<&str>, Option<&str>) -> bool;

fn same_text(one: Option<&str>, other: Option<&str>) -> bool {
    one.map(str::trim) == other.map(str::trim)
}

fn same_email(one: Option<&str>, other: Option<&str>) -> bool {
    let normal = |text: Option<&str>| text.and_then(|text| seal::normalise_email(text).ok());
    same_text(one, other) || (normal(one).is_some() && normal(one) == normal(other))
}

fn same_phone(one: Option<&str>, other: Option<&str>, region: &str) -> bool {
    let normal = |text: Option<&str>| text.and_then(|text| seal::normalise_phone(text, region).ok());
    same_text(one, other) || (normal(one).is_some() && normal(one) == normal(other))
}

/// Leaves out what was refused; whether anything was. Somebody of whom nothing can be kept has no name.
fn without(personal: &mut Personal, refused: &[Rejection]) -> bool {
    let before = personal.clone();
    for rejection in refused {
        match rejection.field.as_str() {
            "name" => personal.name = None,
            "email" => personal.email = None,
            "phone" => personal.phone = None,
            "address" => personal.address = None,
            _ => {}
        }
    }
    if personal.label().is_none() {
        personal.name = Some(map::NAMELESS.to_owned());
    }
    *personal != before
}

/// Leaves out of a change what was refused; whether anything was.
fn unedited(edit: &mut ContactEdit, refused: &[Rejection]) -> bool {
    let before = edit.clone();
    for rejection in refused {
        match rejection.field.as_str() {
            "name" => edit.name = None,
            "email" => edit.email = None,
            "phone" => edit.phone = None,
            "address" => edit.address = None,
            _ => {}
        }
    }
    *edit != before
}
