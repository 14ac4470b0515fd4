use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use contacts::Past;
use kernel::{MarketId, Moment};
use markets::{Market, StageKind};

use super::{
    timeline::{ids, stored},
    witness::remembered,
};
use crate::{
    Leads, LeadsError,
    records::{
        self,
        lead::{self, NewLead},
    },
};

/// Contacts whose leads are made in one transaction.
const ADOPTED_AT_ONCE: usize = 250;

/// Databases of markets in which every contact was seen to have a lead, with their generation: an import or a restore
/// may bring some without.
#[derive(Clone, Default)]
pub(crate) struct Adopted(Arc<Mutex<HashSet<(MarketId, u32)>>>);

impl Leads {
    /// Makes leads of contacts that came before leads were listened to; whether there are more of them.
    pub(super) async fn adopt(&self, market: &Market, at: &Moment) -> Result<bool, LeadsError> {
        let this = (market.id(), market.record().generation);
        if self.adopted.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&this) {
            return Ok(false);
        }
        let orphans = lead::without(market.db(), ADOPTED_AT_ONCE).await?;
        let keys = market.person_keys(&orphans).await?;
        let pipelines = market.pipelines().await?;
        let mut ids = ids(market, at);
        let (mut leads, mut rows, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        for past in self.contacts.pasts(market, &orphans).await? {
            let (pipeline, stage, since) = &past.stage;
            // Without a key the person is being erased: a bare row keeps them from being asked for again.
            let kind = match keys.get(past.contact) {
                Some(key) => {
                    let entries = remembered(&past, &pipelines);
                    rows.extend(stored(market, key, past.contact, entries, &mut ids)?);
                    Past::place(&pipelines, pipeline, stage).kind
                }
                None => StageKind::Lost,
            };
            let (arrived_at, assignee) = (past.created_at, past.assignee);
            leads.push(NewLead { arrived_at, assignee, ..NewLead::open(past.contact, at.at()) });
            if kind != StageKind::Open {
                ended.push((past.contact, *since));
            }
        }
        if !leads.is_empty() {
            let mut tx = market.db().begin().await?;
            lead::add(&mut tx, leads).await?;
            lead::whole(&mut tx, &orphans).await?;
            for (contact, since) in ended {
                lead::close(&mut tx, contact, since).await?;
            }
            records::timeline::add(&mut tx, rows).await?;
            tx.commit().await?;
        }
        if orphans.len() < ADOPTED_AT_ONCE {
            self.adopted.0.lock().unwrap_or_else(PoisonError::into_inner).insert(this);
            return Ok(false);
        }
        Ok(true)
    }
}
