use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use audit::NewEntry;
use kernel::{MarketId, Moment};
use markets::{Market, StageKind};
use store::trail;

use crate::{
    Leads, LeadsError,
    records::{lead, offer},
};

/// A stage by its pipeline and its own name.
type Stage = (String, String);

/// The generation of a market's database, and the stages that ended the matter there.
type Meant = (u32, Vec<Stage>);

/// In which stages of each market the matter was ended when its leads were last held against them, with the generation of
/// its database.
#[derive(Clone, Default)]
pub(crate) struct Endings(Arc<Mutex<HashMap<MarketId, Meant>>>);

/// The stages of a market that end the matter.
pub(super) async fn ended(market: &Market) -> Result<Vec<Stage>, LeadsError> {
    let mut ended: Vec<Stage> = Vec::new();
    for pipeline in market.pipelines().await? {
        let stages = pipeline.stages.into_iter().filter(|stage| stage.kind != StageKind::Open);
        ended.extend(stages.map(|stage| (pipeline.id.clone(), stage.id)));
    }
    ended.sort_unstable();
    Ok(ended)
}

impl Leads {
    /// Ends leads whose stage has come to mean an end since they entered it, and opens those again whose stage means none any
    /// more. A move is heard of when it happens; that a stage is understood in another way is seen here.
    pub(super) async fn follow_stages(&self, market: &Market, at: &Moment) -> Result<(), LeadsError> {
        let this = (market.record().generation, ended(market).await?);
        if self.endings.0.lock().unwrap_or_else(PoisonError::into_inner).get(&market.id()) == Some(&this) {
            return Ok(());
        }
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead stages").await?;
        let (closed, reopened) = lead::follow_stages(&mut tx, &this.1, at.at()).await?;
        if closed > 0 {
            offer::end_of_closed(&mut tx, at.at()).await?;
        }
        if closed + reopened > 0 {
            let subject = format!("market:{}", market.id());
            let entry = NewEntry::new(at.at(), &at.actor, "leads.stages_followed", &subject);
            trail::append(&mut tx, entry.with("closed", closed).with("reopened", reopened));
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        self.endings.0.lock().unwrap_or_else(PoisonError::into_inner).insert(market.id(), this);
        Ok(())
    }
}
