//! Writes that are brought back, by a person or because what stopped them is over, and those that nobody wants any more.

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{Query, StoreError, Tx};

const REVIVE: &str = "UPDATE ghl_write SET state = 'waiting', run_at = ?, tries = 0, lost = 0, ended_at = NULL \
                      WHERE payload_sealed IS NOT NULL";

/// Brings back what is dead or was refused, with fresh tries; whether there was one with something left to do.
pub(crate) async fn revive(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new(REVIVE).push(" AND state IN ('dead', 'refused') AND id = ?");
    Ok(tx.execute(update.bind(now).bind(id)).await? > 0)
}

/// Brings back everything that is dead; how many.
pub(crate) async fn revive_all(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(Query::new(REVIVE).push(" AND state = 'dead'").bind(now)).await
}

/// Brings back, with fresh tries, what died of one of these classes (`None`: of any, and of what has none), without anybody
/// having looked at each: messages only when they were asked for since `messages_since`, enrolments never, since nobody can
/// say whether they took place. How many.
pub(crate) async fn revive_of(
    tx: &mut Tx,
    classes: Option<&[u8]>,
    messages_since: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let update = Query::new(REVIVE)
        .push(" AND state = 'dead' AND kind <> 'workflow' AND (kind <> 'message' OR created_at >= ?)");
    let update = update.bind(now).bind(messages_since);
    let update = match classes {
        Some(classes) => {
            let classes = classes.iter().map(|class| u32::from(*class));
            update.push(" AND class IN (").bind_all(classes).push(")")
        }
        None => update,
    };
    tx.execute(update).await
}

/// Takes back what is not done and not under way; whether there was one.
pub(crate) async fn take_back(
    tx: &mut Tx,
    id: Ulid,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(dropped(reason, now).push(" AND id = ?").bind(id)).await? > 0)
}

/// Takes back everything of a contact that is not done and not under way; how many. What the gate refused stays on record.
pub(crate) async fn take_back_of(
    tx: &mut Tx,
    contact: PersonId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let unfinished = dropped(reason, now).push(" AND state <> 'refused' AND contact = ?");
    tx.execute(unfinished.bind(contact)).await
}

fn dropped(reason: &str, now: Timestamp) -> Query {
    let update = Query::new(
        "UPDATE ghl_write SET state = 'dropped', ended_at = ?, reason = ?, payload_sealed = NULL, check_at = NULL \
         WHERE state IN ('waiting', 'dead', 'refused') AND (lease_until IS NULL OR lease_until <= ?)",
    );
    update.bind(now).bind(reason).bind(now)
}

/// Makes due now what waits because of a fault that is over: how many.
pub(crate) async fn hasten(tx: &mut Tx, classes: &[u8], now: Timestamp) -> Result<u64, StoreError> {
    let update =
        Query::new("UPDATE ghl_write SET run_at = ? WHERE state = 'waiting' AND run_at > ? AND class IN (");
    let update = update.bind(now).bind(now).bind_all(classes.iter().map(|class| u32::from(*class)));
    tx.execute(update.push(")")).await
}
