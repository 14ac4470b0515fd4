use kernel::Moment;
use markets::Market;

use crate::{GoHighLevel, GoHighLevelError, records::link};

impl GoHighLevel {
    /// Buries what is gone there: no later arrival of it is taken in. Whether it was alive.
    ///
    /// # Errors
    /// When the market's database fails.
    pub(crate) async fn bury(
        &self,
        market: &Market,
        kind: &str,
        remote: &str,
        at: &Moment,
    ) -> Result<bool, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let was_alive = link::bury(&mut tx, kind, remote, "deleted", at.at()).await?;
        tx.commit().await?;
        Ok(was_alive)
    }
}
