//! Counts of a market without any person in them.

use jiff::Timestamp;
use store::{Db, Query, StoreError};

use crate::Direction;

/// Contacts per pipeline and stage.
pub(crate) async fn by_stage(db: &Db) -> Result<Vec<(String, String, u64)>, StoreError> {
    let query = Query::new(
        "SELECT pipeline, stage, COUNT(*) AS contacts FROM contact GROUP BY pipeline, stage ORDER BY pipeline, stage",
    );
    db.list(query, |row| Ok((row.text("pipeline")?, row.text("stage")?, row.count("contacts")?))).await
}

/// Contacts that nobody looks after.
pub(crate) async fn unassigned(db: &Db) -> Result<u64, StoreError> {
    let query = Query::new("SELECT COUNT(*) AS contacts FROM contact WHERE assignee IS NULL");
    db.one(query).await?.count("contacts")
}

/// Contacts that came in `from..until`, per pipeline.
pub(crate) async fn created_between(
    db: &Db,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, u64)>, StoreError> {
    let query = Query::new(
        "SELECT pipeline, COUNT(*) AS contacts FROM contact WHERE created_at >= ? AND created_at < ? \
         GROUP BY pipeline ORDER BY pipeline",
    );
    db.list(query.bind(from).bind(until), |row| Ok((row.text("pipeline")?, row.count("contacts")?))).await
}

/// Messages per direction and pipeline of their contact.
pub(crate) async fn messages(db: &Db) -> Result<Vec<(Direction, String, u64)>, StoreError> {
    let query = Query::new(
        "SELECT m.direction, c.pipeline, COUNT(*) AS messages FROM message m JOIN contact c ON c.id = m.contact_id \
         GROUP BY m.direction, c.pipeline ORDER BY m.direction, c.pipeline",
    );
    db.list(query, |row| Ok((row.parse("direction")?, row.text("pipeline")?, row.count("messages")?))).await
}
