//! Read replicas of a PostgreSQL database: used while they keep up.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{Db, Query, StoreError};

/// How old the answer of a replica may be at most.
const BEHIND_MAX: Duration = Duration::from_secs(10);
/// How long a verdict on a replica is believed.
const VERDICT_FOR: Duration = Duration::from_secs(2);
/// How often, and how far apart, a replica is asked whether it has caught up.
const QUESTIONS: (u32, Duration) = (5, Duration::from_millis(40));
/// How long a replica has for all that.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// The replicas of one database, in turn.
#[derive(Default)]
pub(crate) struct Replicas {
    all: Vec<Replica>,
    turn: AtomicUsize,
}

struct Replica {
    db: Db,
    seen: Mutex<Seen>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    /// When it was asked last.
    asked: Option<Instant>,
    /// When it was last known to have everything that the primary had.
    level: Option<Instant>,
}

impl Replicas {
    pub(crate) fn new(urls: &[String], pool_size: u32) -> Result<Self, StoreError> {
        let all = urls.iter().map(|url| {
            let options: PgConnectOptions =
                url.parse().map_err(|error| crate::db::cannot_open("postgres://...", error))?;
            let options =
                options.application_name("enterprisehub").options([("default_transaction_read_only", "on")]);
            let pool = PgPoolOptions::new().max_connections(pool_size.max(1));
            let db = Db::postgres_lazy(options, pool, false, Self::default());
            Ok(Replica { db, seen: Mutex::default() })
        });
        Ok(Self { all: all.collect::<Result<_, StoreError>>()?, turn: AtomicUsize::default() })
    }

    /// The next one that keeps up with `primary`.
    pub(crate) async fn choose(&self, primary: &Db) -> Option<Db> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        for position in 0..self.all.len() {
            let replica = &self.all[first.wrapping_add(position) % self.all.len()];
            if replica.keeps_up(primary).await {
                return Some(replica.db.clone());
            }
        }
        None
    }

    pub(crate) async fn close(&self) {
        for replica in &self.all {
            // A replica has no replicas of its own.
            Box::pin(replica.db.close()).await;
        }
    }
}

impl Replica {
    async fn keeps_up(&self, primary: &Db) -> bool {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |level: Option<Instant>| level.is_some_and(|level| level.elapsed() <= BEHIND_MAX);
        if seen.asked.is_some_and(|asked| asked.elapsed() <= VERDICT_FOR) {
            return is_fresh(seen.level);
        }
        let asked = Instant::now();
        let verdict = tokio::time::timeout(PROBE_TIMEOUT, self.is_level_with(primary)).await;
        let level = match verdict {
            Ok(Ok(true)) => Some(asked),
            Ok(Ok(false)) => seen.level,
            // It does not answer, or is no replica.
            Ok(Err(_)) | Err(_) => None,
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen { asked: Some(asked), level };
        is_fresh(level)
    }

    /// Whether the replica shows everything that the primary has written by now, asked until it does or time is up.
    async fn is_level_with(&self, primary: &Db) -> Result<bool, StoreError> {
        let now = primary.one(Query::new("SELECT CAST(pg_current_wal_lsn() AS TEXT) AS position")).await?;
        let now = now.text("position")?;
        for _ in 0..QUESTIONS.0 {
            let query = Query::new(
                "SELECT pg_is_in_recovery() AS replays, \
                 COALESCE(pg_last_wal_replay_lsn() >= CAST(CAST(? AS TEXT) AS pg_lsn), FALSE) AS level",
            );
            let row = self.db.one(query.bind(&now)).await?;
            if !row.bool("replays")? {
                return Err(StoreError::NoRow("a replica replays".to_owned()));
            }
            if row.bool("level")? {
                return Ok(true);
            }
            tokio::time::sleep(QUESTIONS.1).await;
        }
        Ok(false)
    }
}
