use boxed::boxed;
use jiff::Timestamp;
use kernel::PersonId;
use markets::Market;
use serde::Serialize;

use crate::{GoHighLevel, GoHighLevelError, records::link};

/// Links on one page.
const PAGE_MAX: u32 = 1_000;

/// Which person here is which entity there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it is there: `contact`, `opportunity`, `appointment`, `task`, `message`.
    pub kind: String,
    /// Its identifier there.
    pub remote: String,
    /// The person here; none when there is none any more.
    pub contact: Option<PersonId>,
    /// When it was changed there, as last seen.
    pub remote_updated_at: Option<Timestamp>,
    /// Since when it is gone, or must not come back.
    pub tombstoned_at: Option<Timestamp>,
    /// Why: `deleted`, `erased`, `suppressed`, `left` (the market left the location).
    pub reason: Option<String>,
}

#[boxed]
impl GoHighLevel {
    /// Links of a kind in the order of their identifiers there, those after `after` (empty: from the first), at most a
    /// thousand.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn links(
        &self,
        market: &Market,
        kind: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Link>, GoHighLevelError> {
        let page = link::page(market.db(), kind, after, limit.clamp(1, PAGE_MAX)).await?;
        Ok(page.into_iter().map(Link::from).collect())
    }

    /// One link.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn link(
        &self,
        market: &Market,
        kind: &str,
        remote: &str,
    ) -> Result<Option<Link>, GoHighLevelError> {
        Ok(link::of_remote(market.db(), kind, remote).await?.map(Link::from))
    }

    /// Everything that a person is there, what is gone included.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn links_of(&self, market: &Market, contact: PersonId) -> Result<Vec<Link>, GoHighLevelError> {
        let all = link::of_contact(market.db(), contact).await?;
        Ok(all.into_iter().map(Link::from).collect())
    }
}

impl From<link::StoredLink> for Link {
    fn from(stored: link::StoredLink) -> Self {
        let link::StoredLink { kind, remote, contact, remote_updated_at, tombstoned_at, reason, .. } = stored;
        Self { kind, remote, contact, remote_updated_at, tombstoned_at, reason }
    }
}
