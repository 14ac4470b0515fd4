//! Facts that the gate asks for and that somebody has to tell: what a person agreed to, do-not-call lists, do not disturb,
//! the registration of the sender. Who may tell which is one table, [`Fact::may_come_from`].

use std::collections::BTreeMap;

use audit::NewEntry;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Rejection, Ulid};
use markets::Market;
use serde::{Deserialize, Serialize};
use store::{StoreError, Tx, trail};

use super::{
    ledger::{self, micros},
    optouts::{OptOut, reason},
    timeline::gone,
};
use crate::{
    Channel, Leads, LeadsError,
    gate::{A2p, DoNotDisturb},
    optout::{Origin, Scope},
    records::{
        fact::{self, StoredBasis, StoredReach, StoredSetting},
        word,
    },
};

/// Numbers that one look at the registry may tell of.
pub const SCRUBBED_MAX: usize = 100_000;

const A2P: &str = "a2p";

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// A member of the team, after talking to the person or reading a document.
    Team,
    /// A form that the person sent or signed.
    Form,
    /// A file from another system.
    Import,
    /// The messaging platform.
    Platform,
    /// The national do-not-call registry, or who looks into it for us.
    Registry,
}

/// A fact that somebody has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// How the sender is registered with the carriers.
    A2p,
    /// The person agreed in writing.
    Written,
    /// The person took that back.
    Withdrawn,
    /// The person asked about something.
    Inquiry,
    /// The person bought something or did other business with us.
    Transaction,
    /// The person asked not to be called.
    OwnList,
    /// Whether a number is on the national registry.
    Registry,
    /// Do not disturb was put on.
    DisturbNot,
    /// Do not disturb was taken off.
    Disturb,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::A2p,
        Self::Written,
        Self::Withdrawn,
        Self::Inquiry,
        Self::Transaction,
        Self::OwnList,
        Self::Registry,
        Self::DisturbNot,
        Self::Disturb,
    ];

    /// Whether the fact may come from there. What lets messages out may come from fewer than what holds them back: an
    /// agreement needs a form or somebody who saw one, the registry speaks for itself, and only the platform lifts its own
    /// block. What is against sending may come from anybody who knows of it.
    pub fn may_come_from(self, told_by: ToldBy) -> bool {
        use ToldBy::{Form, Import, Platform, Registry, Team};
        match self {
            Self::A2p => matches!(told_by, Platform | Team),
            Self::Written => matches!(told_by, Form | Team | Import),
            Self::Inquiry => matches!(told_by, Form | Team | Import | Platform),
            Self::Transaction => matches!(told_by, Team | Import),
            Self::Registry => matches!(told_by, Registry | Import),
            Self::DisturbNot => matches!(told_by, Platform | Team),
            Self::Disturb => matches!(told_by, Platform),
            Self::Withdrawn | Self::OwnList => true,
        }
    }

    fn told_by(self, told_by: ToldBy) -> Result<(), LeadsError> {
        if self.may_come_from(told_by) {
            return Ok(());
        }
        let message = format!("`{}` cannot be told by `{}`", word::stored(self), word::stored(told_by));
        Err(LeadsError::Invalid { field: "told_by", message })
    }
}

/// What messages to somebody rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasisKind {
    /// They agreed in writing to messages.
    Written,
    /// They took that back.
    Withdrawn,
    /// They asked about something.
    Inquiry,
    /// They bought something or did other business with us.
    Transaction,
}

impl BasisKind {
    fn fact(self) -> Fact {
        match self {
            Self::Written => Fact::Written,
            Self::Withdrawn => Fact::Withdrawn,
            Self::Inquiry => Fact::Inquiry,
            Self::Transaction => Fact::Transaction,
        }
    }
}

/// Something that messages rest on, to be noted.
#[derive(Clone, PartialEq, Eq)]
pub struct NewBasis {
    /// What.
    pub kind: BasisKind,
    /// When it was.
    pub at: Timestamp,
    /// Where we know it from.
    pub told_by: ToldBy,
    /// Which form, document or conversation shows it: at most [`REASON_CHARS_MAX`](crate::REASON_CHARS_MAX) characters.
    pub evidence: String,
}

/// Something that messages rest on.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// Which one.
    pub id: Ulid,
    /// What.
    pub kind: BasisKind,
    /// When it was.
    pub at: Timestamp,
    /// When we noted it.
    pub recorded_at: Timestamp,
    /// Where we know it from.
    pub told_by: ToldBy,
    /// Who noted it, by identifier.
    pub who: String,
    /// What shows it.
    pub evidence: String,
}

impl std::fmt::Debug for Basis {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Basis({}, {:?} of {})", self.id, self.kind, self.at)
    }
}

/// How the sender is registered, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct A2pStanding {
    /// How.
    pub state: A2p,
    /// Where we know it from.
    pub told_by: ToldBy,
    /// Who set it, by identifier.
    pub who: String,
    /// When.
    pub set_at: Timestamp,
}

/// Do not disturb on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// Which channel.
    pub channel: Channel,
    /// Whether messages go out.
    pub state: DoNotDisturb,
    /// Since when it is so.
    pub since: Timestamp,
    /// Where we know it from.
    pub told_by: ToldBy,
}

/// What is on record of one contact for the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reachability {
    /// What messages rest on, the latest first.
    pub bases: Vec<Basis>,
    /// Since when the number is on our own do-not-call list.
    pub listed_since: Option<Timestamp>,
    /// The last look at the national registry: when, and whether the number was on it.
    pub scrub: Option<(Timestamp, bool)>,
    /// Do not disturb, by channel; channels that nobody told of are missing.
    pub reach: Vec<Reach>,
}

/// What a look at the registry told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScrubReport {
    /// Numbers that are known now as of this look.
    pub noted: u64,
    /// Numbers for which a later look is on record.
    pub older: u64,
    /// What is no number.
    pub rejected: Vec<Rejection>,
}

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
        let id = ledger::ids(market, at).next();
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
        trail::append(&mut tx, entry).await?;
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
        self.opt_out(market, sight, contact, &opt_out, at).await?;
        let person = self.contacts.get(market, sight, contact).await?;
        let number = person.personal.phone.as_deref().and_then(|number| ledger::number_index(market, number));
        let Some(number) = number else { return Ok(()) };
        let mut tx = market.db().begin().await?;
        if fact::list_number(&mut tx, number, at.at(), at.at()).await? {
            trail::append(&mut tx, ledger::noted(at, "lead.number_listed", contact)).await?;
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
        trail::append(&mut tx, entry).await?;
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
        let mut tx = market.db().begin().await?;
        let changed = self.reachability_in(&mut tx, contact, told, at).await;
        if changed.map_err(|error| gone(error, contact))? {
            tx.commit().await?;
        }
        Ok(())
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
        let mut tx = market.db().begin().await?;
        if put_reach(&mut tx, contact, &[(channel, DoNotDisturb::On)], ToldBy::Team, at).await? {
            tx.commit().await?;
        }
        Ok(())
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
        trail::append(&mut tx, entry).await?;
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
pub(super) async fn a2p_in(tx: &mut Tx) -> Result<Option<A2p>, StoreError> {
    let setting = fact::setting(tx, A2P).await?;
    setting.map(|setting| word::value("value", &setting.value)).transpose()
}

/// Do not disturb on one channel, for the gate.
pub(super) async fn reach_in(
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
        trail::append(tx, entry).await?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_messages_out_may_come_from_fewer_than_what_holds_them_back() {
        use ToldBy::{Form, Import, Platform, Registry, Team};
        let sources = |fact: Fact| {
            let all = [Team, Form, Import, Platform, Registry];
            all.into_iter().filter(|told_by| fact.may_come_from(*told_by)).collect::<Vec<_>>()
        };
        for fact in Fact::ALL {
            assert!(!sources(fact).is_empty(), "{fact:?}");
        }
        assert_eq!(sources(Fact::Disturb), [Platform]);
        assert_eq!(sources(Fact::Registry), [Import, Registry]);
        assert_eq!(sources(Fact::Written), [Team, Form, Import]);
        for (out, back) in [(Fact::Written, Fact::Withdrawn), (Fact::Disturb, Fact::DisturbNot)] {
            assert!(sources(out).iter().all(|told_by| back.may_come_from(*told_by)), "{out:?}");
            assert!(sources(out).len() < sources(back).len(), "{out:?}");
        }
    }
}
