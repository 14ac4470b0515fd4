//! Snapshots: what was known of all clients on one day. Immutable.

use jiff::{Timestamp, civil::Date};
use kernel::{Currency, Notice, Rejection, Ulid};
use serde::Serialize;

use crate::import::ColumnUse;

/// A snapshot without its clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SnapshotSummary {
    /// Identity.
    pub id: Ulid,
    /// File name, or the profile's files.
    pub source: String,
    /// SHA-256 of the source's bytes, hexadecimal.
    pub content_sha256: String,
    /// Profile that derived the metrics from raw records; `None`: the file had metrics.
    pub profile: Option<String>,
    /// Whether the clients are made up (demonstration data): shown beside every figure.
    pub simulated: bool,
    /// The day the metrics speak of.
    pub as_of: Date,
    /// Currency of its amounts.
    pub currency: Currency,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// By whom.
    pub imported_by: String,
    /// Data rows in the source.
    pub rows: u64,
    /// Clients taken.
    pub clients: u64,
    /// Rows not taken.
    pub rejected_rows: u64,
    /// Remarks about rows that were taken.
    pub notices: u64,
    /// What each column was used for.
    pub columns: Vec<ColumnUse>,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportReport {
    /// The snapshot.
    pub snapshot: SnapshotSummary,
    /// Whether the same bytes of the same day had been imported before: then nothing was done.
    pub existed: bool,
    /// Why rows were not taken.
    pub rejected: Vec<Rejection>,
    /// What is worth knowing about rows that were.
    pub notices: Vec<Notice>,
}
