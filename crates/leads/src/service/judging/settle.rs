use std::collections::HashMap;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use markets::Market;

use crate::{
    Leads, LeadsError,
    features::{Label, Target},
    learning::Kind,
    policy::LeadPolicy,
    records::{
        self,
        ledger::{Due, Settled},
    },
    service::{models, training},
    timeline::Timeline,
};

/// Predictions whose ends are read in one transaction.
const AT_ONCE: usize = 2_000;

impl Leads {
    /// Reads the ends of predictions whose time is over; how many.
    pub(super) async fn read_ends(
        &self,
        market: &Market,
        kind: Kind,
        policy: &LeadPolicy,
        now: Timestamp,
    ) -> Result<u64, LeadsError> {
        let question = models::question(policy, kind);
        let mut settled = 0;
        loop {
            let due = records::ledger::due(market.db(), kind, &question, now, AT_ONCE).await?;
            if due.is_empty() {
                return Ok(settled);
            }
            let mut contacts: Vec<PersonId> = due.iter().map(|due| due.contact).collect();
            contacts.sort_unstable();
            contacts.dedup();
            let lives: HashMap<PersonId, Timeline> =
                training::lives_of(market, &contacts).await?.into_iter().collect();
            let read: Vec<(Ulid, Settled)> = due
                .iter()
                .map(|due| {
                    let end = lives.get(&due.contact).map_or(Settled::Unasked, |life| match kind {
                        Kind::Goal => end(life, policy.goal(), due, policy, now),
                        Kind::Cold => end(life, policy.cold(), due, policy, now),
                    });
                    (due.id, end)
                })
                .collect();
            let mut tx = market.db().begin().await?;
            settled += records::ledger::settle(&mut tx, &read).await?;
            tx.commit().await?;
        }
    }
}

/// What became of a prediction. One that had nothing to foresee, as was known then or is known now, counts for nothing.
fn end(life: &Timeline, target: &impl Target, due: &Due, policy: &LeadPolicy, now: Timestamp) -> Settled {
    if !target.is_asked(life, due.at) {
        return Settled::Unasked;
    }
    match target.label(life, due.at, now, policy.delay()) {
        Label::Reached(at) => Settled::Reached(at),
        Label::Missed => Settled::Missed,
        Label::Open => Settled::Unasked,
    }
}
