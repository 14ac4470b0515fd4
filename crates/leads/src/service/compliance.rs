//! The gate as a use case: facts are gathered, the decision is made and kept, all in one transaction, so that two messages
//! at the same time cannot both be the last one that a cap allows, and nothing that was said in between goes unheard.

mod gathering;

use boxed::boxed;
use contacts::Sight;
use jiff::civil::Time;
use kernel::{Moment, PersonId, Ulid};
use markets::{Market, MarketPolicy};
use serde::{Deserialize, Serialize};
use store::trail;

use self::gathering::Asked;
use super::{
    ledger, policy, sealed,
    timeline::{gone, ids, micros, timeline_of},
};
use crate::{
    Channel, Leads, LeadsError, State,
    calling_hours::CallingHours,
    gate::{Decision, Gate, MarketHours, Outcome, Purpose, Review},
    optout::TextHash,
    records::{gate, word},
    wording::Rules,
};

const TABLE: &str = "lead_gate";

/// A message to be judged.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which way.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// What it says; for a call its script. Nothing when a person speaks without one, or the messaging platform writes it.
    pub text: Option<String>,
    /// State of the property that it is about.
    pub property: Option<State>,
    /// Who read the text, if anybody did.
    pub review: Option<Review>,
}

impl Draft {
    /// A series of text messages that the messaging platform writes and sends by itself.
    pub fn sequence() -> Self {
        Self::unseen(Purpose::Sequence)
    }

    /// A text message by which the messaging platform tells of what was arranged, in its own words.
    pub fn notice() -> Self {
        Self::unseen(Purpose::Notice)
    }

    fn unseen(purpose: Purpose) -> Self {
        Self { channel: Channel::Sms, purpose, text: None, property: None, review: None }
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.text.as_ref().map_or(0, String::len);
        write!(out, "Draft({} as {:?}, {bytes} bytes)", self.channel.word(), self.purpose)
    }
}

/// What became of a [`Draft`], with the name under which it is on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Which decision.
    pub id: Ulid,
    /// The decision.
    pub decision: Decision,
}

impl Judgement {
    /// Whether the message may be sent now.
    pub fn sends(&self) -> bool {
        self.decision.outcome == Outcome::Send
    }
}

/// A decision as it is kept: with a digest of the text that was judged, and never the text.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub decision: Decision,
    pub text: Option<TextHash>,
    pub by: String,
}

#[boxed]
impl Leads {
    /// Judges a message to a contact by everything that is known now, and keeps the decision. A message that may be sent
    /// holds its place in the caps for an hour, until the timeline shows it.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails. No error lets a message out.
    pub async fn may_send(
        &self,
        market: &Market,
        contact: PersonId,
        draft: &Draft,
        at: &Moment,
    ) -> Result<Judgement, LeadsError> {
        self.judge_draft(market, contact, draft, None, at).await
    }

    /// Judges a message again that was let out `earlier` and has not gone out yet: the place that it holds in the caps is
    /// given back first, so that it cannot stand in its own way.
    ///
    /// # Errors
    /// As [`Leads::may_send`].
    pub async fn may_still_send(
        &self,
        market: &Market,
        contact: PersonId,
        draft: &Draft,
        earlier: Ulid,
        at: &Moment,
    ) -> Result<Judgement, LeadsError> {
        self.judge_draft(market, contact, draft, Some(earlier), at).await
    }

    async fn judge_draft(
        &self,
        market: &Market,
        contact: PersonId,
        draft: &Draft,
        earlier: Option<Ulid>,
        at: &Moment,
    ) -> Result<Judgement, LeadsError> {
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let hours = market_hours(market, &market.policy().await?);

        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead gate").await?;
        let own = policy::current_in(self, market, &mut tx).await?.policy;
        let gate = Gate { policy: own.gate(), hours: CallingHours::shipped(), rules: Rules::shipped() };
        let person = self.contacts.get_in(&mut tx, market, &key, Sight::All, contact).await?;
        let left_alone = self.contacts.left_alone_in(&mut tx, market, &person.personal).await?;
        let timeline = timeline_of(&mut tx, market, &key, contact).await?;
        if let Some(earlier) = earlier {
            gate::release(&mut tx, contact, earlier, at.at()).await?;
        }
        let asked = Asked { market, person: &person, left_alone, timeline: &timeline, hours, draft };
        let facts = asked.gather(&mut tx, at.at()).await?;
        let decision = gate.judge(&facts);
        let id = ids(market, at).next();
        let kept =
            Kept { decision, text: draft.text.as_deref().map(TextHash::of), by: at.actor.id().to_owned() };
        let document = sealed(market, &key, TABLE, &id.to_string(), "document_sealed", &kept)?;
        let decision = kept.decision;
        let outcome = outcome_word(decision.outcome);
        let made = gate::StoredDecision {
            id,
            contact,
            at: at.at(),
            channel: draft.channel.word().to_owned(),
            purpose: word::stored(draft.purpose),
            outcome: outcome.to_owned(),
            until: match decision.outcome {
                Outcome::Wait(until) => Some(micros(until)),
                _ => None,
            },
            step: decision.deciding().map(|verdict| word::stored(verdict.step)),
            rule: decision.decided_by.clone(),
        };
        let entry = ledger::noted(at, "lead.gate", contact)
            .with("decision", id)
            .with("channel", draft.channel.word())
            .with("outcome", outcome)
            .with("rule", decision.decided_by.as_deref().unwrap_or("none"));
        gate::add(&mut tx, made, document).await.map_err(|error| gone(error, contact))?;
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(Judgement { id, decision })
    }
}

/// The quiet hours of a market's policy. A checked policy has both times; without, nothing is ever sent.
pub(super) fn market_hours(market: &Market, policy: &MarketPolicy) -> MarketHours {
    let hours = &policy.quiet_hours;
    let time = |text: &str| Time::strptime("%H:%M", text).ok();
    let none = MarketHours::none(market.time_zone().as_str(), &hours.begin.source);
    match (time(&hours.begin.value), time(&hours.end.value)) {
        (Some(begin), Some(end)) => MarketHours { begin, end, ..none },
        _ => MarketHours { zone: String::new(), ..none },
    }
}

/// An outcome as it is stored and asked for.
pub(super) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Send => "send",
        Outcome::Wait(_) => "wait",
        Outcome::Refuse => "refuse",
        Outcome::NeedsPerson => "needs_person",
    }
}
