//! Offering leads: each decision, the turn that it costs, the assignment and the word to others in one transaction.
//!
//! Routers take turns per market ([`LOCK`]): two at once never offer one lead twice, nor count a turn twice.

mod clock;
mod escalating;
mod keeping;
mod releasing;
mod telling;

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use boxed::boxed;
use contacts::{Contact, ContactsError, Sight};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Moment, PersonId, Ulid};
use markets::{Market, PersonKeys, Pipeline, SealingKey};
use serde::Serialize;
use store::{Tx, trail};

pub(crate) use self::clock::{acted_in, assigned_in, closed_in};
use self::keeping::{add, arrival, chosen, postpone, wanted_in};
pub(crate) use self::keeping::{open_wanted, opened};
pub use self::releasing::Dismissed;
pub use self::telling::{RouteTelling, RouteWitness, Routed, RoutedWhat};
use super::{
    agents,
    compliance::market_hours,
    ledger, policy,
    timeline::{micros, timelines},
};
use crate::{
    Channel, Leads, LeadsError, State,
    calling_hours::CallingHours,
    gate::{Facts, Gate, MarketHours, Place, Purpose},
    records::{
        agent,
        offer::{self, Open, StoredOffer},
    },
    routing::{Agent, Decision, Due, Policy, Router, Wanted},
    timeline::Timeline,
    wording::Rules,
};

/// Who routes takes turns by this name.
pub(super) const LOCK: &str = "lead routing";

/// When a lead that nobody can take is looked at again, where no agent's hours say when.
const RETRY: SignedDuration = SignedDuration::from_mins(15);

/// When nobody could take so many leads in one call, the others are not tried: most likely nobody can take them either. A
/// judgement.
const UNTAKEN_MAX: u64 = 25;

/// Who hears of routes.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    witnesses: Arc<RwLock<Vec<Arc<dyn RouteWitness>>>>,
}

/// What [`Leads::route_due`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoutedReport {
    /// Leads that were offered to somebody for the first time.
    pub offered: u64,
    /// Leads that nobody could take now.
    pub untaken: u64,
    /// Leads that were offered to the next agent, since nobody had acted.
    pub passed_on: u64,
    /// Agents who were told again.
    pub reminded: u64,
    /// Leads of which a manager was told.
    pub managers_told: u64,
    /// Leads of which it turned out that somebody had acted.
    pub acted: u64,
    /// Leads that could not be given to anybody for a reason of their own.
    pub refused: u64,
    /// Whose offers changed.
    pub touched: Vec<PersonId>,
    /// Whether there is more to do now.
    pub more: bool,
    /// When there is something to do next, as far as that is known.
    pub next: Option<Timestamp>,
}

/// What a transaction needs of the lead that it offers.
struct Case<'a> {
    market: &'a Market,
    key: &'a SealingKey,
    person: &'a Contact,
    timeline: &'a Timeline,
    pipelines: &'a [Pipeline],
    policy: &'a Policy,
    gate: Gate<'a>,
    hours: &'a MarketHours,
    at: Moment,
}

#[boxed]
impl Leads {
    /// Tells `witness` of every offer from now on, in the transaction of the offer.
    pub fn add_route_witness(&self, witness: Arc<dyn RouteWitness>) {
        self.routes.witnesses.write().unwrap_or_else(PoisonError::into_inner).push(witness);
    }

    /// Offers what is to be offered, at most `limit` leads: first what an agent has not acted on and what nobody could take
    /// before, then scored leads that nobody has, the best first.
    ///
    /// # Errors
    /// When the market fails. What concerns one lead alone is counted and logged, and holds back no other.
    pub async fn route_due(
        &self,
        market: &Market,
        now: Timestamp,
        limit: usize,
    ) -> Result<RoutedReport, LeadsError> {
        let now = micros(now);
        let mut report = RoutedReport::default();
        let due = offer::due(market.db(), now, limit).await?;
        let nobody = agent::agents(market.db()).await?.is_empty();
        let room = if nobody { 0 } else { limit.saturating_sub(due.len()) };
        let fresh = offer::unoffered(market.db(), room).await?;
        report.more = limit > 0 && due.len() + fresh.len() >= limit;
        let held: BTreeSet<PersonId> =
            due.iter().filter(|offer| offer.agent.is_some()).map(|offer| offer.contact).collect();
        let contacts: Vec<PersonId> = due.iter().map(|offer| offer.contact).chain(fresh).collect();
        let is_cut = self.route(market, &contacts, &held, nobody, now, &mut report).await?;
        report.next = offer::next_due(market.db()).await?;
        if is_cut {
            let wait = now + RETRY;
            report.more = false;
            report.next = report.next.map(|next| if next <= now { wait } else { next.min(wait) });
        }
        Ok(report)
    }

    /// Routes these; whether some were not tried, since nobody could have taken them.
    async fn route(
        &self,
        market: &Market,
        contacts: &[PersonId],
        held: &BTreeSet<PersonId>,
        nobody: bool,
        now: Timestamp,
        report: &mut RoutedReport,
    ) -> Result<bool, LeadsError> {
        let mut is_cut = false;
        if contacts.is_empty() {
            return Ok(is_cut);
        }
        let own = policy::current(self, market).await?.policy;
        let hours = market_hours(market, &market.policy().await?);
        let people = self.contacts.many(market, Sight::All, contacts).await?;
        let keys: PersonKeys = market.person_keys(contacts).await?;
        let timelines = timelines(market, &keys, contacts).await?;
        let pipelines = market.pipelines().await?;
        let untold = Timeline::default();
        for person in &people {
            // Who is being erased is nobody's lead.
            let Some(key) = keys.get(person.id) else { continue };
            if !held.contains(&person.id) && (nobody || report.untaken >= UNTAKEN_MAX) {
                is_cut = true;
                continue;
            }
            let timeline = timelines.get(&person.id).unwrap_or(&untold);
            let gate = Gate { policy: own.gate(), hours: CallingHours::shipped(), rules: Rules::shipped() };
            let actor = Actor::new("routing");
            let at = Moment { now, actor, entropy: market.chance().number() };
            let (policy, pipelines, hours) = (own.routing(), &pipelines, &hours);
            let case = Case { market, key, person, timeline, pipelines, policy, gate, hours, at };
            match self.route_one(&case, report).await {
                Ok(()) => {}
                Err(LeadsError::Contacts(ContactsError::Suppressed)) => {
                    postpone(&case).await?;
                    report.refused += 1;
                }
                Err(LeadsError::Unknown(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(is_cut)
    }

    /// One lead, in one transaction: offered, passed on, reminded of, or left alone.
    async fn route_one(&self, case: &Case<'_>, report: &mut RoutedReport) -> Result<(), LeadsError> {
        let (market, contact, now) = (case.market, case.person.id, case.at.at());
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time(LOCK).await?;
        let current = offer::current(&mut tx, contact).await?;
        match current {
            Some(current) if current.agent.is_some() => {
                if current.acted_at.is_some() || current.next_at.is_none_or(|next| next > now) {
                    return Ok(());
                }
                if offer::open(&mut tx, contact).await?.is_none() {
                    offer::end(&mut tx, current.id, "closed", now).await?;
                } else if let Some(acted) = clock::first_action(case.timeline, current.decided_at) {
                    offer::act(&mut tx, contact, micros(acted)).await?;
                    report.acted += 1;
                } else {
                    self.escalate(&mut tx, case, current, report).await?;
                }
            }
            untaken => {
                let open = offer::open(&mut tx, contact).await?;
                let Some(lead) = open.filter(|lead| lead.assignee.is_none()) else {
                    if let Some(untaken) = untaken {
                        offer::end(&mut tx, untaken.id, "withdrawn", now).await?;
                        tx.commit().await?;
                    }
                    return Ok(());
                };
                self.offer(&mut tx, case, &lead, untaken, report).await?;
            }
        }
        tx.commit().await?;
        report.touched.push(contact);
        Ok(())
    }

    /// Offers a lead that nobody has.
    async fn offer(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        lead: &Open,
        untaken: Option<StoredOffer>,
        report: &mut RoutedReport,
    ) -> Result<(), LeadsError> {
        let now = case.at.at();
        let wanted = wanted_in(tx, case, lead.source.as_deref()).await?;
        let decision = self.decide(tx, case, &wanted, &[]).await?;
        let Some(agent) = chosen(&decision)? else {
            let next = decision.due.begins.filter(|begins| *begins > now);
            let next = micros(next.unwrap_or(now + RETRY));
            report.untaken += 1;
            return match untaken {
                Some(untaken) => Ok(offer::step(tx, untaken.id, untaken.steps, Some(next)).await?),
                None => {
                    let arrived = arrival(case.person, lead, None);
                    let entry = ledger::noted(&case.at, "lead.untaken", case.person.id);
                    add(tx, case, &decision, None, arrived, Some(next)).await?;
                    trail::append(tx, entry);
                    Ok(())
                }
            };
        };
        if let Some(untaken) = &untaken {
            offer::end(tx, untaken.id, "taken", now).await?;
        }
        let arrived = arrival(case.person, lead, untaken.as_ref());
        let id = add(tx, case, &decision, Some(agent), arrived, None).await?;
        let reason = decision.to_string();
        let what = RoutedWhat::Offered { agent, reason: &reason, due: &decision.due };
        self.given(tx, case, id, agent, what).await?;
        report.offered += 1;
        Ok(())
    }

    /// Whose turn it is, with the turn taken and the clock of whoever is chosen.
    async fn decide(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        wanted: &Wanted,
        had_it: &[String],
    ) -> Result<Decision, LeadsError> {
        let agents = agents::roster(tx, case.market, case.at.at()).await?;
        let before = agent::credit(&mut *tx).await?;
        let mut router = Router::resume(case.policy.clone(), before.clone());
        let had_it: Vec<&str> = had_it.iter().map(String::as_str).collect();
        let lead = case.person.id.to_string();
        let mut decision = router.route_again(&lead, wanted, &agents, &had_it, case.at.at());
        let chosen = agents.iter().find(|agent| decision.agent.as_ref() == Some(&agent.id));
        if let Some(agent) = chosen {
            decision.due = self.clock(case, agent, decision.due.begins);
        }
        // A turn counts only where somebody is given the lead.
        if decision.agent.is_some() {
            let changed = |(agent, credit): (&String, &i64)| {
                (before.get(agent) != Some(credit)).then(|| (agent.clone(), *credit))
            };
            agent::put_credit(tx, router.credit().iter().filter_map(changed).collect()).await?;
        }
        Ok(decision)
    }

    /// Assigns the contact, and tells of it.
    async fn given(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        offer: Ulid,
        agent: Ulid,
        what: RoutedWhat<'_>,
    ) -> Result<(), LeadsError> {
        let (market, key) = (case.market, case.key);
        self.contacts.assign_in(tx, market, key, case.person.id, Some(agent), &case.at).await?;
        self.told(tx, case, offer, what).await
    }

    /// The clock of an offer: it begins when the agent is there and the person may be called, both at once.
    fn clock(&self, case: &Case<'_>, agent: &Agent, begins: Option<Timestamp>) -> Due {
        let personal = &case.person.personal;
        let facts = Facts {
            place: Place {
                address: personal.address.as_deref().and_then(State::in_address),
                number: personal.phone.clone(),
            },
            market_hours: Some(case.hours.clone()),
            ..Facts::unknown(case.at.at(), Channel::Voice, Purpose::Marketing)
        };
        // Where nobody knows the hour, the clock runs: the gate has the last word on each call.
        let allowed = |at| case.gate.next_hour(&facts, at).unwrap_or(at);
        case.policy.clock().due(begins.map(|begins| clock::common(begins, allowed, |at| agent.next_free(at))))
    }
}
