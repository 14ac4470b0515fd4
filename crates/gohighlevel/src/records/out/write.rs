//! Writes: asked for, leased, begun, and what became of them.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Query, Row, Session, StoreError, Tx, Value, queue::Worker};

/// Times in a row that a write was begun and nothing was heard again, after which it is dead: what kills its workers must
/// not kill them for ever.
pub(crate) const LOST_MAX: u32 = 5;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteState {
    /// It waits for its time, or is being done.
    Waiting,
    /// It is done.
    Done,
    /// The tries are used up, or it cannot succeed: a person decides.
    Dead,
    /// The gate did not let it out.
    Refused,
    /// Nobody wants it any more: the contact is gone, or a person took it back.
    Dropped,
}

impl WriteState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Done, Self::Dead, Self::Refused, Self::Dropped];

    /// The word as it is stored and shown.
    pub fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }

    /// The state of this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id() == id)
    }
}

/// A write as it is stored.
#[derive(Clone)]
pub(crate) struct Stored {
    pub id: Ulid,
    pub contact: PersonId,
    pub kind: String,
    pub lane: u8,
    pub unique_key: String,
    pub payload_sealed: Option<Vec<u8>>,
    pub version: u64,
    pub decision: Option<Ulid>,
    pub state: WriteState,
    pub run_at: Timestamp,
    pub attempts: u32,
    pub tries: u32,
    pub owner: Option<String>,
    pub begun_at: Option<Timestamp>,
    pub remote: Option<String>,
    pub check_at: Option<Timestamp>,
    pub class: Option<u8>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What is to be added.
pub(crate) struct New {
    pub id: Ulid,
    pub contact: PersonId,
    pub kind: &'static str,
    pub lane: u8,
    pub unique_key: String,
    pub payload_sealed: Vec<u8>,
    pub decision: Option<Ulid>,
    pub run_at: Timestamp,
}

const COLUMNS: &str = "SELECT id, contact, kind, lane, unique_key, payload_sealed, version, decision, state, run_at, \
                       attempts, tries, lease_owner, begun_at, remote, check_at, class, reason, created_at, \
                       ended_at FROM ghl_write";

fn write(row: &Row) -> Result<Stored, StoreError> {
    let state = row.text("state")?;
    let state = WriteState::from_id(&state)
        .ok_or_else(|| StoreError::column("state", format!("no state `{state}`")))?;
    let class: Option<u8> = row.int_or_null("class")?.and_then(|class| class.try_into().ok());
    Ok(Stored {
        id: row.parse("id")?,
        contact: PersonId::from(row.parse::<Ulid>("contact")?),
        kind: row.text("kind")?,
        lane: row.count("lane")?,
        unique_key: row.text("unique_key")?,
        payload_sealed: row.bytes_or_null("payload_sealed")?,
        version: row.count("version")?,
        decision: row.parse_or_null("decision")?,
        state,
        run_at: row.timestamp("run_at")?,
        attempts: row.count("attempts")?,
        tries: row.count("tries")?,
        owner: row.text_or_null("lease_owner")?,
        begun_at: row.timestamp_or_null("begun_at")?,
        remote: row.text_or_null("remote")?,
        check_at: row.timestamp_or_null("check_at")?,
        class,
        reason: row.text_or_null("reason")?,
        created_at: row.timestamp("created_at")?,
        ended_at: row.timestamp_or_null("ended_at")?,
    })
}

/// Lets one transaction at a time ask for writes.
pub(crate) async fn queue_up(tx: &mut Tx) -> Result<(), StoreError> {
    tx.one_at_a_time("ghl.write").await
}

/// The write with this key.
pub(crate) async fn by_key(on: impl Into<Session<'_>>, key: &str) -> Result<Option<Stored>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE unique_key = ?").bind(key);
    let row = on.into().optional(query).await?;
    row.as_ref().map(write).transpose()
}

/// One write.
pub(crate) async fn by_id(on: impl Into<Session<'_>>, id: Ulid) -> Result<Option<Stored>, StoreError> {
    let row = on.into().optional(Query::new(COLUMNS).push(" WHERE id = ?").bind(id)).await?;
    row.as_ref().map(write).transpose()
}

/// The write that made this.
pub(crate) async fn by_remote(
    on: impl Into<Session<'_>>,
    kind: &str,
    remote: &str,
) -> Result<Option<Stored>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE remote = ? AND kind = ? LIMIT 1").bind(remote).bind(kind);
    let row = on.into().optional(query).await?;
    row.as_ref().map(write).transpose()
}

/// Adds a write; whether its key was free.
pub(crate) async fn add(tx: &mut Tx, new: New, now: Timestamp) -> Result<bool, StoreError> {
    let insert = Query::new(
        "INSERT INTO ghl_write (id, contact, kind, lane, unique_key, payload_sealed, version, decision, state, \
         run_at, attempts, tries, lost, created_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, 'waiting', ?, 0, 0, 0, ?) \
         ON CONFLICT (unique_key) DO NOTHING",
    );
    let insert = insert.bind(new.id).bind(new.contact).bind(new.kind).bind(u32::from(new.lane));
    let insert = insert.bind(new.unique_key).bind(new.payload_sealed).bind(new.decision);
    Ok(tx.execute(insert.bind(new.run_at).bind(now)).await? > 0)
}

/// Changes what is wanted. What waits goes on waiting for its time; what had ended is due at once.
pub(crate) async fn want(
    tx: &mut Tx,
    before: &Stored,
    payload_sealed: Vec<u8>,
    lane: u8,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE ghl_write SET payload_sealed = ?, lane = ?, version = version + 1, \
         run_at = CASE WHEN state = 'waiting' THEN run_at ELSE ? END, \
         tries = CASE WHEN state = 'waiting' THEN tries ELSE 0 END, \
         lost = 0, state = 'waiting', ended_at = NULL WHERE id = ?",
    );
    let update = update.bind(payload_sealed).bind(u32::from(lane)).bind(now).bind(before.id);
    tx.execute(update).await.map(|_| ())
}

/// What was leased, and which lanes have more that is due.
pub(crate) struct Leased {
    pub writes: Vec<Stored>,
    /// The kinds of those that are dead now: every worker that began with them was lost.
    pub worn: Vec<String>,
    pub left_over: [bool; 4],
}

/// Leases what is due, of each lane at most so many; none of a contact of whom another is under way.
pub(crate) async fn lease(
    tx: &mut Tx,
    worker: &Worker,
    now: Timestamp,
    most: [u32; 4],
) -> Result<Leased, StoreError> {
    const FREE: &str = " AND state = 'waiting' AND run_at <= ? AND (lease_until IS NULL OR lease_until <= ?)";
    tx.one_at_a_time("ghl.lease").await?;
    let picked = Query::new(
        "SELECT w.id, w.kind, w.lost FROM ghl_write w WHERE w.state = 'waiting' AND w.lane = ? AND w.run_at <= ? \
         AND (w.lease_until IS NULL OR w.lease_until <= ?) \
         AND NOT EXISTS (SELECT 1 FROM ghl_write o WHERE o.contact = w.contact AND o.lease_until > ?) \
         ORDER BY w.run_at, w.id LIMIT ?",
    );
    let (mut ids, mut worn, mut kinds, mut left_over) = (Vec::new(), Vec::new(), Vec::new(), [false; 4]);
    for (lane, most) in (0_u32..).zip(most) {
        let picked = picked.clone().bind(lane).bind(now).bind(now).bind(now);
        let rows = tx.all(picked.bind(most.saturating_add(1))).await?;
        left_over[lane as usize] = rows.len() > most as usize;
        for row in rows.iter().take(most as usize) {
            let lost: u32 = row.count("lost")?;
            let id = Value::from(row.text("id")?);
            if lost < LOST_MAX {
                ids.push(id);
            } else {
                worn.push(id);
                kinds.push(row.text("kind")?);
            }
        }
    }
    if !worn.is_empty() {
        let update = Query::new(
            "UPDATE ghl_write SET state = 'dead', ended_at = ?, lease_owner = NULL, lease_until = NULL, \
             reason = 'every worker that began with it was lost' WHERE id IN (",
        );
        let update = update.bind(now).bind_all(worn).push(")").push(FREE).bind(now).bind(now);
        tx.execute(update).await?;
    }
    if ids.is_empty() {
        return Ok(Leased { writes: Vec::new(), worn: kinds, left_over });
    }
    let until = now.checked_add(worker.lease_for).unwrap_or(Timestamp::MAX);
    let update = Query::new(
        "UPDATE ghl_write SET lease_owner = ?, lease_until = ?, attempts = attempts + 1 WHERE id IN (",
    );
    let update =
        update.bind(&worker.owner).bind(until).bind_all(ids).push(")").push(FREE).bind(now).bind(now);
    let update = update.push(
        " RETURNING id, contact, kind, lane, unique_key, payload_sealed, version, decision, state, run_at, \
         attempts, tries, lease_owner, begun_at, remote, check_at, class, reason, created_at, ended_at",
    );
    let mut writes = tx.list(update, write).await?;
    writes.sort_by_key(|write| (write.lane, write.run_at, write.id));
    Ok(Leased { writes, worn: kinds, left_over })
}

/// Goes on with everything that `owner` has leased, until `until`.
pub(crate) async fn hold(tx: &mut Tx, owner: &str, until: Timestamp) -> Result<(), StoreError> {
    let update =
        Query::new("UPDATE ghl_write SET lease_until = ? WHERE state = 'waiting' AND lease_owner = ?");
    tx.execute(update.bind(until).bind(owner)).await.map(|_| ())
}

/// Whether anything is due: asked before a transaction is begun.
pub(crate) async fn is_due(on: impl Into<Session<'_>>, now: Timestamp) -> Result<bool, StoreError> {
    let query = Query::new(
        "SELECT 1 AS due FROM ghl_write WHERE state = 'waiting' AND run_at <= ? \
         AND (lease_until IS NULL OR lease_until <= ?) LIMIT 1",
    );
    Ok(on.into().optional(query.bind(now).bind(now)).await?.is_some())
}

/// Messages that have been due since before then, and that nobody has come round to.
pub(crate) async fn overdue(on: impl Into<Session<'_>>, before: Timestamp) -> Result<u64, StoreError> {
    let query = Query::new(
        "SELECT COUNT(*) AS n FROM ghl_write WHERE state = 'waiting' AND kind = 'message' AND run_at <= ?",
    );
    on.into().one(query.bind(before)).await?.count("n")
}

/// When the next write or the next look at a message is due; none: nothing waits.
pub(crate) async fn next_due(on: impl Into<Session<'_>>) -> Result<Option<Timestamp>, StoreError> {
    let query = Query::new(
        "SELECT MIN(at) AS at FROM (SELECT CASE WHEN lease_until > run_at THEN lease_until ELSE run_at END AS at \
         FROM ghl_write WHERE state = 'waiting' UNION ALL \
         SELECT check_at AS at FROM ghl_write WHERE check_at IS NOT NULL) due",
    );
    on.into().one(query).await?.timestamp_or_null("at")
}

/// Whether what was leased is still ours to change: the text after `UPDATE .. SET .. WHERE`.
const OURS: &str = " WHERE id = ? AND state = 'waiting' AND lease_owner = ? AND attempts = ?";

fn ours(update: Query, leased: &Stored) -> Query {
    let owner = leased.owner.as_deref().unwrap_or_default();
    update.push(OURS).bind(leased.id).bind(owner).bind(leased.attempts)
}

async fn changed(tx: &mut Tx, update: Query) -> Result<(), StoreError> {
    match tx.execute(update).await? {
        0 => Err(StoreError::LeaseLost),
        _ => Ok(()),
    }
}

/// Notes, before it is sent, that it may be there from now on, and by which decision; the lease lasts until `until`.
pub(crate) async fn begin(
    tx: &mut Tx,
    leased: &Stored,
    until: Timestamp,
    decision: Option<Ulid>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE ghl_write SET begun_at = COALESCE(begun_at, ?), lost = lost + 1, lease_until = ?, \
         decision = COALESCE(?, decision)",
    );
    changed(tx, ours(update.bind(now).bind(until).bind(decision), leased)).await
}

/// Notes, before it is sent, that something is changed that may be changed twice; the lease lasts until `until`.
pub(crate) async fn begin_change(tx: &mut Tx, leased: &Stored, until: Timestamp) -> Result<(), StoreError> {
    let update = Query::new("UPDATE ghl_write SET lost = lost + 1, lease_until = ?").bind(until);
    changed(tx, ours(update, leased)).await
}

/// It is done. When more was wanted meanwhile, it is due again instead: `false`. What is wanted stays on record where
/// it is compared with what is wanted next, or while the message may still fail (`keep_payload`).
pub(crate) async fn done(
    tx: &mut Tx,
    leased: &Stored,
    remote: Option<&str>,
    check_at: Option<Timestamp>,
    keep_payload: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE ghl_write SET state = CASE WHEN version = ? THEN 'done' ELSE 'waiting' END, \
         ended_at = CASE WHEN version = ? THEN ? ELSE NULL END, run_at = ?, remote = COALESCE(?, remote), \
         payload_sealed = CASE WHEN ? OR version <> ? THEN payload_sealed ELSE NULL END, check_at = ?, \
         lease_owner = NULL, lease_until = NULL, lost = 0, tries = 0, class = NULL, reason = NULL",
    );
    let version = i64::try_from(leased.version).unwrap_or(i64::MAX);
    let update = update.bind(version).bind(version).bind(now).bind(now).bind(remote.map(str::to_owned));
    let update = ours(update.bind(keep_payload).bind(version).bind(check_at), leased);
    let update = update.push(" RETURNING state");
    match tx.optional(update).await? {
        Some(row) => Ok(row.str("state")? == WriteState::Done.id()),
        None => Err(StoreError::LeaseLost),
    }
}

/// What is to be noted of a write that is not done.
pub(crate) struct Put<'a> {
    pub at: Timestamp,
    /// Whether it counts as a failure.
    pub counts: bool,
    pub class: Option<u8>,
    pub reason: &'a str,
    /// Whether nothing of it can be there: it is begun anew.
    pub afresh: bool,
}

/// It is to be done then.
pub(crate) async fn later(tx: &mut Tx, leased: &Stored, put: &Put<'_>) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE ghl_write SET run_at = ?, tries = tries + ?, class = ?, reason = ?, lease_owner = NULL, \
         lease_until = NULL, lost = 0, begun_at = CASE WHEN ? THEN NULL ELSE begun_at END",
    );
    let update = update.bind(put.at).bind(u32::from(put.counts)).bind(put.class.map(u32::from));
    changed(tx, ours(update.bind(put.reason).bind(put.afresh), leased)).await
}

/// It ends without being done. When more was wanted meanwhile, that is due instead: `false`.
pub(crate) async fn end(
    tx: &mut Tx,
    leased: &Stored,
    state: WriteState,
    class: Option<u8>,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE ghl_write SET state = CASE WHEN version = ? THEN ? ELSE 'waiting' END, \
         ended_at = CASE WHEN version = ? THEN ? ELSE NULL END, run_at = CASE WHEN version = ? THEN run_at ELSE ? END, \
         tries = CASE WHEN version = ? THEN tries ELSE 0 END, class = ?, reason = ?, lease_owner = NULL, \
         lease_until = NULL, lost = 0, check_at = NULL",
    );
    let version = i64::try_from(leased.version).unwrap_or(i64::MAX);
    let update = update.bind(version).bind(state.id()).bind(version).bind(now).bind(version).bind(now);
    let update = update.bind(version).bind(class.map(u32::from)).bind(reason);
    match tx.optional(ours(update, leased).push(" RETURNING state")).await? {
        Some(row) => Ok(row.str("state")? == state.id()),
        None => Err(StoreError::LeaseLost),
    }
}

/// Messages to look after.
pub(crate) async fn to_check(
    on: impl Into<Session<'_>>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Stored>, StoreError> {
    let query = Query::new(COLUMNS).push(" WHERE check_at <= ? ORDER BY check_at, id LIMIT ?");
    on.into().list(query.bind(now).bind(limit), write).await
}

/// Notes when to look at a message again (never: none). Whether nobody else did since it was read.
pub(crate) async fn check_again(
    tx: &mut Tx,
    seen: &Stored,
    at: Option<Timestamp>,
    keep_payload: bool,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE ghl_write SET check_at = ?, payload_sealed = CASE WHEN ? THEN payload_sealed ELSE NULL END \
         WHERE id = ? AND check_at = ?",
    );
    Ok(tx.execute(update.bind(at).bind(keep_payload).bind(seen.id).bind(seen.check_at)).await? > 0)
}

/// What a message came to that was taken and then failed: it ends so, or is due again from the beginning. Whether
/// nobody else noticed before.
pub(crate) async fn failed_after(
    tx: &mut Tx,
    seen: &Stored,
    state: WriteState,
    run_at: Timestamp,
    class: u8,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let waits = state == WriteState::Waiting;
    let update = Query::new(
        "UPDATE ghl_write SET state = ?, run_at = ?, check_at = NULL, class = ?, reason = ?, ended_at = ?, \
         begun_at = CASE WHEN ? THEN NULL ELSE begun_at END, remote = CASE WHEN ? THEN NULL ELSE remote END, \
         payload_sealed = CASE WHEN ? THEN payload_sealed ELSE NULL END \
         WHERE id = ? AND check_at IS NOT NULL",
    );
    let ended = Some(now).filter(|_| !waits);
    let update = update.bind(state.id()).bind(run_at).bind(u32::from(class)).bind(reason).bind(ended);
    Ok(tx.execute(update.bind(waits).bind(waits).bind(waits).bind(seen.id)).await? > 0)
}

/// Whether another write of the contact made this already.
pub(crate) async fn is_claimed(
    on: impl Into<Session<'_>>,
    remote: &str,
    except: Ulid,
) -> Result<bool, StoreError> {
    let query = Query::new("SELECT 1 AS taken FROM ghl_write WHERE remote = ? AND id <> ? LIMIT 1");
    Ok(on.into().optional(query.bind(remote).bind(except)).await?.is_some())
}

/// Messages to a contact that may have gone out although nobody knows yet.
pub(crate) async fn messages_under_way(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Vec<Stored>, StoreError> {
    let query = Query::new(COLUMNS).push(
        " WHERE contact = ? AND kind = 'message' AND state = 'waiting' AND begun_at IS NOT NULL ORDER BY id",
    );
    on.into().list(query.bind(contact), write).await
}

/// Which writes are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub state: Option<WriteState>,
    pub contact: Option<PersonId>,
    pub before: Option<Ulid>,
    pub limit: u32,
}

/// The newest first.
pub(crate) async fn page(on: impl Into<Session<'_>>, asked: &Asked) -> Result<Vec<Stored>, StoreError> {
    let mut query = Query::new(COLUMNS).push(" WHERE 1 = 1");
    if let Some(state) = asked.state {
        query = query.push(" AND state = ?").bind(state.id());
    }
    if let Some(contact) = asked.contact {
        query = query.push(" AND contact = ?").bind(contact);
    }
    if let Some(before) = asked.before {
        query = query.push(" AND id < ?").bind(before);
    }
    on.into().list(query.push(" ORDER BY id DESC LIMIT ?").bind(asked.limit), write).await
}

/// How many are in each state.
pub(crate) async fn counts(on: impl Into<Session<'_>>) -> Result<Vec<(String, u64)>, StoreError> {
    let query = Query::new("SELECT state, COUNT(*) AS n FROM ghl_write GROUP BY state ORDER BY state");
    on.into().list(query, |row| Ok((row.text("state")?, row.count("n")?))).await
}

/// Forgets what ended long ago, except what is compared with what is wanted next; how many.
pub(crate) async fn prune(tx: &mut Tx, keep: Duration, now: Timestamp) -> Result<u64, StoreError> {
    let before = now.checked_sub(keep).unwrap_or(Timestamp::MIN);
    let delete = Query::new(
        "DELETE FROM ghl_write WHERE ended_at < ? AND state IN ('done', 'refused', 'dropped') \
         AND kind NOT IN ('score', 'contact')",
    );
    tx.execute(delete.bind(before)).await
}
