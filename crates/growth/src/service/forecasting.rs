use boxed::boxed;
use finance::Correlation;

use super::{Board, Growth, GrowthError};
use crate::{
    forecast::{Assumptions, Forecast, Prospect, contributions, worked},
    metrics::ClientId,
    projection::Goal,
};

impl Board {
    /// What can still be won, as [`Board::opportunities`], with the tier of each.
    ///
    /// # Errors
    /// As [`Board::posterior`].
    pub fn prospects(&self) -> Result<Vec<Prospect>, GrowthError> {
        let prospects = self.opportunities()?.into_iter().filter_map(|opportunity| {
            let (_, assessment) = self.client(&ClientId::new(opportunity.id.clone()))?;
            Some(Prospect { tier: assessment.tier, opportunity })
        });
        Ok(prospects.collect())
    }

    /// What the settings say, and every chance as it is believed.
    ///
    /// # Errors
    /// When the settings are in another currency than the snapshot.
    pub fn live_assumptions(&self) -> Result<Assumptions, GrowthError> {
        // Settings keep the correlation in range, so the fallback is never taken.
        let correlation = Correlation::new(self.settings.correlation).unwrap_or(Correlation::NONE);
        Ok(Assumptions::live(self.goal_mrr()?, correlation))
    }
}

#[boxed]
impl Growth {
    /// What `prospects` (of [`Board::prospects`]) bring under `assumptions`, from today's revenue and what was
    /// signed since the snapshot. The same question again is answered from memory.
    ///
    /// # Errors
    /// When currencies differ or the sum is too large to be counted exactly.
    pub async fn forecast(
        &self,
        board: &Board,
        prospects: &[Prospect],
        assumptions: Assumptions,
    ) -> Result<Forecast, GrowthError> {
        let current = board.current_mrr()?.plus(board.signed_since().per_month())?;
        let goal = Goal::MrrLevel(assumptions.goal);
        let correlation = assumptions.correlation;
        let contributions = contributions(prospects, &assumptions);
        let offers = worked(&contributions);
        let projection = match self.projections.known(&offers, current, goal, correlation) {
            Some(known) => known,
            None => {
                let memo = self.projections.clone();
                let work = move || memo.answer(&offers, current, goal, correlation);
                tokio::task::spawn_blocking(work).await.map_err(|_| GrowthError::Interrupted)??
            }
        };
        Ok(Forecast { assumptions, contributions, projection })
    }
}
