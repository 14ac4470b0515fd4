use contacts::Sight;
use jiff::Timestamp;
use kernel::Moment;
use markets::Market;
use serde::Serialize;
use tabular::Table;

use super::board::BoardQuery;
use crate::{Leads, LeadsError};

/// Every lead that meets the conditions, for a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The leads, in the order asked for.
    pub table: Table,
    /// What is in it.
    pub manifest: ExportManifest,
}

/// What an [`Export`] holds, to be given along with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportManifest {
    /// Leads.
    pub rows: u64,
    /// SHA-256 of the table written as CSV without a guard against formulas, in hexadecimal.
    pub sha256: String,
    /// The market's policy, with its version.
    pub policy: String,
    /// What its scores rest on, each rule or model once.
    pub models: Vec<String>,
    /// The moment that it speaks of.
    pub as_of: Timestamp,
}

impl Leads {
    /// Every lead that meets the conditions of `query`, whose page is ignored. The export is noted in the audit trail.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn export(
        &self,
        market: &Market,
        sight: Sight,
        query: &BoardQuery,
        at: &Moment,
    ) -> Result<Export, LeadsError> {
        let _ = (market, sight, query, at);
        Err(LeadsError::Conflict(String::new()))
    }
}
