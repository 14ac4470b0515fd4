use std::collections::BTreeMap;

use audit::NewEntry;
use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Rejection, Ulid};
use markets::Market;
use store::{StoreError, Tx, trail};

use super::{A2pStanding, Basis, Fact, NewBasis, Reach, Reachability, SCRUBBED_MAX, ScrubReport, ToldBy};
use crate::{
    Channel, Leads, LeadsError,
    gate::{A2p, DoNotDisturb},
    optout::{Origin, Scope},
    records::{
        fact::{self, StoredBasis, StoredReach, StoredSetting},
        word,
    },
    service::{
        ledger::{self, Addresses},
        optouts::{OptOut, reason},
        timeline::{gone, ids, micros},
    },
};

/// The name of the setting.
const A2P: &str = "a2p";

#[boxed]
impl Leads {
    /// Notes what messages to somebody rest on, or that it was taken back.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Invalid`] (nobody may tell that, no evidence, a time to come), or when the
    /// market fails.
    pub async fn note_basis(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        new: &NewBasis,
        at: &Moment,
    ) -> Result<Ulid, LeadsError> {
        new.kind.fact().told_by(new.told_by)?;
        let evidence = reason(&new.evidence).map_err(|_| LeadsError::Invalid {
            field: "evidence",
            message: "say what shows it".to_owned(),
        })?;
        if new.at > at.at() {
            let message = "it lies at an instant that has passed".to_owned();
            return Err(LeadsError::Invalid { field: "at", message });
        }
        self.contacts.get(market, sight, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let id = ids(market, at).next();
        let sealed =
            market.seal(&key, "lead_basis", &id.to_string(), "evidence_sealed", evidence.as_bytes())?;
        let basis = StoredBasis {
            id,
            contact,
            kind: word::stored(new.kind),
            at: micros(new.at),
            recorded_at: at.at(),
            told_by: word::stored(new.told_by),
            who: at.actor.id().to_owned(),
            evidence: sealed,
        };
        let entry = ledger::noted(at, "lead.basis_noted", contact)
            .with("kind", &basis.kind)
            .with("told_by", &basis.told_by);
        let mut tx = market.db().begin().await?;
        fact::add_basis(&mut tx, basis).await.map_err(|error| gone(error, contact))?;
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(id)
    }

    /// Puts a contact on our own do-not-call list: its number, from where nothing takes it, and calls in its ledger.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Invalid`], or when the market fails.
    pub async fn do_not_call(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        told_by: ToldBy,
        why: &str,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        Fact::OwnList.told_by(told_by)?;
        let origin = match told_by {
            ToldBy::Team | ToldBy::Registry => Origin::Team,
            ToldBy::Form => Origin::Form,
            ToldBy::Import => Origin::Import,
            ToldBy::Platform => Origin::Platform,
        };
        let opt_out = OptOut {
            channel: Channel::Voice,
            scope: Scope::Voice,
            origin,
            reason: reason(why)?,
            permanent: false,
            said_at: None,
        };
        let said = opt_out.said(at)?;
        let person = self.contacts.get(market, sight, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let addresses = Addresses::of(market, &person.personal);
        let number = person.personal.phone.as_deref().and_then(|number| ledger::number_index(market, number));
        let mut tx = market.db().begin().await?;
        self.record_said(&mut tx, market, &key, contact, &addresses, &said, at).await?;
        if let Some(number) = number
            && fact::list_number(&mut tx, number, at.at(), at.at()).await?
        {
            trail::append(&mut tx, ledger::noted(at, "lead.number_listed", contact));
        }
        tx.commit().await?;
        Ok(())
    }

    /// Notes what a look at the national do-not-call registry said of numbers, at `looked_at`. It is about numbers and not about
    /// contacts: whoever has one, now or later.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`], or when the market fails.
    pub async fn scrubbed(
        &self,
        market: &Market,
        numbers: &[(String, bool)],
        looked_at: Timestamp,
        told_by: ToldBy,
        at: &Moment,
    ) -> Result<ScrubReport, LeadsError> {
        Fact::Registry.told_by(told_by)?;
        if numbers.len() > SCRUBBED_MAX || looked_at > at.at() {
            let message = format!("at most {SCRUBBED_MAX} numbers, looked at before now");
            return Err(LeadsError::Invalid { field: "numbers", message });
        }
        let (mut report, mut known) = (ScrubReport::default(), Vec::new());
        for (place, (number, listed)) in numbers.iter().enumerate() {
            match ledger::number_index(market, number) {
                Some(index) => known.push((index, *listed)),
                None => report.rejected.push(Rejection {
                    row: place as u64 + 1,
                    field: "number".to_owned(),
                    value: number.chars().take(80).collect(),
                    message: "no telephone number".to_owned(),
                }),
            }
        }
        let (asked, listed) = (known.len() as u64, known.iter().filter(|(_, listed)| *listed).count());
        let mut tx = market.db().begin().await?;
        report.noted = fact::scrub_numbers(&mut tx, known, micros(looked_at), at.at()).await?;
        report.older = asked - report.noted;
        let subject = format!("market:{}", market.id());
        let entry = NewEntry::new(at.at(), &at.actor, "lead.registry_looked_at", &subject);
        let entry =
            entry.with("numbers", asked).with("listed", listed).with("told_by", word::stored(told_by));
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(report)
    }

    /// Notes do not disturb as the messaging platform keeps it, for each channel that it tells of.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn reachability(
        &self,
        market: &Market,
        contact: PersonId,
        told: &[(Channel, DoNotDisturb)],
        at: &Moment,
    ) -> Result<(), LeadsError> {
        note_reach(market, contact, told, ToldBy::Platform, at).await
    }

    /// [`Leads::reachability`] in the caller's transaction; whether anything changed.
    ///
    /// # Errors
    /// When the database fails; a foreign key is violated when no contact is there any more.
    pub async fn reachability_in(
        &self,
        tx: &mut Tx,
        contact: PersonId,
        told: &[(Channel, DoNotDisturb)],
        at: &Moment,
    ) -> Result<bool, StoreError> {
        put_reach(tx, contact, told, ToldBy::Platform, at).await
    }

    /// Puts do not disturb on for a channel. Only the platform takes it off again.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn do_not_disturb(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        channel: Channel,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        self.contacts.get(market, sight, contact).await?;
        note_reach(market, contact, &[(channel, DoNotDisturb::On)], ToldBy::Team, at).await
    }

    /// Notes how the sender of the market's texts is registered with the carriers.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`], or when the market fails.
    pub async fn set_a2p(
        &self,
        market: &Market,
        state: A2p,
        told_by: ToldBy,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        Fact::A2p.told_by(told_by)?;
        let setting = StoredSetting {
            value: word::stored(state),
            told_by: word::stored(told_by),
            who: at.actor.id().to_owned(),
            set_at: at.at(),
        };
        let mut tx = market.db().begin().await?;
        let before = fact::setting(&mut tx, A2P).await?;
        if before.is_some_and(|before| before.value == setting.value && before.told_by == setting.told_by) {
            return Ok(());
        }
        let subject = format!("market:{}", market.id());
        let entry = NewEntry::new(at.at(), &at.actor, "lead.a2p_set", &subject)
            .with("state", &setting.value)
            .with("told_by", &setting.told_by);
        fact::put_setting(&mut tx, A2P, setting).await?;
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(())
    }

    /// How the sender is registered; none while nobody said.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn a2p(&self, market: &Market) -> Result<Option<A2pStanding>, LeadsError> {
        let Some(setting) = fact::setting(market.db(), A2P).await? else { return Ok(None) };
        Ok(Some(A2pStanding {
            state: word::value("value", &setting.value)?,
            told_by: word::value("told_by", &setting.told_by)?,
            who: setting.who,
            set_at: setting.set_at,
        }))
    }

    /// What is on record of a contact for the gate.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn reachability_of(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<Reachability, LeadsError> {
        let person = self.contacts.get(market, sight, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let mut known = Reachability::default();
        for stored in fact::bases(market.db(), contact).await? {
            let id = stored.id.to_string();
            let evidence = market.unseal(&key, "lead_basis", &id, "evidence_sealed", &stored.evidence)?;
            known.bases.push(Basis {
                id: stored.id,
                kind: word::value("kind", &stored.kind)?,
                at: stored.at,
                recorded_at: stored.recorded_at,
                told_by: word::value("told_by", &stored.told_by)?,
                who: stored.who,
                evidence: String::from_utf8_lossy(&evidence).into_owned(),
            });
        }
        known.bases.reverse();
        let number = person.personal.phone.as_deref().and_then(|number| ledger::number_index(market, number));
        if let Some(number) = number {
            let stored = fact::number(market.db(), number).await?;
            (known.listed_since, known.scrub) = (stored.listed_since, stored.scrub);
        }
        for stored in fact::reach(market.db(), contact).await? {
            known.reach.push(reach(&stored)?);
        }
        known.reach.sort_by_key(|reach| reach.channel);
        Ok(known)
    }
}

/// How the sender is registered, for the gate.
pub(crate) async fn a2p_in(tx: &mut Tx) -> Result<Option<A2p>, StoreError> {
    let setting = fact::setting(tx, A2P).await?;
    setting.map(|setting| word::value("value", &setting.value)).transpose()
}

/// Do not disturb on one channel, for the gate.
pub(crate) async fn reach_in(
    tx: &mut Tx,
    contact: PersonId,
    channel: Channel,
) -> Result<Option<DoNotDisturb>, StoreError> {
    let known = fact::reach(tx, contact).await?;
    let here = known.iter().find(|reach| reach.channel == channel.word());
    here.map(|reach| word::value("state", &reach.state)).transpose()
}

fn reach(stored: &StoredReach) -> Result<Reach, StoreError> {
    Ok(Reach {
        channel: word::value("channel", &stored.channel)?,
        state: word::value("state", &stored.state)?,
        since: stored.since,
        told_by: word::value("told_by", &stored.told_by)?,
    })
}

/// [`put_reach`] in a transaction of its own. Whoever was erased meanwhile is not known.
async fn note_reach(
    market: &Market,
    contact: PersonId,
    told: &[(Channel, DoNotDisturb)],
    told_by: ToldBy,
    at: &Moment,
) -> Result<(), LeadsError> {
    let mut tx = market.db().begin().await?;
    let changed = put_reach(&mut tx, contact, told, told_by, at).await;
    if changed.map_err(|error| gone(error, contact))? {
        tx.commit().await?;
    }
    Ok(())
}

/// Writes what is new of do not disturb, with an entry in the trail; whether anything was. What is permanent stays.
async fn put_reach(
    tx: &mut Tx,
    contact: PersonId,
    told: &[(Channel, DoNotDisturb)],
    told_by: ToldBy,
    at: &Moment,
) -> Result<bool, StoreError> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for reach in fact::reach(&mut *tx, contact).await? {
        known.insert(reach.channel, reach.state);
    }
    let permanent = word::stored(DoNotDisturb::Permanent);
    let mut entry = ledger::noted(at, "lead.do_not_disturb", contact).with("told_by", word::stored(told_by));
    let mut changed = false;
    for (channel, state) in told {
        let (channel, state) = (channel.word(), word::stored(*state));
        let before = known.get(channel);
        if before == Some(&state) || before == Some(&permanent) {
            continue;
        }
        entry = entry.with(channel, &state);
        let reach = StoredReach {
            channel: channel.to_owned(),
            state,
            since: at.at(),
            told_by: word::stored(told_by),
        };
        fact::put_reach(tx, contact, reach).await?;
        changed = true;
    }
    if changed {
        trail::append(tx, entry);
    }
    Ok(changed)
}
