//! The use cases, one file per subject below.
//!
//! A change checks and seals first, then opens its transaction: rows, audit entry and event are committed together.

mod change;
mod create;
mod erase;
mod find;
mod hold;
mod importing;
mod list;
mod notes;
mod suppress;
mod vault;

use std::sync::{Arc, PoisonError, RwLock};

use boxed::boxed;
use kernel::{Chance, PersonId};
use markets::{Market, Markets, Pipeline, SealingKey, StageKind};
use serde::Serialize;
use store::{Db, StoreError, Tx};

pub use self::{
    erase::{EraseReason, ErasureReceipt},
    find::{Past, PastMessage},
    importing::{IMPORT_ROWS_MAX, ImportReport},
    list::{ListQuery, PAGE_MAX, Page},
    suppress::{LeftAlone, Suppressed},
};
use crate::{Contact, ContactsError, Move, Place, Sight, Told, Witness, analytics, records};

/// The people of all markets of a hub. Cheap to clone; each use case names the [`Market`] it works in.
#[derive(Clone)]
pub struct Contacts {
    pub(crate) hub: Db,
    pub(crate) markets: Markets,
    pub(crate) chance: Chance,
    witnesses: Witnesses,
}

/// Who hears of changes; those who share it hear of the same.
#[derive(Clone, Default)]
struct Witnesses(Arc<RwLock<Vec<Arc<dyn Witness>>>>);

impl Witnesses {
    fn all(&self) -> Vec<Arc<dyn Witness>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Contacts in one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageCount {
    /// The pipeline's identifier.
    pub pipeline: String,
    /// The pipeline's name.
    pub pipeline_name: String,
    /// The stage's identifier.
    pub stage: String,
    /// The stage's name.
    pub stage_name: String,
    /// What it means to be there: `open`, `won` or `lost`.
    pub kind: &'static str,
    /// How many contacts are there.
    pub contacts: u64,
}

/// How many contacts a market has, without any person in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub contacts: u64,
    /// Those that nobody looks after.
    pub unassigned: u64,
    /// Per stage, in the order of the pipelines; stages without contacts included.
    pub stages: Vec<StageCount>,
}

#[boxed]
impl Contacts {
    /// Opens the contacts of a hub (`chance` is for noise): brings the analytics tables of the hub's database up to date, and takes part when a
    /// restored market must lose its erased persons again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(hub: Db, markets: Markets, chance: Chance) -> Result<Self, ContactsError> {
        hub.migrate(&analytics::SCHEMA).await?;
        let witnesses = Witnesses::default();
        markets.add_eraser(Arc::new(erase::ContactsEraser { witnesses: witnesses.clone() }));
        Ok(Self { hub, markets, chance, witnesses })
    }

    /// Tells `witness` of every change from now on, in the transaction of the change.
    pub fn add_witness(&self, witness: Arc<dyn Witness>) {
        self.witnesses.0.write().unwrap_or_else(PoisonError::into_inner).push(witness);
    }

    fn witnesses(&self) -> Vec<Arc<dyn Witness>> {
        self.witnesses.all()
    }

    /// Tells every witness of what happens in `tx`.
    pub(crate) async fn tell(&self, tx: &mut Tx, told: &[Told<'_>]) -> Result<(), StoreError> {
        for witness in self.witnesses() {
            witness.told_all(tx, told).await?;
        }
        Ok(())
    }

    /// One contact.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`] when it is not there or not in sight.
    pub async fn get(&self, market: &Market, sight: Sight, id: PersonId) -> Result<Contact, ContactsError> {
        let stored = records::contact(market.db(), sight, id).await?.ok_or(ContactsError::Unknown(id))?;
        let keys = market.person_keys(&[id]).await?;
        // Erasure destroys the key first: from then on nobody is there.
        let key = keys.get(id).ok_or(ContactsError::Unknown(id))?;
        vault::open(market, key, &stored)
    }

    /// [`Contacts::get`] as it is in the caller's transaction; `key` is the person's.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`] when it is not there or not in sight.
    pub async fn get_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        sight: Sight,
        id: PersonId,
    ) -> Result<Contact, ContactsError> {
        let stored = records::contact(tx, sight, id).await?.ok_or(ContactsError::Unknown(id))?;
        vault::open(market, key, &stored)
    }

    /// The stages a contact entered, the latest first.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`] when it is not there or not in sight.
    pub async fn moves(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
    ) -> Result<Vec<Move>, ContactsError> {
        records::contact(market.db(), sight, id).await?.ok_or(ContactsError::Unknown(id))?;
        Ok(records::person::moves(market.db(), id).await?)
    }

    /// How many there are, per stage: for those who may see figures and no persons.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&self, market: &Market) -> Result<Counts, ContactsError> {
        let counted = records::counts::by_stage(market.db()).await?;
        let unassigned = records::counts::unassigned(market.db()).await?;
        let contacts = counted.iter().map(|(_, _, contacts)| contacts).sum();
        let mut stages = Vec::new();
        for pipeline in market.pipelines().await? {
            for stage in &pipeline.stages {
                let here = |(in_pipeline, in_stage, _): &&(String, String, u64)| {
                    *in_pipeline == pipeline.id && *in_stage == stage.id
                };
                stages.push(StageCount {
                    pipeline: pipeline.id.clone(),
                    pipeline_name: pipeline.name.clone(),
                    stage: stage.id.clone(),
                    stage_name: stage.name.clone(),
                    kind: stage.kind.id(),
                    contacts: counted.iter().find(here).map_or(0, |(_, _, contacts)| *contacts),
                });
            }
        }
        Ok(Counts { contacts, unassigned, stages })
    }
}

/// The pipeline and stage that are asked for: by identifier or, for stages, by name in any case. Without a stage it
/// is the pipeline's first, without a pipeline the market's first one, or the one that alone has such a stage.
fn place<'a>(
    pipelines: &'a [Pipeline],
    pipeline: Option<&str>,
    stage: Option<&str>,
) -> Result<(&'a str, &'a str), (&'static str, String)> {
    let stage_of = |pipeline: &'a Pipeline| -> Option<&'a str> {
        let Some(wanted) = stage else { return pipeline.stages.first().map(|stage| stage.id.as_str()) };
        let same = |name: &str| name.to_lowercase() == wanted.to_lowercase();
        let found = pipeline.stages.iter().find(|stage| same(&stage.id) || same(&stage.name));
        found.map(|stage| stage.id.as_str())
    };
    let candidates: Vec<&Pipeline> = match pipeline {
        Some(wanted) => {
            let found = pipelines
                .iter()
                .filter(|pipeline| pipeline.id == wanted || pipeline.name.eq_ignore_ascii_case(wanted));
            let found: Vec<&Pipeline> = found.collect();
            if found.is_empty() {
                let known: Vec<&str> = pipelines.iter().map(|pipeline| pipeline.id.as_str()).collect();
                return Err(("pipeline", format!("there is no such pipeline: one of {}", known.join(", "))));
            }
            found
        }
        None => pipelines.iter().collect(),
    };
    let placed = candidates.iter().find_map(|pipeline| Some((pipeline.id.as_str(), stage_of(pipeline)?)));
    placed.ok_or_else(|| {
        let known: Vec<&str> = candidates
            .iter()
            .flat_map(|pipeline| pipeline.stages.iter().map(|stage| stage.id.as_str()))
            .collect();
        ("stage", format!("there is no such stage: one of {}", known.join(", ")))
    })
}

/// The place of a stage among those of its pipeline that are not lost; the first of one, and open, when the market does
/// not have it any more.
pub(crate) fn place_of<'a>(pipelines: &[Pipeline], pipeline: &'a str, stage: &'a str) -> Place<'a> {
    let short = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let stages = || {
        let of = pipelines.iter().filter(|known| known.id == pipeline);
        of.flat_map(|known| &known.stages).filter(|known| known.kind != StageKind::Lost)
    };
    Place {
        pipeline,
        stage,
        kind: kind_of(pipelines, pipeline, stage),
        place: short(stages().position(|known| known.id == stage).unwrap_or_default()),
        of: short(stages().count().max(1)),
    }
}

/// What it means to be in a stage; open when the market does not have it any more.
pub(crate) fn kind_of(pipelines: &[Pipeline], pipeline: &str, stage: &str) -> StageKind {
    let stages = pipelines.iter().filter(|known| known.id == pipeline).flat_map(|known| &known.stages);
    stages.into_iter().find(|known| known.id == stage).map_or(StageKind::Open, |known| known.kind)
}
