//! Moves: to another server, or between a file and a server.

use kernel::{MarketName, Moment};
use store::image;

use super::{
    Markets,
    replacing::{Databases, Details, Replacement},
};
use crate::{MarketRecord, MarketsError, Placement};

impl Markets {
    /// Moves a market's database: fences it, copies it, compares every row, and makes the copy the market's own. While
    /// it is fenced (as long as copying takes) writes are refused with a reason; none that was acknowledged is lost.
    ///
    /// # Errors
    /// [`MarketsError::Unsuitable`] when it is there already, [`MarketsError::UnknownServer`],
    /// [`MarketsError::CopyDiffers`], and when a database fails: the market is then where it was, and open.
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
        let draft = self.scratch("move");
        let moved = self
            .replace(&record, replacement, at, async |databases: &Databases| {
                let old = databases.old.as_ref().map_err(|lost| {
                    MarketsError::Unsuitable(format!("the market's database cannot be read: {lost}"))
                })?;
                let parent = draft.parent().map(std::path::Path::to_owned).unwrap_or_default();
                super::blocking(move || crate::folder::private(&parent)).await??;
                let summary = old.write_image(&draft, &self.0.schemas).await?;
                image::load(&draft, &databases.new, &self.0.schemas).await?;
                let differing = image::compare(old, &databases.new, &self.0.schemas).await?;
                if !differing.is_empty() {
                    let tables: Vec<&str> =
                        differing.iter().map(|difference| difference.left.table.as_str()).collect();
                    return Err(MarketsError::CopyDiffers(tables.join(", ")));
                }
                let rows: u64 = summary.tables.iter().map(|table| table.rows).sum();
                let details: Details = [
                    ("from".to_owned(), record.placement.to_string()),
                    ("rows".to_owned(), rows.to_string()),
                    ("image_sha256".to_owned(), summary.sha256),
                ]
                .into();
                Ok(details)
            })
            .await;
        store::market::remove_file(&draft).await?;
        moved
    }
}
