use jiff::Timestamp;
use kernel::Ulid;
use serde::{Deserialize, Serialize};

/// A page with its filters, kept under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Identity.
    pub id: Ulid,
    /// Whose.
    pub user_id: Ulid,
    /// The page's path (`/growth/opportunities`).
    pub page: String,
    /// The name given, unique per user and page.
    pub name: String,
    /// The address's query, without `?`.
    pub query: String,
    /// When it was saved.
    pub created_at: Timestamp,
}
