//! Policy versions as the hub keeps them: every one that was ever saved, one of them active.

use jiff::Timestamp;
use kernel::PolicyKey;
use serde::Serialize;

/// One saved policy, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyVersion {
    /// Name and version.
    #[serde(flatten)]
    pub key: PolicyKey,
    /// Why it was made.
    pub note: String,
    /// When; `None`: it ships with the product.
    pub created_at: Option<Timestamp>,
    /// By whom; `None`: it ships with the product.
    pub created_by: Option<String>,
    /// Whether it is the one that counts.
    pub active: bool,
}
