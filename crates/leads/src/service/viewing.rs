use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{Interval, PersonId};
use markets::Market;
use serde::Serialize;

use super::{
    board::LeadRow,
    overriding::{self, ScoreOverride, counting},
    unsealed,
};
use crate::{
    Leads, LeadsError,
    band::Band,
    records,
    score::{LeadScore, Reason},
};

/// A lead with everything that is known of its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadView {
    /// As a list shows it.
    pub row: LeadRow,
    /// The score with all factors; none before the first one.
    pub score: Option<LeadScore>,
    /// The person's word that counts at the moment asked of.
    pub set_by: Option<ScoreOverride>,
    /// Every word that a person said, the latest first.
    pub overrides: Vec<ScoreOverride>,
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
    pub band: Band,
    /// `prior` or `model`.
    pub basis: String,
    /// Which rule or model, with its version.
    pub model: String,
    /// Tells whether another score saw the same.
    pub features: String,
    /// What moved it most, the largest first.
    pub reasons: Vec<Reason>,
}

#[boxed]
impl Leads {
    /// One lead, with the person's word that counts at `now`.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`] when it is not there or not in sight.
    pub async fn lead(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        now: Timestamp,
    ) -> Result<LeadView, LeadsError> {
        let found = self.rows(market, sight, &[id]).await?.into_iter().next();
        let (row, score) = found.ok_or(LeadsError::Unknown(id))?;
        let key = market.person_key(id).await?.ok_or(LeadsError::Unknown(id))?;
        let stored = records::score::overrides(market.db(), id).await?;
        let overrides = stored
            .iter()
            .map(|stored| overriding::opened(market, &key, stored))
            .collect::<Result<Vec<ScoreOverride>, LeadsError>>()?;
        let set_by = counting(&overrides, row.probability.unwrap_or_default(), now);
        Ok(LeadView { row, score, set_by, overrides })
    }

    /// What was said of a lead, the latest first: every score after news, and those that moved by half a point or rest
    /// on something else than the one before.
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
        self.contacts.get(market, sight, id).await?;
        let key = market.person_key(id).await?.ok_or(LeadsError::Unknown(id))?;
        let stored = records::score::of(market.db(), id, limit).await?;
        stored
            .into_iter()
            .map(|past| {
                let row = past.id.to_string();
                Ok(PastScore {
                    at: past.at,
                    probability: past.probability,
                    interval: Interval { lower: past.lower, upper: past.upper },
                    band: past.band,
                    basis: past.basis,
                    model: past.model,
                    features: past.features,
                    reasons: unsealed(market, &key, "lead_score", &row, "detail_sealed", &past.detail)?,
                })
            })
            .collect()
    }
}
