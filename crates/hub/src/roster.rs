//! Who takes leads belongs to the market: the leads do not know the directory, nor it them.

use boxed::boxed;
use directory::Member;
use kernel::{MarketId, Moment, Ulid};
use leads::{Dismissed, LeadsError};
use markets::{EnterError, Market};
use store::StoreError;

use crate::Hub;

/// Why a roster could not be brought in line with the directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// The hub's database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The market cannot be entered now.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// The leads failed.
    #[error(transparent)]
    Leads(#[from] LeadsError),
}

#[boxed]
impl Hub {
    /// Takes everybody off a market's roster who cannot hold leads there any more: who left, was shut out or has a role
    /// that sees none. To be called whenever somebody's place may have changed, and before leads are offered.
    ///
    /// # Errors
    /// When a database fails; it may be done again.
    pub async fn settle_roster(&self, market: &Market, at: &Moment) -> Result<Dismissed, RosterError> {
        if self.leads.roster(market).await?.is_empty() {
            return Ok(Dismissed::default());
        }
        let members = self.directory.members(market.id()).await?;
        let able = members.iter().filter(|member| member.may_hold_contacts());
        let able = able.map(|member| member.user.id).collect();
        Ok(self.leads.dismiss_others(market, &able, at).await?)
    }

    /// As [`Hub::settle_roster`] for one user, whose place in these markets has changed; where they held something. One who
    /// was taken off the roster before may hold leads yet that wait for a first word.
    ///
    /// What cannot be done now is logged: whoever offers leads in the market next settles its roster.
    pub async fn settle_agent(&self, user: Ulid, markets: &[MarketId], at: &Moment) -> Vec<MarketId> {
        let mut touched = Vec::new();
        for market in markets {
            match self.settle_agent_in(*market, user, at).await {
                Ok(dismissed) if dismissed.is_nothing() => {}
                Ok(_) => touched.push(*market),
                Err(error) => {
                    tracing::warn!(%market, %error, "a user is on the market's roster yet: {error}");
                }
            }
        }
        touched
    }

    async fn settle_agent_in(
        &self,
        market: MarketId,
        user: Ulid,
        at: &Moment,
    ) -> Result<Dismissed, RosterError> {
        let market = &self.markets.enter_by_id(market).await?;
        let members = self.directory.members(market.id()).await?;
        if members.iter().filter(|member| member.user.id == user).any(Member::may_hold_contacts) {
            return Ok(Dismissed::default());
        }
        Ok(self.leads.dismiss(market, user, at).await?)
    }
}
