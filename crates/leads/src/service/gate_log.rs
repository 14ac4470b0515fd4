use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use markets::Market;
use serde::{Deserialize, Serialize};
use store::StoreError;

use super::{compliance::Kept, unsealed};
use crate::{
    Channel, Leads, LeadsError,
    gate::{Decision, Purpose, Step},
    optout::TextHash,
    records::{gate, word},
};

/// Most decisions of one page.
pub const GATE_PAGE_MAX: usize = 500;

/// What became of a message, without when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It could be sent.
    Send,
    /// It was to be judged again later.
    Wait,
    /// It must not be sent.
    Refuse,
    /// Somebody had to decide.
    NeedsPerson,
}

impl OutcomeKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Send, Self::Wait, Self::Refuse, Self::NeedsPerson];

    /// As it is stored and asked for.
    pub fn id(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Refuse => "refuse",
            Self::NeedsPerson => "needs_person",
        }
    }

    /// The outcome of this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// Which decisions are asked for; every condition that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateQuery {
    /// About this contact.
    pub contact: Option<PersonId>,
    /// By this channel.
    pub channel: Option<Channel>,
    /// With this outcome.
    pub outcome: Option<OutcomeKind>,
    /// Decided by this step.
    pub step: Option<Step>,
    /// Decided by this rule.
    pub rule: Option<String>,
    /// Judged from this instant on.
    pub from: Option<Timestamp>,
    /// Judged before this instant.
    pub to: Option<Timestamp>,
    /// Only those before this one, from [`GatePage::next`].
    pub after: Option<Ulid>,
    /// How many, at least 1 and at most [`GATE_PAGE_MAX`].
    pub limit: usize,
}

impl GateQuery {
    fn conditions(&self) -> gate::Conditions {
        gate::Conditions {
            contact: self.contact,
            channel: self.channel.map(Channel::word),
            outcome: self.outcome.map(OutcomeKind::id),
            step: self.step.map(word::stored),
            rule: self.rule.clone(),
            from: self.from,
            to: self.to,
            after: self.after,
        }
    }
}

/// A decision as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateEntry {
    /// Which one.
    pub id: Ulid,
    /// About whom.
    pub contact: PersonId,
    /// When it was judged.
    pub at: Timestamp,
    /// Which way.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// When it was to be judged again.
    pub until: Option<Timestamp>,
    /// The step that decided; none when nothing was against sending.
    pub step: Option<Step>,
    /// The rule that decided.
    pub rule: Option<String>,
}

/// Some decisions, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GatePage {
    /// The decisions.
    pub entries: Vec<GateEntry>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Ulid>,
}

/// A decision with everything that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateRecord {
    /// As the log shows it.
    pub entry: GateEntry,
    /// Every verdict, with its facts and sources.
    pub decision: Decision,
    /// SHA-256 of the text that was judged: proof of which one it was.
    pub text: Option<TextHash>,
    /// Who wanted to send it, by identifier.
    pub by: String,
}

/// How many decisions there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateFigure {
    /// Which way.
    pub channel: Channel,
    /// What became of them.
    pub outcome: OutcomeKind,
    /// The rule that decided; none for what could be sent.
    pub rule: Option<String>,
    /// How many.
    pub decisions: u64,
}

/// Why somebody was not contacted by a channel: the newest decision, where it was no yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyNot {
    /// The decision.
    pub entry: GateEntry,
    /// Why, in words.
    pub reason: String,
    /// Where the rule comes from.
    pub source: String,
}

#[boxed]
impl Leads {
    /// Decisions of the gate, the newest first. The log names contacts by identifier: it is for those who look after the
    /// rules.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn gate_log(&self, market: &Market, query: &GateQuery) -> Result<GatePage, LeadsError> {
        let limit = query.limit.clamp(1, GATE_PAGE_MAX);
        let mut found = gate::page(market.db(), &query.conditions(), limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let entries = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let next = entries.last().filter(|_| more).map(|entry| entry.id);
        Ok(GatePage { entries, next })
    }

    /// How many decisions there are by channel, outcome and rule, the most first; pages play no part.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn gate_figures(
        &self,
        market: &Market,
        query: &GateQuery,
    ) -> Result<Vec<GateFigure>, LeadsError> {
        let counts = gate::counts(market.db(), &query.conditions()).await?;
        let figure = |(channel, outcome, rule, decisions): (String, String, Option<String>, u64)| {
            Ok(GateFigure {
                channel: word::value("channel", &channel)?,
                outcome: outcome_kind(&outcome)?,
                rule,
                decisions,
            })
        };
        counts.into_iter().map(figure).collect()
    }

    /// One decision with every verdict; none when there is no such, its contact is not in sight, or it was erased.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn gate_record(
        &self,
        market: &Market,
        sight: Sight,
        id: Ulid,
    ) -> Result<Option<GateRecord>, LeadsError> {
        let Some((stored, document)) = gate::by_id(market.db(), id).await? else { return Ok(None) };
        if !self.sees(market, sight, stored.contact).await? {
            return Ok(None);
        }
        let Some(key) = market.person_key(stored.contact).await? else { return Ok(None) };
        let kept = kept(market, &key, id, &document)?;
        Ok(Some(GateRecord { entry: entry(&stored)?, decision: kept.decision, text: kept.text, by: kept.by }))
    }

    /// Why somebody was not contacted: for each channel whose newest decision was no yes, that decision, the newest first.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn why_not_contacted(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<Vec<WhyNot>, LeadsError> {
        if !self.sees(market, sight, contact).await? {
            return Err(LeadsError::Unknown(contact));
        }
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let mut why = Vec::new();
        for stored in gate::newest_by_channel(market.db(), contact).await? {
            let entry = entry(&stored)?;
            if entry.outcome == OutcomeKind::Send {
                continue;
            }
            let Some((_, document)) = gate::by_id(market.db(), entry.id).await? else { continue };
            let kept = kept(market, &key, entry.id, &document)?;
            let Some(verdict) = kept.decision.deciding() else { continue };
            why.push(WhyNot { entry, reason: verdict.reason.clone(), source: verdict.source.clone() });
        }
        Ok(why)
    }

    pub(super) async fn sees(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<bool, LeadsError> {
        match self.contacts.get(market, sight, contact).await {
            Ok(_) => Ok(true),
            Err(contacts::ContactsError::Unknown(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn kept(market: &Market, key: &markets::SealingKey, id: Ulid, document: &[u8]) -> Result<Kept, LeadsError> {
    unsealed(market, key, "lead_gate", &id.to_string(), "document_sealed", document)
}

fn entry(stored: &gate::StoredDecision) -> Result<GateEntry, LeadsError> {
    Ok(GateEntry {
        id: stored.id,
        contact: stored.contact,
        at: stored.at,
        channel: word::value("channel", &stored.channel)?,
        purpose: word::value("purpose", &stored.purpose)?,
        outcome: outcome_kind(&stored.outcome)?,
        until: stored.until,
        step: stored.step.as_deref().map(|step| word::value("step", step)).transpose()?,
        rule: stored.rule.clone(),
    })
}

fn outcome_kind(id: &str) -> Result<OutcomeKind, LeadsError> {
    let kind = OutcomeKind::from_id(id);
    Ok(kind.ok_or_else(|| StoreError::column("outcome", format!("no outcome `{id}`")))?)
}
