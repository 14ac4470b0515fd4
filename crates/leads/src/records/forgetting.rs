//! Rows that grow with time and are kept for a time alone: scores of the past, predictions.

use jiff::Timestamp;
use store::{Migration, Query, StoreError, Tx};

use super::{Part, imported::IMPORT};

/// The indexes by which old rows are found, and what came later.
pub(crate) const PART: Part = Part {
    migrations: &[
        Migration {
            version: 4,
            name: "forgetting",
            sql: include_str!("../../migrations/market/0004_forgetting.sql"),
        },
        // Of leads and their files; migrations are numbered across the parts.
        Migration { version: 5, name: "gone", sql: include_str!("../../migrations/market/0005_gone.sql") },
        Migration {
            version: 6,
            name: "imported",
            sql: include_str!("../../migrations/market/0006_imported.sql"),
        },
    ],
    tables: &[IMPORT],
    erased: &[("lead_import", "DELETE FROM lead_import WHERE contact = ?")],
};

/// Forgets scores made before `before`, at most `limit`; how many. The last one of each lead stays.
pub(crate) async fn scores(tx: &mut Tx, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
    let delete = Query::new(
        "DELETE FROM lead_score WHERE id IN (SELECT old.id FROM lead_score old WHERE old.at < ? \
         AND EXISTS (SELECT 1 FROM lead_score later WHERE later.contact = old.contact AND later.at > old.at) LIMIT ?)",
    );
    tx.execute(delete.bind(before).bind(limit)).await
}

/// Forgets predictions made before `before`, at most `limit`; how many.
pub(crate) async fn predictions(tx: &mut Tx, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
    let delete = Query::new(
        "DELETE FROM lead_prediction WHERE id IN (SELECT id FROM lead_prediction WHERE at < ? LIMIT ?)",
    );
    tx.execute(delete.bind(before).bind(limit)).await
}
