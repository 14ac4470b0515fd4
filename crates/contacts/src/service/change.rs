use boxed::boxed;
use kernel::{Moment, PersonId, Ulid};
use markets::{Market, SealingKey};
use store::{Tx, trail};

use super::{
    create::{entry, key_of, taken},
    place, place_of, vault,
};
use crate::{
    Contact, ContactEdit, Contacts, ContactsError, Sight, Told, ToldWhat, check, event,
    records::{self, Stored, person::NewMove, suppression},
};

/// What a change is called, for others and in the audit chain.
pub(super) struct Change<'a> {
    pub topic: &'static str,
    pub action: &'static str,
    pub detail: Vec<(&'static str, String)>,
    /// The stage it left, if it did.
    pub from: Option<&'a str>,
    /// What witnesses are told.
    pub told: Option<ToldWhat<'a>>,
    /// Whether it brings somebody in touch with the person anew, by another number or address or by being given the lead:
    /// whoever asked to be left alone is. Anything else may be written down of them as of everybody.
    pub reaches_out: bool,
}

#[boxed]
impl Contacts {
    /// Changes who a contact is, or where in its pipeline. `based_on` is the version the change was made from.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Stale`], [`ContactsError::Rejected`],
    /// [`ContactsError::EmailTaken`], [`ContactsError::Suppressed`], or when the market fails.
    pub async fn update(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        based_on: u64,
        edit: &ContactEdit,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let (mut row, key) = loaded(market, sight, id, based_on).await?;
        let before = vault::open(market, &key, &row)?;
        let mut wanted = before.personal.clone();
        for (value, change) in [
            (&mut wanted.name, &edit.name),
            (&mut wanted.email, &edit.email),
            (&mut wanted.phone, &edit.phone),
            (&mut wanted.address, &edit.address),
        ] {
            if let Some(change) = change {
                value.clone_from(change);
            }
        }
        let personal = check::personal(0, &wanted, market.region()).map_err(ContactsError::Rejected)?;
        let moves = edit.pipeline.is_some() || edit.stage.is_some();
        let pipelines = if moves { market.pipelines().await? } else { Vec::new() };
        let mut entered = None;
        if moves {
            let pipeline = edit.pipeline.as_deref().or(Some(&before.pipeline));
            let (pipeline, stage) =
                place(&pipelines, pipeline, edit.stage.as_deref()).map_err(refused(edit))?;
            row.pipeline = pipeline.to_owned();
            row.stage = stage.to_owned();
            entered = Some(place_of(&pipelines, pipeline, stage));
        }
        let moved = (row.pipeline.as_str(), row.stage.as_str()) != (&before.pipeline, &before.stage);
        if personal == before.personal && !moved {
            return Ok(before);
        }
        if personal != before.personal {
            vault::put(market, &key, &mut row, &personal)?;
        }
        let changed: Vec<&str> = [
            ("name", personal.name != before.personal.name),
            ("email", personal.email != before.personal.email),
            ("phone", personal.phone != before.personal.phone),
            ("address", personal.address != before.personal.address),
            ("stage", moved),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect();
        let mut detail = vec![("changed", changed.join(","))];
        if moved {
            detail.push(("stage", format!("{}/{}", row.pipeline, row.stage)));
            row.staged_at = at.at();
        }
        let (topic, action) = if changed == ["stage"] {
            (event::MOVED, "contact.moved")
        } else {
            (event::UPDATED, "contact.updated")
        };
        let from = moved.then_some(before.stage.as_str());
        let told = entered.filter(|_| moved).map(ToldWhat::Moved);
        let reaches_out =
            (&personal.email, &personal.phone) != (&before.personal.email, &before.personal.phone);
        self.save(market, &key, row, Change { topic, action, detail, from, told, reaches_out }, at).await
    }

    /// Gives a contact to a user, or to nobody.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Stale`], or when the market fails.
    pub async fn assign(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        based_on: u64,
        assignee: Option<Ulid>,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let (mut row, key) = loaded(market, sight, id, based_on).await?;
        if row.assignee == assignee {
            return vault::open(market, &key, &row);
        }
        row.assignee = assignee;
        self.save(market, &key, row, assigned(assignee, false), at).await
    }

    /// As [`Contacts::assign`], in the caller's transaction and whatever version there is; `key` is the person's. It is how the
    /// program hands people out to be spoken to, and refuses those who asked to be left alone.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Suppressed`], or when the market fails.
    pub async fn assign_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        id: PersonId,
        assignee: Option<Ulid>,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let mut row = records::contact(&mut *tx, Sight::All, id).await?.ok_or(ContactsError::Unknown(id))?;
        if row.assignee == assignee {
            return vault::open(market, key, &row);
        }
        row.assignee = assignee;
        self.save_in(tx, market, key, row, assigned(assignee, assignee.is_some()), at).await
    }
}

fn assigned(to: Option<Ulid>, reaches_out: bool) -> Change<'static> {
    let user = to.map_or_else(|| "nobody".to_owned(), |user| format!("user:{user}"));
    Change {
        topic: event::ASSIGNED,
        action: "contact.assigned",
        detail: vec![("assignee", user)],
        from: None,
        told: Some(ToldWhat::Assigned { to }),
        reaches_out,
    }
}

/// The contact and its key, when it is in sight and at the version that a change was made from.
pub(super) async fn loaded(
    market: &Market,
    sight: Sight,
    id: PersonId,
    based_on: u64,
) -> Result<(Stored, SealingKey), ContactsError> {
    let row = records::contact(market.db(), sight, id).await?.ok_or(ContactsError::Unknown(id))?;
    let key = key_of(market, id).await?;
    if row.version != based_on {
        return Err(ContactsError::Stale { based_on, now: row.version });
    }
    Ok((row, key))
}

impl Contacts {
    /// Saves a changed row as the next version.
    pub(super) async fn save(
        &self,
        market: &Market,
        key: &SealingKey,
        row: Stored,
        change: Change<'_>,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let mut tx = market.db().begin().await?;
        let contact = self.save_in(&mut tx, market, key, row, change, at).await?;
        tx.commit().await?;
        Ok(contact)
    }

    async fn save_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        mut row: Stored,
        change: Change<'_>,
        at: &Moment,
    ) -> Result<Contact, ContactsError> {
        let based_on = row.version;
        row.version += 1;
        row.updated_at = at.at();
        let contact = vault::open(market, key, &row)?;
        let mut ids = at.ids();
        for (kind, index) in [(suppression::EMAIL, &row.email_index), (suppression::PHONE, &row.phone_index)]
        {
            if change.reaches_out && !suppression::among(&mut *tx, kind, index.clone()).await?.is_empty() {
                return Err(ContactsError::Suppressed);
            }
        }
        if !records::change_contact(tx, &row, based_on).await.map_err(taken)? {
            let now = records::contact(&mut *tx, Sight::All, row.id)
                .await?
                .ok_or(ContactsError::Unknown(row.id))?;
            return Err(ContactsError::Stale { based_on, now: now.version });
        }
        if change.from.is_some() {
            let entered = NewMove {
                id: ids.next(),
                contact: row.id,
                pipeline: &row.pipeline,
                from: change.from,
                stage: &row.stage,
                at: at.at(),
            };
            records::person::add_moves(tx, &[entered]).await?;
        }
        event::tell(tx, market, key, ids.next(), change.topic, &contact, at)?;
        if let Some(what) = change.told {
            self.tell(tx, &[Told { market, key, contact: row.id, at, what }]).await?;
        }
        let mut noted = entry(at, change.action, row.id).with("version", row.version);
        for (name, value) in change.detail {
            noted = noted.with(name, value);
        }
        trail::append(tx, noted);
        Ok(contact)
    }
}

fn refused(edit: &ContactEdit) -> impl Fn((&'static str, String)) -> ContactsError + '_ {
    |(field, message)| {
        let given = if field == "stage" { &edit.stage } else { &edit.pipeline };
        let value = given.as_deref().unwrap_or_default();
        ContactsError::Rejected(vec![check::rejection(0, field, value, message)])
    }
}
