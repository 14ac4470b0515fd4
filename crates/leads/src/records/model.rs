//! Models, the ledger of their predictions, and the market's policy.

use super::Part;

/// The migrations and tables of this part.
pub(crate) const PART: Part = Part { migrations: &[], tables: &[], erased: &[] };
