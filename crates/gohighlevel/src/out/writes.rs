//! Writes as people see them, and what they can do with those that are dead.

use boxed::boxed;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Ulid};
use markets::Market;
use serde::Serialize;
use store::trail;

use crate::{
    GoHighLevel, GoHighLevelError,
    records::out::{
        again,
        write::{self, Asked, Stored, WriteState},
    },
};

/// Writes on one page.
const PAGE_MAX: u32 = 200;

/// Which writes are asked for. Nothing set: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritesQuery {
    /// In this state.
    pub state: Option<WriteState>,
    /// Of this contact.
    pub contact: Option<PersonId>,
    /// Asked for before this one.
    pub before: Option<Ulid>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// A write, without what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WriteView {
    /// Which.
    pub id: Ulid,
    /// Of whom.
    pub contact: PersonId,
    /// `score`, `contact`, `stage`, `note`, `task`, `workflow`, `appointment`, `message`.
    pub kind: String,
    /// `waiting`, `done`, `dead`, `refused`, `dropped`.
    pub state: &'static str,
    /// When it is done, or was to be.
    pub run_at: Timestamp,
    /// Failures that counted.
    pub tries: u32,
    /// The class of the last fault.
    pub class: Option<u8>,
    /// Why it waits or ended, in words that name nobody.
    pub reason: Option<String>,
    /// The decision of the gate, of messages.
    pub decision: Option<Ulid>,
    /// What was made there.
    pub remote: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether there is still something to do, should somebody want it again.
    pub can_replay: bool,
}

/// A page of writes, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WritesPage {
    /// The writes.
    pub writes: Vec<WriteView>,
    /// Where the next page begins; none: there is none.
    pub next: Option<Ulid>,
    /// How many there are in each state that has any.
    pub counts: Vec<(String, u64)>,
}

impl From<Stored> for WriteView {
    fn from(stored: Stored) -> Self {
        let can_replay =
            matches!(stored.state, WriteState::Dead | WriteState::Refused) && stored.payload_sealed.is_some();
        Self {
            id: stored.id,
            contact: stored.contact,
            kind: stored.kind,
            state: stored.state.id(),
            run_at: stored.run_at,
            tries: stored.tries,
            class: stored.class,
            reason: stored.reason,
            decision: stored.decision,
            remote: stored.remote,
            created_at: stored.created_at,
            ended_at: stored.ended_at,
            can_replay,
        }
    }
}

#[boxed]
impl GoHighLevel {
    /// Writes, the newest first.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn writes(&self, market: &Market, query: &WritesQuery) -> Result<WritesPage, GoHighLevelError> {
        let limit = query.limit.clamp(1, PAGE_MAX);
        let asked =
            Asked { state: query.state, contact: query.contact, before: query.before, limit: limit + 1 };
        let mut found = write::page(market.db(), &asked).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().map(|last| last.id).filter(|_| more);
        let writes = found.into_iter().map(WriteView::from).collect();
        Ok(WritesPage { writes, next, counts: write::counts(market.db()).await? })
    }

    /// One write.
    ///
    /// # Errors
    /// [`GoHighLevelError::UnknownWrite`], or when the market's database fails.
    pub async fn write(&self, market: &Market, id: Ulid) -> Result<WriteView, GoHighLevelError> {
        let found = write::by_id(market.db(), id).await?;
        found.map(WriteView::from).ok_or(GoHighLevelError::UnknownWrite(id))
    }

    /// Has a write that is dead or was refused done again. What may be there already is looked for first, and a message is
    /// judged by the gate again.
    ///
    /// # Errors
    /// [`GoHighLevelError::UnknownWrite`] when there is no such write or nothing left to do, or when the database fails.
    pub async fn replay_write(&self, market: &Market, id: Ulid, at: &Moment) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        if !again::revive(&mut tx, id, at.at()).await? {
            return Err(GoHighLevelError::UnknownWrite(id));
        }
        let subject = format!("ghl-write:{id}");
        trail::append(
            &mut tx,
            audit::NewEntry::new(at.now, &at.actor, "gohighlevel.write-replayed", &subject),
        );
        tx.commit().await?;
        Ok(())
    }

    /// Has everything that is dead done again; how many writes.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn replay_writes(&self, market: &Market, at: &Moment) -> Result<u64, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let revived = again::revive_all(&mut tx, at.at()).await?;
        if revived > 0 {
            let subject = format!("market:{}", market.id());
            let entry = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.writes-replayed", &subject);
            trail::append(&mut tx, entry.with("writes", revived));
        }
        tx.commit().await?;
        Ok(revived)
    }

    /// Takes a write back that is not done and not under way.
    ///
    /// # Errors
    /// [`GoHighLevelError::UnknownWrite`] when there is none that could be, or when the database fails.
    pub async fn drop_write(&self, market: &Market, id: Ulid, at: &Moment) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        if !again::take_back(&mut tx, id, "taken back by a person", at.at()).await? {
            return Err(GoHighLevelError::UnknownWrite(id));
        }
        let subject = format!("ghl-write:{id}");
        trail::append(
            &mut tx,
            audit::NewEntry::new(at.now, &at.actor, "gohighlevel.write-dropped", &subject),
        );
        tx.commit().await?;
        Ok(())
    }
}
