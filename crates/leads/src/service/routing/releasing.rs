//! Who no longer takes part in a market holds none of its leads that wait for a first word: they are offered to the others.

use std::collections::BTreeSet;

use audit::NewEntry;
use boxed::boxed;
use contacts::ContactsError;
use kernel::{Moment, PersonId, Ulid};
use markets::{Market, PersonKeys};
use serde::Serialize;
use store::{Tx, trail};

use super::LOCK;
use crate::{
    Leads, LeadsError,
    records::{
        agent,
        offer::{self, StoredOffer},
    },
    service::ledger,
};

/// Offers that are taken back in one transaction: what may hold up others.
const AT_ONCE: usize = 200;

/// What came of taking people off the roster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dismissed {
    /// Who was on it.
    pub agents: Vec<Ulid>,
    /// Leads that nobody has any more and that are to be offered anew.
    pub released: Vec<PersonId>,
}

impl Dismissed {
    /// Whether nothing changed.
    pub fn is_nothing(&self) -> bool {
        self.agents.is_empty() && self.released.is_empty()
    }
}

#[boxed]
impl Leads {
    /// Who is on the market's roster, by identifier.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn roster(&self, market: &Market) -> Result<Vec<Ulid>, LeadsError> {
        Ok(agent::agents(market.db()).await?.into_iter().map(|stored| stored.agent).collect())
    }

    /// [Dismisses](Leads::dismiss) everybody on the roster who is not among `able`.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn dismiss_others(
        &self,
        market: &Market,
        able: &BTreeSet<Ulid>,
        at: &Moment,
    ) -> Result<Dismissed, LeadsError> {
        let mut dismissed = Dismissed::default();
        for agent in self.roster(market).await? {
            if !able.contains(&agent) {
                let one = self.dismiss(market, agent, at).await?;
                dismissed.agents.extend(one.agents);
                dismissed.released.extend(one.released);
            }
        }
        Ok(dismissed)
    }

    /// Takes somebody who left the market off the roster, and takes back what they were offered and have not acted on.
    /// Leads that they worked on stay with them until somebody gives them to another.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn dismiss(&self, market: &Market, agent: Ulid, at: &Moment) -> Result<Dismissed, LeadsError> {
        let mut dismissed = Dismissed::default();
        loop {
            let offers = offer::unacted_of(market.db(), agent, AT_ONCE).await?;
            let contacts: Vec<PersonId> = offers.iter().map(|offer| offer.contact).collect();
            let keys = market.person_keys(&contacts).await?;
            let mut tx = market.db().begin().await?;
            tx.one_at_a_time(LOCK).await?;
            // First of all: from here on nothing more is offered to them.
            let was_on_roster = agent::remove_agent(&mut tx, agent).await?;
            if was_on_roster {
                let entry = NewEntry::new(at.at(), &at.actor, "lead.agent_removed", &format!("user:{agent}"));
                trail::append(&mut tx, entry.with("reason", "left"));
                dismissed.agents.push(agent);
            }
            let mut released = Vec::new();
            for offer in &offers {
                if self.release(&mut tx, market, &keys, offer, agent, at).await? {
                    released.push(offer.contact);
                }
            }
            if was_on_roster || !released.is_empty() {
                tx.commit().await?;
            }
            dismissed.released.extend(released);
            // Until they were off the roster, another lead may have been offered to them since it was looked.
            if !was_on_roster && offers.len() < AT_ONCE {
                return Ok(dismissed);
            }
        }
    }

    /// Takes one offer back, unless somebody acted on it or took the lead meanwhile; whether it did.
    async fn release(
        &self,
        tx: &mut Tx,
        market: &Market,
        keys: &PersonKeys,
        offered: &StoredOffer,
        agent: Ulid,
        at: &Moment,
    ) -> Result<bool, LeadsError> {
        let contact = offered.contact;
        // What is told of each is told apart by chance.
        let at = &Moment { entropy: market.chance().number(), ..at.clone() };
        let current = offer::current(&mut *tx, contact).await?;
        if !current.is_some_and(|now| now.id == offered.id && now.acted_at.is_none()) {
            return Ok(false);
        }
        offer::end(tx, offered.id, "released", at.at()).await?;
        let entry = ledger::noted(at, "lead.released", contact).with("offer", offered.id);
        trail::append(tx, entry.with("agent", format!("user:{agent}")));
        let is_theirs = offer::open(tx, contact).await?.is_some_and(|lead| lead.assignee == Some(agent));
        // Who is being erased is given to nobody any more.
        if let Some(key) = keys.get(contact).filter(|_| is_theirs) {
            match self.contacts.assign_in(tx, market, key, contact, None, at).await {
                Ok(_) | Err(ContactsError::Unknown(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}
