//! Moves: to another server, or between a file and a server.

use boxed::boxed;
use kernel::{MarketName, Moment};
use store::image::LiveCopy;

use super::{
    Markets,
    replacing::{Databases, Details, Replacement},
};
use crate::{MarketRecord, MarketsError, Placement};

#[boxed]
impl Markets {
    /// Moves a market's database: copies it while everybody works, and brings the copy up to what was written meanwhile;
    /// then fences the database, compares every row once more, brings over what still differs, and makes the copy the
    /// market's own. While it is fenced (about as long as reading the database once) writes are refused with a reason;
    /// none that was acknowledged is lost.
    ///
    /// # Errors
    /// [`MarketsError::Unsuitable`] when it is there already or cannot be read, [`MarketsError::UnknownServer`],
    /// [`EnterError::Fenced`](crate::EnterError::Fenced) when its tables cannot be brought up to date, and when a database
    /// fails: the market is then where it was, and open.
    pub async fn move_to(
        &self,
        name: &MarketName,
        to: Placement,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let record = self.record(name).await?;
        if record.placement == to {
            return Err(MarketsError::Unsuitable(format!("the market {name} is there already")));
        }
        match to {
            Placement::Server(id) => drop(self.server(id).await?),
            Placement::Embedded if self.0.admin_url.is_some() => {
                let what = "a hub on PostgreSQL has no embedded markets: other nodes could not reach them";
                return Err(MarketsError::Unsuitable(what.to_owned()));
            }
            Placement::Embedded => {}
        }
        let replacement = Replacement {
            kind: "move",
            action: "market.moved",
            reason: "it is being moved to another place",
            placement: to,
        };
        let ahead = async |databases: &Databases| {
            let old = databases.old.as_ref().map_err(|lost| {
                MarketsError::Unsuitable(format!("the market's database cannot be read: {lost}"))
            })?;
            // The copy has the tables of this program, and so must the original.
            self.brought_up_to_date(record.clone(), old).await?;
            let mut copy = LiveCopy::begin(old, &databases.new, &self.0.schemas).await?;
            let meanwhile = copy.catch_up(old, &databases.new).await?;
            tracing::debug!(market = %record.id, ?meanwhile, "a market is copied, and still open");
            Ok(copy)
        };
        let fill = async |databases: &Databases, mut copy: LiveCopy| {
            let old = databases.old.as_ref().map_err(|lost| {
                MarketsError::Unsuitable(format!("the market's database cannot be read: {lost}"))
            })?;
            let last = copy.catch_up(old, &databases.new).await?;
            tracing::debug!(market = %record.id, ?last, "a market is copied");
            let details: Details = [
                ("from".to_owned(), record.placement.to_string()),
                ("rows".to_owned(), copy.rows().to_string()),
            ]
            .into();
            Ok(details)
        };
        self.replace(&record, replacement, at, ahead, fill).await
    }
}
