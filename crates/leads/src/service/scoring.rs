use std::{future::Future, pin::Pin};

use jiff::Timestamp;
use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use store::{StoreError, Tx};

use crate::{Leads, LeadsError, overlay::Effective, score::LeadScore};

/// The answer of a [`ScoreWitness`].
pub type ScoreTelling<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// Who has to hear of scores: in the transaction that keeps them, so that both happen or neither.
pub trait ScoreWitness: Send + Sync {
    /// A lead was scored, or another band became its own.
    fn scored<'a>(&'a self, tx: &'a mut Tx, told: &'a ToldScore<'a>) -> ScoreTelling<'a>;
}

/// What a [`ScoreWitness`] is told.
#[derive(Clone, Copy)]
pub struct ToldScore<'a> {
    /// Where.
    pub market: &'a Market,
    /// The person's key: what is kept of them is sealed under it.
    pub key: &'a SealingKey,
    /// Of whom.
    pub contact: PersonId,
    /// The score, with its standing.
    pub score: &'a LeadScore,
    /// The chance that counts, and a person's word on it.
    pub effective: Effective<'a>,
    /// When, by whom.
    pub at: &'a Moment,
}

/// What [`Leads::score_due`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoredReport {
    /// Who was scored.
    pub scored: Vec<PersonId>,
    /// Whether others wait: call again.
    pub more: bool,
    /// When the next score is due, if nothing happens before.
    pub next: Option<Timestamp>,
}

impl Leads {
    /// Scores the leads of which there are news, and those whose score has grown old, at most `limit`.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn score_due(
        &self,
        market: &Market,
        now: Timestamp,
        limit: usize,
    ) -> Result<ScoredReport, LeadsError> {
        let _ = (market, now, limit);
        Ok(ScoredReport::default())
    }
}
