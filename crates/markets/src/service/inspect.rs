//! How a market is doing, and what it still needs.

use kernel::{MarketName, Moment};

use super::Markets;
use crate::{Checklist, Health, MarketsError};

impl Markets {
    /// Looks at everything of a market that can go wrong.
    ///
    /// # Errors
    /// [`MarketsError::Unknown`], or when the hub's database fails: what fails of the market itself is a finding.
    pub async fn health(&self, name: &MarketName, at: &Moment) -> Result<Health, MarketsError> {
        let _ = (name, at);
        unimplemented!()
    }

    /// What the market needs before it goes live.
    ///
    /// # Errors
    /// When the market cannot be entered or a database fails.
    pub async fn checklist(&self, name: &MarketName) -> Result<Checklist, MarketsError> {
        let market = self.enter(name).await?;
        let mut steps = Vec::new();
        for step in self.steps() {
            let (id, title, required) = (step.id(), step.title(), step.required());
            let state = step.check(self, &market).await?;
            steps.push(crate::checklist::Step { id, title, required, state, place: step.place(&market) });
        }
        Ok(Checklist { steps })
    }
}
