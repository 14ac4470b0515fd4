//! What the directory lets go of when a market is gone for good.

use std::sync::Arc;

use directory::Directory;
use kernel::{MarketId, Moment};
use markets::{Forgetter, Forgetting};

/// Nobody belongs to a market that is gone, and its keys open nothing.
pub(crate) fn members(directory: Directory) -> Arc<dyn Forgetter> {
    Arc::new(Members(directory))
}

struct Members(Directory);

impl Forgetter for Members {
    fn part(&self) -> &'static str {
        "directory"
    }

    fn forget<'a>(&'a self, market: MarketId, at: &'a Moment) -> Forgetting<'a> {
        Box::pin(async move {
            self.0.forget_market(market, at).await?;
            Ok(())
        })
    }
}
