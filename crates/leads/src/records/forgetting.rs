//! Rows that grow with time and are kept for a time alone: scores of the past, predictions.

use jiff::Timestamp;
use store::{Migration, Query, StoreError, Tx};

use super::Part;

/// The indexes by which old rows are found.
pub(crate) const PART: Part = Part {
    migrations: &[Migration {
        version: 4,
        name: "forgetting",
        sql: include_str!("../../migrations/market/0004_forgetting.sql"),
    }],
    tables: &[],
    erased: &[],
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
