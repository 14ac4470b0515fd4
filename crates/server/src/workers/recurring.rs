use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;
use store::{
    StoreError,
    jobs::{self, Job, NewJob},
    queue::{Backoff, Payload, Worker},
};

use super::{upkeep, wait};
use crate::{app::AppState, problem::Problem};

/// How often a node looks for chores that are due.
const LOOK: Duration = Duration::from_secs(15);
/// How long a chore belongs to its node when nothing is heard of it.
const LEASE: Duration = Duration::from_secs(60);
/// Why a chore was not done that is given back.
const STOPPED: &str = "the hub was stopped";

/// A chore of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Sessions and links that have ended, answers and queue entries that nobody needs any more.
    Tidy,
    /// Keys of days gone by, in every market.
    DayKeys,
    /// Erasures of persons that were cut short.
    Erasures,
    /// Signed checkpoints under the audit chains that grew.
    Checkpoints,
    /// Markets whose grace period is over.
    Purge,
    /// What became of scored leads, and what that says of the models.
    Models,
}

impl Chore {
    const ALL: [Self; 6] =
        [Self::Tidy, Self::DayKeys, Self::Erasures, Self::Checkpoints, Self::Purge, Self::Models];

    /// The kind of its job.
    fn id(self) -> &'static str {
        match self {
            Self::Tidy => "hub.tidy",
            Self::DayKeys => "hub.day_keys",
            Self::Erasures => "hub.erasures",
            Self::Checkpoints => "hub.checkpoints",
            Self::Purge => "hub.purge",
            Self::Models => "hub.models",
        }
    }

    fn every(self) -> Duration {
        match self {
            Self::Tidy | Self::Checkpoints | Self::Purge => Duration::from_secs(3600),
            Self::DayKeys => Duration::from_secs(6 * 3600),
            Self::Erasures => Duration::from_secs(600),
            Self::Models => Duration::from_secs(24 * 3600),
        }
    }

    /// Whether it may be left half done at once: each of its steps stands by itself, and the next run goes on from there.
    fn may_be_left(self) -> bool {
        matches!(self, Self::Models)
    }

    async fn run(self, state: &AppState) -> Result<(), Problem> {
        match self {
            Self::Tidy => upkeep::tidy(state).await,
            Self::DayKeys => upkeep::day_keys(state).await,
            Self::Erasures => upkeep::erasures(state).await,
            Self::Checkpoints => upkeep::checkpoints(state).await,
            Self::Purge => upkeep::purge(state).await,
            Self::Models => upkeep::models(state).await,
        }
    }
}

/// Does the hub's chores when they are due, until the hub stops.
pub async fn run(state: AppState) {
    let worker = Worker { owner: format!("node:{}", state.boot()), lease_for: LEASE };
    if let Err(error) = announce(&state).await {
        tracing::warn!(%error, "the hub's chores could not be planned: {error}");
    }
    loop {
        // A move or a restore whose process died keeps its market closed until somebody undoes it.
        if let Err(error) = state.markets().recover(&state.moment()).await {
            tracing::warn!(%error, "interrupted work could not be looked for: {error}");
        }
        if let Err(error) = look(&state, &worker).await {
            tracing::warn!(%error, "no chore could be looked for: {error}");
        }
        if !wait(&state, LOOK).await {
            return;
        }
    }
}

/// Makes sure that every chore has its job.
///
/// # Errors
/// When the database refuses.
async fn announce(state: &AppState) -> Result<(), StoreError> {
    let now = state.clock().now();
    let mut tx = state.db().begin().await?;
    for chore in Chore::ALL {
        let job = NewJob {
            id: Ulid::from_parts(now.as_millisecond().unsigned_abs(), state.entropy().number()),
            kind: chore.id().to_owned(),
            share: chore.id().to_owned(),
            unique_key: Some(chore.id().to_owned()),
            payload: Payload { bytes: Vec::new(), person: None },
            run_at: now,
            every: Some(chore.every()),
        };
        jobs::enqueue(&mut tx, job, now).await?;
    }
    tx.commit().await
}

/// Does what is due, one after the other.
async fn look(state: &AppState, worker: &Worker) -> Result<(), StoreError> {
    let due = jobs::lease(state.db(), worker, state.clock().now(), 1).await?;
    for job in due {
        do_one(state, worker, job).await?;
    }
    Ok(())
}

async fn do_one(state: &AppState, worker: &Worker, job: Job) -> Result<(), StoreError> {
    let Some(chore) = Chore::ALL.into_iter().find(|chore| chore.id() == job.kind) else {
        // Of a newer version that shares the database: its own nodes do it.
        let reason = "this version does not know the job";
        return give_back(state, &job, reason).await;
    };
    let started = state.clock().now();
    let work = chore.run(state);
    tokio::pin!(work);
    let mut lease = job.lease.clone();
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            // A model may take longer than a hub may take to stop: whoever is there next begins again.
            () = state.stopping(), if chore.may_be_left() => return give_back(state, &job, STOPPED).await,
            () = tokio::time::sleep(LEASE / 3) => {
                lease = jobs::heartbeat(state.db(), &lease, worker, state.clock().now()).await?;
            }
        }
    };
    let job = Job { lease, ..job };
    match outcome {
        // Markets may have been left out.
        Ok(()) if state.is_draining() => give_back(state, &job, STOPPED).await,
        Ok(()) => {
            let mut tx = state.db().begin().await?;
            jobs::complete(&mut tx, &job.lease, state.clock().now()).await?;
            tx.commit().await?;
            let took = state.clock().now().duration_since(started);
            tracing::debug!(chore = chore.id(), seconds = took.as_secs(), "chore done");
            Ok(())
        }
        Err(problem) => {
            tracing::warn!(chore = chore.id(), "a chore was not done: {}", problem.detail());
            give_back(state, &job, problem.detail()).await
        }
    }
}

async fn give_back(state: &AppState, job: &Job, reason: &str) -> Result<(), StoreError> {
    let chance = u64::from_be_bytes(state.entropy().bytes());
    let now = state.clock().now();
    jobs::fail(state.db(), &job.lease, reason, &Backoff::default(), now, chance).await.map(|_| ())
}

/// The instant `age` before `now`.
pub fn before(now: Timestamp, age: SignedDuration) -> Timestamp {
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}
