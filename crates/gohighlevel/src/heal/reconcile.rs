//! Comparisons out of turn, because somebody asks for them.

use boxed::boxed;
use jiff::Timestamp;
use markets::Market;

use super::{Family, Pass};
use crate::{GoHighLevel, GoHighLevelError};

#[boxed]
impl GoHighLevel {
    /// Asks for what changed since the last good watermark, now rather than in turn: the next call of
    /// [`GoHighLevel::tend`] begins.
    ///
    /// # Errors
    /// [`GoHighLevelError::NotConnected`], or when the market's database fails.
    pub async fn reconcile_now(&self, market: &Market, _now: Timestamp) -> Result<(), GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        self.want(market, &connection, &Family::ALL, Pass::Reconcile).await
    }

    /// Asks for everything to be compared, deletions included, now rather than in turn: the next call of
    /// [`GoHighLevel::tend`] begins.
    ///
    /// # Errors
    /// As [`GoHighLevel::reconcile_now`].
    pub async fn sweep_now(&self, market: &Market, _now: Timestamp) -> Result<(), GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        self.want(market, &connection, &Family::ALL, Pass::Sweep).await
    }

    /// Asks for everything to be brought anew, as if nothing had been: what is here stays, and what is there is
    /// compared with it page by page. [`GoHighLevel::tend`] and [`GoHighLevel::backfill`] do it.
    ///
    /// # Errors
    /// As [`GoHighLevel::reconcile_now`].
    pub async fn fill_again(&self, market: &Market, _now: Timestamp) -> Result<(), GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        self.change_marks(market, &connection, |mark| Some(mark.moved_to(&connection.location))).await
    }
}
