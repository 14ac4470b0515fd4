//! Who hears of offers: witnesses in the transaction, the audit trail, and other systems through the market's outbox.

use std::{future::Future, pin::Pin, sync::PoisonError};

use kernel::{Moment, PersonId, Ulid};
use markets::{Market, SealingKey};
use serde_json::json;
use store::{StoreError, Tx, trail};

use super::Case;
use crate::{
    Leads, LeadsError,
    routing::Due,
    service::{ledger, outward},
};

/// The answer of a [`RouteWitness`].
pub type RouteTelling<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// Who has to hear of offers: in the transaction that makes them, so that both happen or neither.
pub trait RouteWitness: Send + Sync {
    /// Something became of a lead.
    fn routed<'a>(&'a self, tx: &'a mut Tx, told: &'a Routed<'a>) -> RouteTelling<'a>;
}

/// What a [`RouteWitness`] is told.
#[derive(Clone, Copy)]
pub struct Routed<'a> {
    /// Where.
    pub market: &'a Market,
    /// The person's key: what is kept of them is sealed under it.
    pub key: &'a SealingKey,
    /// Of whom.
    pub contact: PersonId,
    /// Which offer.
    pub offer: Ulid,
    /// What.
    pub what: RoutedWhat<'a>,
    /// When, by whom.
    pub at: &'a Moment,
}

/// What became of a lead. Agents are users of the hub.
#[derive(Clone, Copy, Debug)]
pub enum RoutedWhat<'a> {
    /// It was offered to somebody.
    Offered {
        /// To whom.
        agent: Ulid,
        /// Why, in a sentence.
        reason: &'a str,
        /// Until when somebody has to act.
        due: &'a Due,
    },
    /// Whoever has it has not acted, and is told again.
    Reminded {
        /// Who.
        agent: Ulid,
    },
    /// Whoever had it has not acted; the next one has it now.
    PassedOn {
        /// Who had it.
        from: Ulid,
        /// Who has it.
        to: Ulid,
        /// Why, in a sentence.
        reason: &'a str,
        /// Until when they have to act.
        due: &'a Due,
    },
    /// Whoever has it has not acted for so long that whoever leads the team is told.
    ManagerTold {
        /// Who has it.
        agent: Ulid,
    },
}

impl RoutedWhat<'_> {
    fn topic(&self) -> &'static str {
        match self {
            Self::Offered { .. } | Self::PassedOn { .. } => outward::OFFERED,
            Self::Reminded { .. } | Self::ManagerTold { .. } => outward::OVERDUE,
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Offered { .. } => "lead.offered",
            Self::PassedOn { .. } => "lead.passed_on",
            Self::Reminded { .. } => "lead.agent_reminded",
            Self::ManagerTold { .. } => "lead.manager_told",
        }
    }

    fn agent(&self) -> Ulid {
        match self {
            Self::Offered { agent, .. } | Self::Reminded { agent } | Self::ManagerTold { agent } => *agent,
            Self::PassedOn { to, .. } => *to,
        }
    }
}

impl Leads {
    /// Tells of what became of a lead.
    pub(super) async fn told(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        offer: Ulid,
        what: RoutedWhat<'_>,
    ) -> Result<(), LeadsError> {
        let (market, key, contact, at) = (case.market, case.key, case.person.id, &case.at);
        let mut entry = ledger::noted(at, what.action(), contact)
            .with("offer", offer)
            .with("agent", format!("user:{}", what.agent()));
        if let RoutedWhat::PassedOn { from, .. } = what {
            entry = entry.with("from", format!("user:{from}"));
        }
        trail::append(tx, entry);
        self.tell_others(tx, case, offer, what).await?;
        let told = Routed { market, key, contact, offer, what, at };
        let witnesses = self.routes.witnesses.read().unwrap_or_else(PoisonError::into_inner).clone();
        for witness in witnesses {
            witness.routed(tx, &told).await?;
        }
        Ok(())
    }

    async fn tell_others(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        offer: Ulid,
        what: RoutedWhat<'_>,
    ) -> Result<(), LeadsError> {
        let (reason, due) = match what {
            RoutedWhat::Offered { reason, due, .. } | RoutedWhat::PassedOn { reason, due, .. } => {
                (Some(reason), due.first_action)
            }
            RoutedWhat::Reminded { .. } | RoutedWhat::ManagerTold { .. } => (None, None),
        };
        let for_whom = match what {
            RoutedWhat::ManagerTold { .. } => "manager",
            _ => "agent",
        };
        let data = json!({
            "contact": case.person.id.to_string(),
            "offer": offer.to_string(),
            "agent": what.agent().to_string(),
            "for": for_whom,
            "reason": reason,
            "due": due.map(|due| due.to_string()),
        });
        let (market, key, contact) = (case.market, case.key, case.person.id);
        outward::tell(tx, market, key, contact, what.topic(), data, &case.at)
    }
}
