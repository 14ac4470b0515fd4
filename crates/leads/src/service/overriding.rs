use std::collections::HashMap;

use audit::NewEntry;
use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{Actor, Moment, PersonId, Ulid};
use learn::odds;
use markets::{Market, PersonKeys, SealingKey};
use serde::Serialize;
use store::{Session, trail};

use super::{sealed, timeline::gone, unsealed};
use crate::{
    Leads, LeadsError,
    overlay::{self, Override},
    records::{
        self,
        score::{self, StoredOverride},
    },
};

const TABLE: &str = "lead_override";
const COLUMN: &str = "reason_sealed";

/// Most characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// What a person said of a lead. `Debug` does not show the reason.
#[derive(Clone, PartialEq, Serialize)]
pub struct ScoreOverride {
    /// Which one.
    pub id: Ulid,
    /// The chance that the person gives the lead.
    pub probability: f64,
    /// Why.
    pub reason: String,
    /// Who, as the audit chain names them.
    pub who: String,
    /// From when on.
    pub since: Timestamp,
    /// Until when; that instant is outside.
    pub until: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

impl ScoreOverride {
    /// Whether it counts at `now`.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.since <= now && now < self.until
    }
}

impl std::fmt::Debug for ScoreOverride {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ScoreOverride({}, {} until {})", self.id, self.probability, self.until)
    }
}

#[boxed]
impl Leads {
    /// Says that the chance of a lead is `probability` for `reason`, until `until`. It counts from now on; the computed
    /// score goes on being made, kept and judged.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Override`], [`LeadsError::Invalid`] for a reason that is too long, or when
    /// the market fails.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that a person says")]
    pub async fn override_score(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        probability: f64,
        reason: &str,
        until: Timestamp,
        at: &Moment,
    ) -> Result<ScoreOverride, LeadsError> {
        if reason.chars().count() > REASON_CHARS_MAX {
            let message = format!("at most {REASON_CHARS_MAX} characters");
            return Err(LeadsError::Invalid { field: "reason", message });
        }
        let until = Timestamp::from_microsecond(until.as_microsecond()).unwrap_or(until);
        let word = Override::new(probability, reason, at.actor.clone(), at.at(), until)?;
        self.contacts.get(market, sight, id).await?;
        let key = market.person_key(id).await?.ok_or(LeadsError::Unknown(id))?;
        let said = ScoreOverride {
            id: at.ids().next(),
            probability,
            reason: word.reason().to_owned(),
            who: at.actor.id().to_owned(),
            since: at.at(),
            until,
            withdrawn_at: None,
        };
        let row = StoredOverride {
            id: said.id,
            contact: id,
            since: said.since,
            until: said.until,
            withdrawn_at: None,
            probability,
            who: said.who.clone(),
            reason: sealed(market, &key, TABLE, &said.id.to_string(), COLUMN, &said.reason)?,
        };
        let mut tx = market.db().begin().await?;
        if !records::lead::news(&mut tx, id, at.at()).await? {
            let lead =
                records::lead::NewLead { is_whole: false, ..records::lead::NewLead::open(id, at.at()) };
            records::lead::add(&mut tx, vec![lead]).await.map_err(|error| gone(error, id))?;
        }
        score::add_override(&mut tx, row).await.map_err(|error| gone(error, id))?;
        records::lead::count_as(&mut tx, id, probability, odds::logit(probability)).await?;
        let entry = NewEntry::new(at.at(), &at.actor, "lead.overridden", &format!("contact:{id}"))
            .with("probability", probability)
            .with("until", until);
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(said)
    }

    /// Takes back every word on a lead that is in force; how many there were. The computed chance counts again.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn withdraw_override(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        self.contacts.get(market, sight, id).await?;
        let computed = records::lead::probability(market.db(), id).await?;
        let mut tx = market.db().begin().await?;
        let withdrawn = score::withdraw(&mut tx, id, at.at()).await?;
        if withdrawn == 0 {
            tx.rollback().await?;
            return Ok(0);
        }
        records::lead::news(&mut tx, id, at.at()).await?;
        if let Some(computed) = computed {
            records::lead::count_as(&mut tx, id, computed, odds::logit(computed)).await?;
        }
        let entry = NewEntry::new(at.at(), &at.actor, "lead.override_withdrawn", &format!("contact:{id}"));
        trail::append(&mut tx, entry.with("withdrawn", withdrawn));
        tx.commit().await?;
        Ok(withdrawn)
    }
}

/// What persons say of these leads and counts at `now`; those without a key are missing.
pub(super) async fn in_force(
    market: &Market,
    on: impl Into<Session<'_>>,
    keys: &PersonKeys,
    contacts: &[PersonId],
    now: Timestamp,
) -> Result<HashMap<PersonId, Vec<Override>>, LeadsError> {
    let mut found: HashMap<PersonId, Vec<Override>> = HashMap::new();
    for row in score::in_force(on, contacts, now).await? {
        let Some(key) = keys.get(row.contact) else { continue };
        let said = opened(market, key, &row)?;
        let who = Actor::new(said.who.clone()).known_as(said.who);
        let word = Override::new(said.probability, said.reason, who, said.since, said.until)?;
        found.entry(row.contact).or_default().push(word);
    }
    Ok(found)
}

/// Opens what a person said.
pub(super) fn opened(
    market: &Market,
    key: &SealingKey,
    row: &StoredOverride,
) -> Result<ScoreOverride, LeadsError> {
    Ok(ScoreOverride {
        id: row.id,
        probability: row.probability,
        reason: unsealed(market, key, TABLE, &row.id.to_string(), COLUMN, &row.reason)?,
        who: row.who.clone(),
        since: row.since,
        until: row.until,
        withdrawn_at: row.withdrawn_at,
    })
}

/// The word that counts at `now`, of those that were said.
pub(super) fn counting(said: &[ScoreOverride], computed: f64, now: Timestamp) -> Option<ScoreOverride> {
    let in_force: Vec<(&ScoreOverride, Override)> = said
        .iter()
        .filter(|said| said.in_force(now))
        .filter_map(|said| {
            let who = Actor::new(said.who.clone());
            let word = Override::new(said.probability, said.reason.clone(), who, said.since, said.until);
            Some((said, word.ok()?))
        })
        .collect();
    let effective = overlay::effective(computed, in_force.iter().map(|(_, word)| word), now);
    let counts = effective.set_by?;
    in_force.iter().find(|(_, word)| word == counts).map(|(said, _)| (*said).clone())
}
