use contacts::Sight;
use jiff::Timestamp;
use kernel::{Interval, PersonId};
use markets::Market;
use serde::Serialize;

use super::{board::LeadRow, overriding::Word};
use crate::{
    Leads, LeadsError,
    band::Band,
    score::{LeadScore, Reason},
};

/// A lead with everything that is known of its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadView {
    /// As a list shows it.
    pub row: LeadRow,
    /// The score with all factors; none before the first one.
    pub score: Option<LeadScore>,
    /// The person's word that counts now.
    pub word: Option<Word>,
    /// Every word that a person said, the latest first.
    pub words: Vec<Word>,
}

/// A score of the past.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastScore {
    /// When.
    pub at: Timestamp,
    /// The chance as computed.
    pub probability: f64,
    /// Where it lay.
    pub interval: Interval,
    /// The band then.
    pub band: Option<Band>,
    /// `prior` or `model`.
    pub basis: String,
    /// Which rule or model, with its version.
    pub model: String,
    /// What moved it, the largest first.
    pub reasons: Vec<Reason>,
}

impl Leads {
    /// One lead.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`] when it is not there or not in sight.
    pub async fn lead(&self, market: &Market, sight: Sight, id: PersonId) -> Result<LeadView, LeadsError> {
        let _ = (market, sight);
        Err(LeadsError::Unknown(id))
    }

    /// What was said of a lead, the latest first.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`] when it is not there or not in sight.
    pub async fn history(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        limit: usize,
    ) -> Result<Vec<PastScore>, LeadsError> {
        let _ = (market, sight, limit);
        Err(LeadsError::Unknown(id))
    }
}
