//! The gate as a use case: facts are gathered, the decision is made and kept, all in one transaction, so that two messages
//! at the same time cannot both be the last one that a cap allows.

use boxed::boxed;
use contacts::{Contact, Sight};
use jiff::{SignedDuration, Timestamp, civil::Time};
use kernel::{Moment, PersonId, Ulid};
use markets::{Market, MarketPolicy, MarketState};
use serde::{Deserialize, Serialize};
use store::{StoreError, Tx, trail};

use super::{
    facts,
    ledger::{self, Addresses},
    policy, sealed,
    timeline::{gone, ids, micros},
};
use crate::{
    Channel, Leads, LeadsError, State,
    calling_hours::CallingHours,
    gate::{
        Consent, Decision, DoNotCall, Facts, Gate, MarketHours, Outcome, OwnList, Place, Purpose, Review,
        Scrub,
    },
    optout::TextHash,
    records::{fact, gate, word},
    service::facts::BasisKind,
    timeline::{LeadSource, Timeline, View, What},
    wording::Rules,
};

const TABLE: &str = "lead_gate";

/// How long a message that was let out holds its place in the caps while the timeline does not show it. After that it
/// counts as never sent. A judgement: a bridge that is behind for longer than an hour is a fault of its own.
const HOLDS: SignedDuration = SignedDuration::from_hours(1);

/// A message to be judged.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which way.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// What it says; for a call its script, or nothing when a person speaks without one.
    pub text: Option<String>,
    /// State of the property that it is about.
    pub property: Option<State>,
    /// Who read the text, if anybody did.
    pub review: Option<Review>,
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
        let person = self.contacts.get(market, Sight::All, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let own = policy::current(self, market).await?.policy;
        let hours = market_hours(market, &market.policy().await?);
        let timeline = self.timeline(market, contact).await?;
        let gate = Gate { policy: own.gate(), hours: CallingHours::shipped(), rules: Rules::shipped() };

        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead gate").await?;
        if let Some(earlier) = earlier {
            gate::release(&mut tx, contact, earlier, at.at()).await?;
        }
        let facts = gather(&mut tx, market, &person, &timeline, hours, draft, at).await?;
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

/// Everything that the gate asks, as it is on record in this transaction.
async fn gather(
    tx: &mut Tx,
    market: &Market,
    person: &Contact,
    timeline: &Timeline,
    hours: MarketHours,
    draft: &Draft,
    at: &Moment,
) -> Result<Facts, LeadsError> {
    let now = at.at();
    let addresses = Addresses::of(market, &person.personal);
    let number = person.personal.phone.clone();
    let number_index = number.as_deref().and_then(|number| ledger::number_index(market, number));
    let seen = timeline.as_of(now);
    let bases = bases(tx, person.id).await?;
    let inquiry = last_inquiry(&bases, &seen);
    let transaction = latest(&bases, BasisKind::Transaction);
    let known = match number_index {
        Some(index) => fact::number(&mut *tx, index).await?,
        None => fact::StoredNumber::default(),
    };
    let let_out = gate::let_out(&mut *tx, person.id, draft.channel.word(), now - HOLDS).await?;
    Ok(Facts {
        at: now,
        channel: draft.channel,
        purpose: draft.purpose,
        suspended: Some(market.record().state != MarketState::Active),
        a2p: facts::a2p_in(tx).await?,
        ledger: Some(ledger::ledger(&mut *tx, person.id, &addresses).await?),
        do_not_disturb: facts::reach_in(tx, person.id, draft.channel).await?,
        consent: Some(consent(&bases, inquiry)),
        do_not_call: Some(DoNotCall {
            own_list: Some(known.listed_since.map_or(OwnList::Absent, |since| OwnList::Listed { since })),
            scrub: known.scrub.map(|(at, listed)| Scrub { at, listed }),
            last_transaction: transaction,
            last_inquiry: inquiry,
        }),
        place: Place { address: person.personal.address.as_deref().and_then(State::in_address), number },
        market_hours: Some(hours),
        heard: seen.happenings().iter().rev().find(|one| one.what.inbound().is_some()).map(|one| one.at),
        sent: Some(sent(timeline, draft.channel, &let_out)),
        text: draft.text.clone(),
        property: draft.property,
        review: draft.review.clone(),
    })
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

async fn bases(tx: &mut Tx, contact: PersonId) -> Result<Vec<(BasisKind, Timestamp)>, StoreError> {
    let stored = fact::bases(tx, contact).await?;
    stored.iter().map(|basis| Ok((word::value("kind", &basis.kind)?, basis.at))).collect()
}

fn latest(bases: &[(BasisKind, Timestamp)], kind: BasisKind) -> Option<Timestamp> {
    bases.iter().filter(|(other, _)| *other == kind).map(|(_, at)| *at).max()
}

/// When the person last asked: what somebody noted, a message or call from them, or how they came.
fn last_inquiry(bases: &[(BasisKind, Timestamp)], seen: &View<'_>) -> Option<Timestamp> {
    let asked = |what: &What| match what {
        // Who is on a list, was recommended or once imported has asked us nothing.
        What::Arrived { source } => matches!(
            source,
            LeadSource::OpenHouse
                | LeadSource::PaidSearch
                | LeadSource::PaidSocial
                | LeadSource::Portal
                | LeadSource::Sign
                | LeadSource::Website
        ),
        other => other.inbound().is_some(),
    };
    let told = seen.happenings().iter().filter(|one| asked(&one.what)).map(|one| one.at).max();
    told.max(latest(bases, BasisKind::Inquiry))
}

/// What the person agreed to. What was taken back, and everything before it, counts no more.
fn consent(bases: &[(BasisKind, Timestamp)], inquiry: Option<Timestamp>) -> Consent {
    let withdrawn = latest(bases, BasisKind::Withdrawn);
    let counts = |at: &Timestamp| withdrawn.is_none_or(|withdrawn| *at > withdrawn);
    match (latest(bases, BasisKind::Written).filter(counts), inquiry.filter(counts)) {
        (Some(at), _) => Consent::Written { at },
        (None, Some(at)) => Consent::Inquiry { at },
        (None, None) => Consent::Missing,
    }
}

/// When messages went out: those that the timeline shows, and those that were let out and it does not show yet.
fn sent(timeline: &Timeline, channel: Channel, let_out: &[Timestamp]) -> Vec<Timestamp> {
    let all = timeline.as_of(Timestamp::MAX);
    let mut shown: Vec<(Timestamp, bool)> = all
        .happenings()
        .iter()
        .filter(|one| one.what.outbound() == Some(channel))
        .map(|one| (one.at, false))
        .collect();
    let mut held = Vec::new();
    for decided in let_out {
        let its = |(at, taken): &&mut (Timestamp, bool)| {
            !*taken && at >= decided && at.duration_since(*decided) <= HOLDS
        };
        match shown.iter_mut().find(its) {
            Some((_, taken)) => *taken = true,
            None => held.push(*decided),
        }
    }
    shown.into_iter().map(|(at, _)| at).chain(held).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Direction, Entry, Happening};

    fn at(minutes: i64) -> Timestamp {
        "2026-03-02T18:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn texts(minutes: &[i64]) -> Timeline {
        let text = |minute: &i64| {
            let what = What::Message { direction: Direction::Outbound, channel: Channel::Sms };
            Entry::told(format!("message:{minute}"), at(*minute), Happening { at: at(*minute), what })
        };
        minutes.iter().map(text).collect()
    }

    #[test]
    fn a_message_that_was_let_out_counts_once_whether_or_not_it_is_shown() {
        for (shown, let_out, expected) in [
            (vec![], vec![], 0),
            (vec![1], vec![], 1),
            (vec![], vec![0], 1),
            (vec![1], vec![0], 1),
            (vec![1], vec![0, 5], 2),
            // Two let out, one of them shown: whichever it was, both count.
            (vec![6], vec![0, 5], 2),
            // What was sent before it was let out is another message.
            (vec![-1], vec![0], 2),
            (vec![61], vec![0], 2),
        ] {
            let let_out: Vec<Timestamp> = let_out.into_iter().map(at).collect();
            let counted = sent(&texts(&shown), Channel::Sms, &let_out).len();
            assert_eq!(counted, expected, "{shown:?} {let_out:?}");
            assert_eq!(sent(&texts(&shown), Channel::Email, &[]).len(), 0);
        }
    }

    #[test]
    fn consent_that_was_taken_back_takes_what_was_before_with_it() {
        use BasisKind::{Withdrawn, Written};
        let inquiry = Some(at(1));
        assert_eq!(consent(&[], None), Consent::Missing);
        assert_eq!(consent(&[], inquiry), Consent::Inquiry { at: at(1) });
        assert_eq!(consent(&[(Written, at(2))], inquiry), Consent::Written { at: at(2) });
        assert_eq!(consent(&[(Written, at(2)), (Withdrawn, at(3))], inquiry), Consent::Missing);
        assert_eq!(
            consent(&[(Written, at(2)), (Withdrawn, at(3))], Some(at(4))),
            Consent::Inquiry { at: at(4) }
        );
        let again = [(Written, at(2)), (Withdrawn, at(3)), (Written, at(5))];
        assert_eq!(consent(&again, inquiry), Consent::Written { at: at(5) });
    }

    #[test]
    fn who_came_by_the_website_has_asked_and_who_is_on_a_list_has_not() {
        for (source, asked) in
            [(LeadSource::Website, true), (LeadSource::ColdList, false), (LeadSource::Import, false)]
        {
            let arrived = Happening { at: at(0), what: What::Arrived { source } };
            let timeline: Timeline = [Entry::told("arrived", at(0), arrived)].into_iter().collect();
            assert_eq!(last_inquiry(&[], &timeline.as_of(at(1))).is_some(), asked, "{source}");
        }
    }
}
