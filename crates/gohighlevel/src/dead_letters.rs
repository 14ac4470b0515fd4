use boxed::boxed;
use jiff::Timestamp;
use kernel::{Moment, Ulid};
use markets::Market;
use serde::Serialize;
use store::{inbox, trail};

use crate::{GoHighLevel, GoHighLevelError, records::letters};

/// Dead letters on one page.
pub const LETTERS_PAGE_MAX: u32 = 200;
/// Dead letters that are brought back at once.
const REPLAY_MAX: u32 = 10_000;

/// An event that was given up. What it said is sealed, and shown to nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// Which.
    pub id: Ulid,
    /// The published name of the event (`ContactCreate`).
    pub kind: String,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When it was given up.
    pub ended_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong last.
    pub reason: String,
}

#[boxed]
impl GoHighLevel {
    /// Events that were given up, the latest first: those before one, at most [`LETTERS_PAGE_MAX`].
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn dead_letters(
        &self,
        market: &Market,
        before: Option<Ulid>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, GoHighLevelError> {
        Ok(letters::page(market.db(), before, limit.clamp(1, LETTERS_PAGE_MAX)).await?)
    }

    /// Brings a dead letter back, with fresh attempts.
    ///
    /// # Errors
    /// [`GoHighLevelError::UnknownLetter`], or when the market's database fails.
    pub async fn replay(&self, market: &Market, id: Ulid, at: &Moment) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        if !letters::is_dead(&mut tx, id).await? || !inbox::revive(&mut tx, id, at.at()).await? {
            return Err(GoHighLevelError::UnknownLetter(id));
        }
        let noted = audit::NewEntry::new(at.at(), &at.actor, "gohighlevel.replayed", &subject(market));
        trail::append(&mut tx, noted.with("letter", id));
        tx.commit().await?;
        Ok(())
    }

    /// Brings all dead letters back; how many.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn replay_all(&self, market: &Market, at: &Moment) -> Result<u64, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let mut count = 0_u64;
        for id in letters::all(&mut tx, REPLAY_MAX).await? {
            count += u64::from(inbox::revive(&mut tx, id, at.at()).await?);
        }
        if count > 0 {
            let noted = audit::NewEntry::new(at.at(), &at.actor, "gohighlevel.replayed", &subject(market));
            trail::append(&mut tx, noted.with("letters", count));
            tx.commit().await?;
        }
        Ok(count)
    }
}

/// What audit entries about a market's connection are about.
pub(crate) fn subject(market: &Market) -> String {
    format!("market:{}", market.id())
}
