//! What became of offers: for one lead, how fast, and how fairly.

use std::collections::{BTreeMap, BTreeSet};

use boxed::boxed;
use contacts::Sight;
use jiff::{SignedDuration, Timestamp};
use kernel::{Interval, Moment, PersonId, PolicyKey, Ulid};
use markets::Market;
use serde::Serialize;
use store::{StoreError, trail};

use super::{ledger, policy, routing, sealed, timeline::gone};
use crate::{
    Leads, LeadsError,
    records::{
        agent,
        offer::{self, StoredOffer},
    },
    routing::{Decision, Due, FairnessReport, Wanted, fairness},
    share,
};

/// Offers that a report looks at, at most: the earliest of its time.
pub const OFFERS_MAX: usize = 200_000;
/// Offers of one lead that are shown.
const SHOWN_MAX: usize = 100;

/// An offer of one lead.
#[derive(Clone, PartialEq, Serialize)]
pub struct OfferView {
    /// Which one.
    pub id: Ulid,
    /// To whom; none while nobody could take it.
    pub agent: Option<Ulid>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When the clock began: an agent was there and the person could be called.
    pub begins_at: Option<Timestamp>,
    /// Until when somebody had to act.
    pub due_at: Option<Timestamp>,
    /// When somebody did.
    pub acted_at: Option<Timestamp>,
    /// When it ended, and how: `taken`, `passed_on`, `reassigned`, `closed`, `withdrawn`.
    pub ended: Option<(Timestamp, String)>,
    /// Why, in a sentence.
    pub reason: String,
    /// The decision with everybody who was passed over.
    pub decision: Decision,
}

impl std::fmt::Debug for OfferView {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "OfferView({} to {:?})", self.id, self.agent)
    }
}

/// How long something took, over many leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// How many.
    pub count: u64,
    /// How many took no longer than the target.
    pub within: u64,
    /// Their fraction, with 90 % confidence (Wilson); none of none.
    pub share_within: Option<Interval>,
    /// Half took no longer, in seconds.
    pub p50_seconds: Option<f64>,
    /// 95 of 100 took no longer, in seconds.
    pub p95_seconds: Option<f64>,
    /// The longest, in seconds.
    pub longest_seconds: Option<f64>,
    /// How many of them are not over: they count with how long they have taken so far, so that the figures above are at
    /// least these.
    pub running: u64,
}

/// How fast leads are offered and spoken to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeedReport {
    /// Offers decided from this instant on.
    pub since: Timestamp,
    /// What the policy asks for, in seconds.
    pub target_seconds: u32,
    /// From a lead's arrival to its first offer. A lead that came when nobody was at work counts from when somebody was;
    /// leads of the past are left out.
    pub offered: Timing,
    /// From an offer to the first word to the person, inside of allowed hours: the clock begins when the agent is at work and
    /// the person may be called.
    pub first_action: Timing,
    /// The same by agent.
    pub by_agent: BTreeMap<Ulid, Timing>,
    /// Leads that nobody could take and that still wait.
    pub untaken: u64,
    /// Whether there were more offers than a report looks at.
    pub is_cut: bool,
}

#[boxed]
impl Leads {
    /// The offers of a lead, the newest first.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn offers(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<Vec<OfferView>, LeadsError> {
        if !self.sees(market, sight, contact).await? {
            return Err(LeadsError::Unknown(contact));
        }
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let view = |stored: StoredOffer| {
            let decision = routing::opened(market, &key, &stored)?;
            Ok(OfferView {
                id: stored.id,
                agent: stored.agent,
                decided_at: stored.decided_at,
                begins_at: stored.begins_at,
                due_at: stored.due_at,
                acted_at: stored.acted_at,
                ended: stored.ended_at.zip(stored.ended),
                reason: decision.to_string(),
                decision,
            })
        };
        offer::of(market.db(), contact, SHOWN_MAX).await?.into_iter().map(view).collect()
    }

    /// How fast leads were offered and spoken to, by the offers decided from `since` on.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn speed(
        &self,
        market: &Market,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<SpeedReport, LeadsError> {
        let own = policy::current(self, market).await?.policy;
        let target = own.routing().clock().first_action_seconds;
        let offers = offer::since(market.db(), since, OFFERS_MAX + 1).await?;
        Ok(speed(&offers, since, target, now))
    }

    /// How the leads offered from `since` on were shared among those who could have taken them.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn fairness(&self, market: &Market, since: Timestamp) -> Result<FairnessReport, LeadsError> {
        let offers = offer::since(market.db(), since, OFFERS_MAX).await?;
        let acted: BTreeSet<String> = offers
            .iter()
            .filter(|offer| offer.acted_at.is_some())
            .map(|offer| offer.id.to_string())
            .collect();
        // Where somebody could take it later, that is another offer of the same lead.
        let counts = |offer: &&StoredOffer| offer.ended.as_deref() != Some("taken");
        let decisions = offers.iter().filter(counts).map(shared).collect::<Result<Vec<_>, _>>()?;
        Ok(fairness(&decisions, |decision| acted.contains(&decision.lead)))
    }

    /// What a lead is about, as somebody said.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn wanted(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<Wanted, LeadsError> {
        if !self.sees(market, sight, contact).await? {
            return Err(LeadsError::Unknown(contact));
        }
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let sealed = agent::wanted(market.db(), contact).await?;
        let wanted = sealed.map(|sealed| routing::open_wanted(market, &key, contact, &sealed)).transpose()?;
        Ok(wanted.unwrap_or_default())
    }

    /// Says what a lead is about: what rules of routing may ask for. A language is one that the person asked for, never a guess.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn set_wanted(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        wanted: &Wanted,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        if !self.sees(market, sight, contact).await? {
            return Err(LeadsError::Unknown(contact));
        }
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let row = contact.to_string();
        let document = sealed(market, &key, "lead_wanted", &row, "document_sealed", wanted)?;
        let mut tx = market.db().begin().await?;
        let put = agent::put_wanted(&mut tx, contact, document, at.at()).await;
        put.map_err(|error| gone(error, contact))?;
        trail::append(&mut tx, ledger::noted(at, "lead.wanted_set", contact));
        tx.commit().await?;
        Ok(())
    }
}

/// A stored offer as fairness asks for it. It names the lead by the offer, since one lead may be offered twice.
fn shared(stored: &StoredOffer) -> Result<Decision, LeadsError> {
    let entitlements: Vec<(String, i64)> =
        serde_json::from_str(&stored.shares).map_err(|error| StoreError::column("shares", error))?;
    Ok(Decision {
        lead: stored.id.to_string(),
        agent: stored.agent.map(|agent| agent.to_string()),
        rule: stored.rule.clone(),
        candidates: entitlements.len(),
        passed_over: Vec::new(),
        entitlements,
        due: Due { begins: None, first_action: None, escalations: Vec::new() },
        policy: PolicyKey { name: String::new(), version: 0 },
        at: stored.decided_at,
    })
}

fn speed(offers: &[StoredOffer], since: Timestamp, target_seconds: u32, now: Timestamp) -> SpeedReport {
    let is_cut = offers.len() > OFFERS_MAX;
    let offers = &offers[..offers.len().min(OFFERS_MAX)];
    let (mut offered, mut acted) = (Durations::default(), Durations::default());
    let mut by_agent: BTreeMap<Ulid, Durations> = BTreeMap::new();
    let mut known: BTreeSet<PersonId> = BTreeSet::new();
    let mut untaken = 0;
    for offer in offers {
        let Some(agent) = offer.agent else {
            untaken += u64::from(offer.ended_at.is_none());
            continue;
        };
        if let Some(arrived) = offer.arrived_at
            && known.insert(offer.contact)
        {
            offered.over(arrived, offer.decided_at);
        }
        let Some(begins) = offer.begins_at else { continue };
        let own = by_agent.entry(agent).or_default();
        match (offer.acted_at, offer.ended_at) {
            (Some(at), _) => [&mut acted, own].into_iter().for_each(|all| all.over(begins, at)),
            // Taken away before anybody acted: it took at least so long.
            (None, Some(ended)) => {
                [&mut acted, own].into_iter().for_each(|all| all.running(begins, ended, target_seconds))
            }
            (None, None) => {
                [&mut acted, own].into_iter().for_each(|all| all.running(begins, now, target_seconds))
            }
        }
    }
    SpeedReport {
        since,
        target_seconds,
        offered: offered.timing(target_seconds),
        first_action: acted.timing(target_seconds),
        by_agent: by_agent.into_iter().map(|(agent, all)| (agent, all.timing(target_seconds))).collect(),
        untaken,
        is_cut,
    }
}

#[derive(Default)]
struct Durations {
    all: Vec<SignedDuration>,
    running: u64,
}

impl Durations {
    /// Something that is over. What happened before the clock began took no time.
    fn over(&mut self, from: Timestamp, to: Timestamp) {
        self.all.push(to.duration_since(from).max(SignedDuration::ZERO));
    }

    /// Something that is not over: it counts once it has taken longer than the target, since until then nobody knows.
    fn running(&mut self, from: Timestamp, until: Timestamp, target_seconds: u32) {
        let so_far = until.duration_since(from);
        if so_far > SignedDuration::from_secs(i64::from(target_seconds)) {
            self.all.push(so_far);
            self.running += 1;
        }
    }

    fn timing(mut self, target_seconds: u32) -> Timing {
        self.all.sort_unstable();
        let target = SignedDuration::from_secs(i64::from(target_seconds));
        let within = self.all.iter().filter(|took| **took <= target).count() as u64;
        let count = self.all.len() as u64;
        // The nearest rank: the least that at least that many of a hundred do not exceed.
        let rank = |percent: usize| {
            let place = (self.all.len() * percent).div_ceil(100).checked_sub(1)?;
            self.all.get(place).map(SignedDuration::as_secs_f64)
        };
        Timing {
            count,
            within,
            share_within: (count > 0).then(|| share::interval(within, count)),
            p50_seconds: rank(50),
            p95_seconds: rank(95),
            longest_seconds: rank(100),
            running: self.running,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-03-02T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    /// An offer to one agent of a lead that came at 0: decided, begun, acted and ended at these seconds.
    fn offered(
        number: u128,
        decided: i64,
        begins: i64,
        acted: Option<i64>,
        ended: Option<(i64, &str)>,
    ) -> StoredOffer {
        StoredOffer {
            id: Ulid::from_parts(1, number),
            contact: PersonId::from(Ulid::from_parts(2, number)),
            agent: Some(Ulid::from_parts(3, number % 2)),
            rule: None,
            arrived_at: Some(at(0)),
            decided_at: at(decided),
            begins_at: Some(at(begins)),
            due_at: None,
            next_at: None,
            steps: 0,
            acted_at: acted.map(at),
            ended_at: ended.map(|(when, _)| at(when)),
            ended: ended.map(|(_, how)| how.to_owned()),
            shares: "[]".to_owned(),
            document: Vec::new(),
        }
    }

    #[test]
    fn the_95th_of_a_hundred_is_told_and_what_is_not_over_counts_as_far_as_it_got() {
        let mut offers: Vec<StoredOffer> =
            (1..=95).map(|n| offered(n, 2, 2, Some(2 + i64::try_from(n).unwrap() / 2), None)).collect();
        offers.extend((96..=99).map(|n| offered(n, 2, 2, None, Some((902, "passed_on")))));
        offers.push(offered(100, 2, 2, None, None));
        // One that nobody is late with yet, and one that was answered before the hour at which the clock began.
        offers.push(offered(101, 2, 4_990, None, None));
        offers.push(offered(102, 2, 5_000, Some(60), None));
        let report = speed(&offers, at(0), 60, at(5_000));
        let action = report.first_action;
        assert_eq!((action.count, action.within, action.running), (101, 96, 5));
        assert_eq!((action.p50_seconds, action.p95_seconds), (Some(25.0), Some(47.0)));
        assert_eq!(action.longest_seconds, Some(4_998.0));
        assert!(action.share_within.is_some_and(|share| share.lower > 0.85 && share.upper < 1.0));
        assert_eq!((report.offered.count, report.offered.p95_seconds), (102, Some(2.0)));
        assert_eq!(report.by_agent.values().map(|timing| timing.count).sum::<u64>(), action.count);
        // The next five late ones, and 95 of 100 are no longer in time.
        offers.extend((103..=108).map(|n| offered(n, 2, 2, None, Some((902, "passed_on")))));
        assert_eq!(speed(&offers, at(0), 60, at(5_000)).first_action.p95_seconds, Some(900.0));
    }

    #[test]
    fn a_lead_that_is_passed_on_arrived_once_and_one_of_the_past_never() {
        let mut passed = offered(1, 2, 2, None, Some((902, "passed_on")));
        let mut next = offered(2, 902, 902, Some(910), None);
        (next.contact, next.arrived_at) = (passed.contact, None);
        let report = speed(&[passed.clone(), next], at(0), 60, at(1_000));
        assert_eq!((report.offered.count, report.first_action.count), (1, 2));
        passed.arrived_at = None;
        let report = speed(&[passed], at(0), 60, at(1_000));
        assert_eq!((report.offered.count, report.offered.p95_seconds), (0, None));
    }
}
