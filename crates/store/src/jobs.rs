//! Jobs: work that outlives the request that asked for it, scheduled in the transaction of its cause.

use std::{collections::VecDeque, time::Duration};

use boxed::boxed;
use jiff::Timestamp;
use kernel::Ulid;

use crate::{
    Db, Kind, Migration, MigrationSet, Query, Row, StoreError, Tx,
    queue::{self, Backoff, Depth, Failed, Lease, Payload, Worker},
    schema::{ColumnRule, Schema, TableRule},
};

/// The table of jobs.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "jobs",
        migrations: &[Migration {
            version: 1,
            name: "jobs",
            sql: "
                CREATE TABLE job (
                    id TEXT PRIMARY KEY,
                    kind TEXT NOT NULL,
                    share TEXT NOT NULL,
                    unique_key TEXT,
                    person_id TEXT,
                    payload_sealed BYTEA,
                    every_micros BIGINT,
                    created_at BIGINT NOT NULL,
                    state TEXT NOT NULL,
                    run_at BIGINT NOT NULL,
                    attempts BIGINT NOT NULL,
                    lease_owner TEXT,
                    lease_until BIGINT,
                    ended_at BIGINT,
                    reason TEXT
                );
                CREATE UNIQUE INDEX job_unique ON job (unique_key) WHERE state = 'waiting';
                CREATE INDEX job_due ON job (state, share, run_at);
                CREATE INDEX job_leased ON job (state, lease_until);
                CREATE INDEX job_person ON job (person_id);",
        }],
    },
    tables: &[TableRule {
        name: "job",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("share", Kind::Text),
            ColumnRule::plain("unique_key", Kind::Text),
            ColumnRule::plain("person_id", Kind::Text),
            ColumnRule::sealed("payload_sealed", Some("person_id"), "id"),
            ColumnRule::plain("every_micros", Kind::Int),
            ColumnRule::plain("created_at", Kind::Int),
            ColumnRule::plain("state", Kind::Text),
            ColumnRule::plain("run_at", Kind::Int),
            ColumnRule::plain("attempts", Kind::Int),
            ColumnRule::plain("lease_owner", Kind::Text),
            ColumnRule::plain("lease_until", Kind::Int),
            ColumnRule::plain("ended_at", Kind::Int),
            ColumnRule::plain("reason", Kind::Text),
        ],
    }],
};

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its identity, chosen by the caller: the payload is sealed for it.
    pub id: Ulid,
    /// What is to be done: `contacts.import`.
    pub kind: String,
    /// Whose turn it takes: jobs of one share never hold back those of another. The kind, a connector, a user.
    pub share: String,
    /// While a job with this key waits or runs, another one is not added.
    pub unique_key: Option<String>,
    /// What it needs to know.
    pub payload: Payload,
    /// Not before.
    pub run_at: Timestamp,
    /// Done again and again, so far apart; times that were missed are not made up for.
    pub every: Option<Duration>,
}

/// A job being done.
#[derive(Clone, Debug)]
pub struct Job {
    /// The right to do it.
    pub lease: Lease,
    /// What is to be done.
    pub kind: String,
    /// Whose turn it takes.
    pub share: String,
    /// What it needs to know.
    pub payload: Payload,
    /// When it was due.
    pub run_at: Timestamp,
    /// How far apart it recurs.
    pub every: Option<Duration>,
}

const TABLE: &str = "job";

/// Adds a job in the caller's transaction; whether it was added: not when its unique key is taken.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn enqueue(tx: &mut Tx, job: NewJob, now: Timestamp) -> Result<bool, StoreError> {
    let every = job.every.map(|every| i64::try_from(every.as_micros()).unwrap_or(i64::MAX).max(1));
    let insert = Query::new(
        "INSERT INTO job (id, kind, share, unique_key, person_id, payload_sealed, every_micros, created_at, \
         state, run_at, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, 0) \
         ON CONFLICT (unique_key) WHERE state = 'waiting' DO NOTHING",
    );
    let insert = insert
        .bind(job.id)
        .bind(job.kind)
        .bind(job.share)
        .bind(job.unique_key)
        .bind(job.payload.person)
        .bind(job.payload.bytes)
        .bind(every)
        .bind(now)
        .bind(job.run_at);
    Ok(tx.execute(insert).await? > 0)
}

/// Leases up to `limit` jobs that are due: the share with the fewest running jobs first, within a share the oldest.
/// A job whose lease has run out is leased again.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn lease(db: &Db, worker: &Worker, now: Timestamp, limit: u32) -> Result<Vec<Job>, StoreError> {
    if !queue::is_due(db, TABLE, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = db.begin().await?;
    tx.one_at_a_time("job.lease").await?;
    let mut shares = Vec::new();
    for (share, running) in shares_waiting(&mut tx, now).await? {
        let due = due_of(&mut tx, &share, now, limit).await?;
        shares.push((running, VecDeque::from(due)));
    }
    let picked = fair(shares, limit as usize);
    let taken = queue::take(&mut tx, TABLE, picked, worker, now).await?;
    let mut jobs = taken.iter().map(job).collect::<Result<Vec<_>, _>>()?;
    tx.commit().await?;
    jobs.sort_by_key(|job| (job.run_at, job.lease.id));
    Ok(jobs)
}

/// Every share with waiting jobs, and how many of it run. The names are found one after the other, each by one look into
/// the index, so that a share with a hundred thousand jobs costs no more than one with a single one.
async fn shares_waiting(tx: &mut Tx, now: Timestamp) -> Result<Vec<(String, u64)>, StoreError> {
    let query = Query::new(
        "WITH RECURSIVE named (share) AS ( \
         SELECT MIN(share) FROM job WHERE state = 'waiting' UNION ALL \
         SELECT (SELECT MIN(j.share) FROM job j WHERE j.state = 'waiting' AND j.share > named.share) \
         FROM named WHERE named.share IS NOT NULL) \
         SELECT n.share, (SELECT COUNT(*) FROM job r WHERE r.state = 'waiting' AND r.share = n.share \
         AND r.lease_until > ?) AS running FROM named n WHERE n.share IS NOT NULL",
    );
    tx.list(query.bind(now), |row| Ok((row.text("share")?, row.count("running")?))).await
}

async fn due_of(tx: &mut Tx, share: &str, now: Timestamp, limit: u32) -> Result<Vec<Row>, StoreError> {
    let query = Query::new(
        "SELECT id, attempts FROM job WHERE state = 'waiting' AND share = ? AND run_at <= ? \
         AND (lease_until IS NULL OR lease_until <= ?) ORDER BY run_at, id LIMIT ?",
    );
    tx.all(query.bind(share).bind(now).bind(now).bind(limit)).await
}

/// One after the other from the share that has the fewest jobs running, those just picked included.
fn fair<T>(mut shares: Vec<(u64, VecDeque<T>)>, limit: usize) -> Vec<T> {
    let mut picked = Vec::new();
    while picked.len() < limit {
        let next = shares.iter_mut().filter(|(_, due)| !due.is_empty()).min_by_key(|(running, _)| *running);
        let Some((running, due)) = next else { break };
        *running += 1;
        picked.extend(due.pop_front());
    }
    picked
}

fn job(row: &Row) -> Result<Job, StoreError> {
    let every: Option<u64> = row.int_or_null("every_micros")?.and_then(|micros| micros.try_into().ok());
    Ok(Job {
        lease: queue::lease(row)?,
        kind: row.text("kind")?,
        share: row.text("share")?,
        payload: queue::payload(row)?,
        run_at: row.timestamp("run_at")?,
        every: every.map(Duration::from_micros),
    })
}

/// Says that the worker is still at it; the lease with its new end.
///
/// # Errors
/// [`StoreError::LeaseLost`]: stop, somebody else does it now.
#[boxed]
pub async fn heartbeat(db: &Db, lease: &Lease, worker: &Worker, now: Timestamp) -> Result<Lease, StoreError> {
    let until = queue::later(now, worker.lease_for);
    let mut tx = db.begin().await?;
    queue::change(&mut tx, TABLE, lease, "lease_until = ?", vec![until.into()]).await?;
    tx.commit().await?;
    Ok(Lease { until, ..lease.clone() })
}

/// Marks a job as done and drops its payload, in the transaction of its effect; a recurring one waits for its next time.
///
/// # Errors
/// [`StoreError::LeaseLost`]: somebody else does it now, and the transaction must not be committed.
#[boxed]
pub async fn complete(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    match next_time(tx, lease, now).await? {
        Some(next) => recur(tx, lease, next, None).await,
        None => queue::complete(tx, TABLE, lease, now).await,
    }
}

/// Marks a job that failed. A recurring one is never dead: it waits for its next time.
///
/// # Errors
/// [`StoreError::LeaseLost`], or when the database refuses.
#[boxed]
pub async fn fail(
    db: &Db,
    lease: &Lease,
    reason: &str,
    backoff: &Backoff,
    now: Timestamp,
    chance: u64,
) -> Result<Failed, StoreError> {
    let mut tx = db.begin().await?;
    let failed = match (backoff.wait(lease.attempt, chance), next_time(&mut tx, lease, now).await?) {
        (None, Some(next)) => {
            recur(&mut tx, lease, next, Some(reason)).await?;
            Failed::Again(next)
        }
        _ => queue::fail(&mut tx, TABLE, lease, reason, backoff, now, chance).await?,
    };
    tx.commit().await?;
    Ok(failed)
}

/// When a recurring job is due next: after `now`, in step with its earlier times, without those that were missed.
async fn next_time(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let query = Query::new("SELECT run_at, every_micros FROM job WHERE id = ?").bind(lease.id);
    let Some(row) = tx.optional(query).await? else { return Err(StoreError::LeaseLost) };
    let (run_at, every) = (row.int("run_at")?, row.int_or_null("every_micros")?);
    let Some(every) = every.filter(|every| *every > 0) else { return Ok(None) };
    let passed = now.as_microsecond().saturating_sub(run_at).max(0) / every;
    let next = run_at.saturating_add(every.saturating_mul(passed.saturating_add(1)));
    Ok(Some(Timestamp::from_microsecond(next).unwrap_or(Timestamp::MAX)))
}

async fn recur(tx: &mut Tx, lease: &Lease, next: Timestamp, reason: Option<&str>) -> Result<(), StoreError> {
    let set = "run_at = ?, attempts = 0, lease_owner = NULL, lease_until = NULL, reason = ?";
    queue::change(tx, TABLE, lease, set, vec![next.into(), reason.into()]).await
}

/// How many there are.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn depth(db: &Db, now: Timestamp) -> Result<Depth, StoreError> {
    queue::depth(db, TABLE, now).await
}

/// Brings a dead job back, with fresh attempts; whether there was one.
///
/// # Errors
/// [`StoreError::Unique`] when another job with its unique key waits by now; or when the database refuses.
#[boxed]
pub async fn revive(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    queue::revive(tx, TABLE, id, now).await
}

/// Forgets jobs done before `before`; their number.
///
/// # Errors
/// When the database refuses.
#[boxed]
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    queue::prune(db, TABLE, before).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_take_turns_and_the_one_with_running_jobs_waits() {
        let queue = |letter: char, count: u32| (1..=count).map(|n| format!("{letter}{n}")).collect();
        let shares = vec![(2, queue('a', 9)), (0, queue('b', 9)), (0, queue('c', 1))];
        assert_eq!(fair(shares, 6), ["b1", "c1", "b2", "a1", "b3", "a2"]);
        assert_eq!(fair(vec![(0, queue('a', 2))], 6), ["a1", "a2"]);
    }
}
