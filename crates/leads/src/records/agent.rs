//! Agents, offers, the gate's decisions and opt-outs.

use super::Part;

/// The migrations and tables of this part.
pub(crate) const PART: Part = Part { migrations: &[], tables: &[], erased: &[] };
