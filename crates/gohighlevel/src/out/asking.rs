//! Asking for writes, in the transaction of their cause.

use connect::ghl::budget::Lane;
use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use markets::{Market, SealingKey};
use store::{StoreError, Tx};

use super::doing::{Doing, ScoreWanted, Wanted};
use crate::records::out::write::{self, New, Stored, WriteState};

/// Where payloads are sealed.
const TABLE: &str = "ghl_write";
const COLUMN: &str = "payload_sealed";

/// Of whom, where, under which key.
#[derive(Clone, Copy)]
pub(crate) struct Of<'a> {
    pub market: &'a Market,
    pub key: &'a SealingKey,
    pub contact: PersonId,
}

/// What is asked for once.
pub(crate) struct Once {
    pub id: Ulid,
    pub doing: Doing,
    /// What the caller knows it by: asked for again under the same key, it is not done again.
    pub key: Option<String>,
    /// The decision of the gate, of messages.
    pub decision: Option<Ulid>,
    pub run_at: Timestamp,
}

/// Asks for something that is to be done once; whether it was not asked for before.
pub(crate) async fn once(tx: &mut Tx, of: Of<'_>, once: Once, now: Timestamp) -> Result<bool, StoreError> {
    let unique_key = once.key.unwrap_or_else(|| format!("once:{}", once.id));
    let payload_sealed = seal(of, &unique_key, &once.doing)?;
    let new = New {
        id: once.id,
        contact: of.contact,
        kind: once.doing.kind(),
        lane: index(once.doing.lane()),
        unique_key,
        payload_sealed,
        decision: once.decision,
        run_at: once.run_at,
    };
    write::add(tx, new, now).await
}

/// Asks that a score be read there. The same score again is not written again. One that is no news (a fill from the past, a
/// silence, a band that moved) goes with the upkeep, so that no news waits for it.
pub(crate) async fn score(
    tx: &mut Tx,
    of: Of<'_>,
    id: Ulid,
    wanted: ScoreWanted,
    is_news: bool,
    now: Timestamp,
) -> Result<Ulid, StoreError> {
    let key = format!("score:{}", of.contact);
    let urgency = index(if is_news { Lane::Score } else { Lane::Bulk });
    want(tx, of, id, key, Some(urgency), now, |before| match before {
        Some((Doing::Score(last), stored)) if last == wanted => {
            let is_raised = stored.state == WriteState::Waiting && urgency < stored.lane;
            let is_asked_for = matches!(stored.state, WriteState::Waiting | WriteState::Done);
            (is_raised || !is_asked_for).then_some(Doing::Score(last))
        }
        _ => Some(Doing::Score(wanted)),
    })
    .await
}

/// Asks that a contact be like this there: joined with what waits, instead of what is done.
pub(crate) async fn contact(
    tx: &mut Tx,
    of: Of<'_>,
    id: Ulid,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Ulid, StoreError> {
    let key = format!("contact:{}", of.contact);
    want(tx, of, id, key, None, now, |before| match before {
        Some((Doing::Contact(waiting), stored))
            if matches!(stored.state, WriteState::Waiting | WriteState::Dead) =>
        {
            Some(Doing::Contact(waiting.joined(wanted)))
        }
        _ => Some(Doing::Contact(wanted)),
    })
    .await
}

/// Asks for a stage: the one asked for last counts.
pub(crate) async fn stage(
    tx: &mut Tx,
    of: Of<'_>,
    id: Ulid,
    pipeline: &str,
    stage: &str,
    now: Timestamp,
) -> Result<Ulid, StoreError> {
    let key = format!("stage:{}", of.contact);
    let doing = Doing::Stage { pipeline: pipeline.to_owned(), stage: stage.to_owned() };
    want(tx, of, id, key, None, now, |_| Some(doing)).await
}

/// The write that brings it about, in the lane of what is wanted unless another is named; what waits keeps the more urgent.
async fn want(
    tx: &mut Tx,
    of: Of<'_>,
    id: Ulid,
    key: String,
    urgency: Option<u8>,
    now: Timestamp,
    decide: impl FnOnce(Option<(Doing, &Stored)>) -> Option<Doing>,
) -> Result<Ulid, StoreError> {
    write::queue_up(tx).await?;
    let Some(before) = write::by_key(&mut *tx, &key).await? else {
        let Some(doing) = decide(None) else { return Ok(id) };
        let payload_sealed = seal(of, &key, &doing)?;
        let (kind, lane) = (doing.kind(), urgency.unwrap_or_else(|| index(doing.lane())));
        let contact = of.contact;
        let new =
            New { id, contact, kind, lane, unique_key: key, payload_sealed, decision: None, run_at: now };
        write::add(tx, new, now).await?;
        return Ok(id);
    };
    // What cannot be read any more is as good as nothing, and holds up nobody's change.
    let present = open(of.market, of.key, &before).ok().flatten().map(|doing| (doing, &before));
    let Some(doing) = decide(present) else { return Ok(before.id) };
    let lane = urgency.unwrap_or_else(|| index(doing.lane()));
    let urgent = match before.state {
        WriteState::Waiting => lane.min(before.lane),
        _ => lane,
    };
    let payload_sealed = seal(of, &key, &doing)?;
    write::want(tx, &before, payload_sealed, urgent, now).await?;
    Ok(before.id)
}

fn index(lane: Lane) -> u8 {
    u8::try_from(lane.index()).unwrap_or(u8::MAX)
}

fn seal(of: Of<'_>, unique_key: &str, doing: &Doing) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(doing).map_err(|error| StoreError::column(COLUMN, error))?;
    let sealed = of.market.seal(of.key, TABLE, unique_key, COLUMN, &plain);
    sealed.map_err(|error| StoreError::column(COLUMN, error))
}

/// What a write is about; none once it is dropped.
pub(crate) fn open(market: &Market, key: &SealingKey, write: &Stored) -> Result<Option<Doing>, StoreError> {
    let Some(sealed) = &write.payload_sealed else { return Ok(None) };
    let plain = market.unseal(key, TABLE, &write.unique_key, COLUMN, sealed);
    let plain = plain.map_err(|error| StoreError::column(COLUMN, error))?;
    serde_json::from_slice(&plain).map(Some).map_err(|_| StoreError::column(COLUMN, "it is no write"))
}
