//! The growth team's use cases, where the pure modules meet the records.
//!
//! **Flow.** A use case loads in few queries, calls pure functions, saves in one transaction together with one
//! entry of the activity log, and only then tells [`Growth::events`]. Questions are answered from a [`Board`]:
//! one snapshot under one policy, kept in memory for as long as nothing changed.
//!
//! **Invariants.** Time, chance and actor come in as a [`Moment`]. Snapshots and assessments are written once.
//! The same change again is done once. No formula lives here.
//!
//! **To add a use case**: a method in the file of its subject below `service/`, its error in [`GrowthError`],
//! its kind in [`crate::activity::ActivityKind`], a sentence in `tests/service.rs`.

mod board;
mod error;
mod forecasting;
mod importing;
mod measuring;
mod outcomes;
mod plans;
mod policies;
mod propositions;
mod team;

use std::sync::Arc;

use audit::NewEntry;
use boxed::boxed;
use kernel::{Actor, Ulid};
use store::{Db, Tx, trail};
use tokio::sync::{Mutex, broadcast};

use self::board::Shelf;
pub use self::{
    board::{Board, BoardQuery, SnapshotMovement},
    error::GrowthError,
    importing::NewSnapshot,
    measuring::BacktestRequest,
    outcomes::NewOutcome,
    plans::PlanRequest,
};
use crate::{
    Moment,
    activity::{ActivityKind, GrowthEvent},
    policy::{FRAMEWORK_TOML, LEGACY_TOML, Policy},
    projection::Memo,
    records,
};

/// Events that a slow listener may lag behind before it misses some (it is told so, and reloads).
const EVENTS_KEPT: usize = 256;
/// Most entries of the activity log in one answer.
const ACTIVITY_MAX: usize = 500;

/// The use cases. Cheap to clone; all clones share one cache and one stream of events.
#[derive(Clone)]
pub struct Growth {
    db: Db,
    events: broadcast::Sender<GrowthEvent>,
    told: Arc<Mutex<i64>>,
    boards: Arc<Mutex<Shelf>>,
    projections: Arc<Memo>,
}

#[boxed]
impl Growth {
    /// Opens the growth records in `db`, bringing tables and shipped policies up to date.
    ///
    /// # Errors
    /// When the database fails or belongs to a newer program.
    pub async fn open(db: Db) -> Result<Self, GrowthError> {
        db.migrate(&records::SCHEMA).await?;
        db.migrate(&trail::SCHEMA.migrations).await?;
        let mut tx = db.begin().await?;
        for (text, policy) in [(FRAMEWORK_TOML, Policy::framework()), (LEGACY_TOML, Policy::legacy())] {
            records::add_policy(&mut tx, policy.key(), text, "Ships with the product.", None).await?;
        }
        tx.commit().await?;
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let told = Arc::new(Mutex::new(records::revision(&db).await?));
        let boards = Arc::new(Mutex::new(Shelf::default()));
        Ok(Self { db, events, told, boards, projections: Arc::default() })
    }

    /// Every change from now on; see [`Growth::catch_up`] for those of other processes.
    pub fn events(&self) -> broadcast::Receiver<GrowthEvent> {
        self.events.subscribe()
    }

    /// What happened lately, by any process, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn activity(&self, limit: usize) -> Result<Vec<GrowthEvent>, GrowthError> {
        Ok(records::recent_activity(&self.db, limit.min(ACTIVITY_MAX)).await?)
    }

    /// What happened to one subject (a client's, snapshot's, plan's identifier), the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn activity_of(&self, subject: &str, limit: usize) -> Result<Vec<GrowthEvent>, GrowthError> {
        Ok(records::activity_of(&self.db, subject, limit.min(ACTIVITY_MAX)).await?)
    }

    /// A number that differs whenever anything changed, also by another process: for "is my page still true?".
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revision(&self) -> Result<i64, GrowthError> {
        Ok(records::revision(&self.db).await?)
    }

    /// Tells [`Growth::events`] what was logged since the last time, also by other processes on the same
    /// database. Every change of this process does so by itself; a server calls it now and then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn catch_up(&self) -> Result<(), GrowthError> {
        // Held throughout, so that events go out once and in the log's order.
        let mut told = self.told.lock().await;
        for (sequence, event) in records::activity_after(&self.db, *told).await? {
            *told = sequence;
            // An error only means that nobody listens.
            let _ = self.events.send(event);
        }
        Ok(())
    }

    /// Ends a use case: logs what happened, appends it to the hub's audit trail, commits, and tells whoever
    /// listens.
    async fn finish(&self, mut tx: Tx, change: Change) -> Result<(), GrowthError> {
        records::log(&mut tx, &change.event).await?;
        trail::append(&mut tx, change.trail_entry());
        tx.commit().await?;
        if let Err(error) = self.catch_up().await {
            // The change is durable: only the news of it waits for the next one.
            tracing::warn!(%error, "a change was saved but not told to listeners");
        }
        Ok(())
    }
}

/// What a use case changed, for the activity log and for the trail.
struct Change {
    event: GrowthEvent,
    actor: Actor,
}

impl Change {
    /// The entry of the hub's trail: what and by whom, without the sentence, which is for people.
    fn trail_entry(&self) -> NewEntry {
        let GrowthEvent { id, at, kind, subject, .. } = &self.event;
        let subject = match kind {
            ActivityKind::SnapshotImported => format!("snapshot:{subject}"),
            ActivityKind::PolicySaved | ActivityKind::PolicyActivated => format!("policy:{subject}"),
            ActivityKind::SettingsSaved => format!("growth:{subject}"),
            ActivityKind::OwnerSaved => format!("owner:{subject}"),
            ActivityKind::PlanMade => format!("plan:{subject}"),
            ActivityKind::ActionChanged
            | ActivityKind::OutcomeRecorded
            | ActivityKind::OutcomeWithdrawn
            | ActivityKind::PropositionDrafted
            | ActivityKind::PropositionEdited
            | ActivityKind::PropositionSent => format!("client:{subject}"),
        };
        NewEntry::new(*at, &self.actor, &format!("growth.{}", kind.id()), &subject).with("activity", id)
    }
}

/// A change by `at.actor`.
fn event(id: Ulid, at: &Moment, kind: ActivityKind, subject: impl ToString, sentence: String) -> Change {
    let (actor, subject) = (at.actor.as_str().to_owned(), subject.to_string());
    let event = GrowthEvent { id, at: at.at(), actor, kind, subject, sentence };
    Change { event, actor: at.actor.clone() }
}
