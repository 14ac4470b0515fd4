//! Everything that the gate asks, as it is on record in one transaction.

use contacts::{Contact, LeftAlone};
use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use markets::{Market, MarketState};
use store::{StoreError, Tx};

use super::Draft;
use crate::{
    Channel, LeadsError, State,
    gate::{Consent, DoNotCall, Facts, MarketHours, OwnList, Place, Scrub},
    records::{fact, gate, word},
    service::{
        facts::{self, BasisKind},
        ledger::{self, Addresses},
    },
    timeline::{LeadSource, Timeline, View, What},
};

/// How long a message that was let out holds its place in the caps while the timeline does not show it. After that it
/// counts as never sent. A judgement: a bridge that is behind for longer than an hour is a fault of its own.
const HOLDS: SignedDuration = SignedDuration::from_hours(1);

/// What is asked about, read in the transaction in which it is judged.
pub(super) struct Asked<'a> {
    pub market: &'a Market,
    pub person: &'a Contact,
    pub left_alone: LeftAlone,
    pub timeline: &'a Timeline,
    pub hours: MarketHours,
    pub draft: &'a Draft,
}

impl Asked<'_> {
    pub async fn gather(self, tx: &mut Tx, now: Timestamp) -> Result<Facts, LeadsError> {
        let Self { market, person, left_alone, timeline, hours, draft } = self;
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
            listed: Some(is_listed(left_alone, draft.channel)),
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
}

/// Whether what a channel reaches is on the suppression list, which knows numbers and addresses.
fn is_listed(left_alone: LeftAlone, channel: Channel) -> bool {
    (channel.is_telephone() && left_alone.phone) || (channel == Channel::Email && left_alone.email)
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
