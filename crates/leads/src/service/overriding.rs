use contacts::Sight;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Ulid};
use markets::Market;
use serde::Serialize;

use crate::{Leads, LeadsError};

/// What a person said of a lead.
#[derive(Clone, PartialEq, Serialize)]
pub struct Word {
    /// Which one.
    pub id: Ulid,
    /// The chance that the person gives the lead.
    pub probability: f64,
    /// Why.
    pub reason: String,
    /// Who, as the audit chain names them.
    pub who: String,
    /// From when on.
    pub since: Timestamp,
    /// Until when; that instant is outside.
    pub until: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

impl std::fmt::Debug for Word {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Word({}, {} until {})", self.id, self.probability, self.until)
    }
}

impl Leads {
    /// Says that the chance of a lead is `probability` for `reason`, until `until`. It counts beside the computed score,
    /// which goes on being made.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Override`], or when the market fails.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that a person says")]
    pub async fn override_score(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        probability: f64,
        reason: &str,
        until: Timestamp,
        at: &Moment,
    ) -> Result<Word, LeadsError> {
        let _ = (market, sight, probability, reason, until, at);
        Err(LeadsError::Unknown(id))
    }

    /// Takes back every word on a lead that is in force; how many there were.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn withdraw_override(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let _ = (market, sight, at);
        Err(LeadsError::Unknown(id))
    }
}
