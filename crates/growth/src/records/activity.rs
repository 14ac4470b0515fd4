use store::{Db, Query, Row, Session, StoreError, Tx};

use crate::activity::{ActivityKind, GrowthEvent};

fn event(row: &Row) -> Result<GrowthEvent, StoreError> {
    let kind = row.str("kind")?;
    Ok(GrowthEvent {
        id: row.parse("id")?,
        at: row.timestamp("at")?,
        actor: row.text("actor")?,
        kind: ActivityKind::from_id(kind)
            .ok_or_else(|| StoreError::column("kind", format!("no kind of activity `{kind}`")))?,
        subject: row.text("subject")?,
        sentence: row.text("sentence")?,
    })
}

/// Appends to the log. Every change does this once, so the log's length is the revision of all growth data.
pub(crate) async fn log(tx: &mut Tx, event: &GrowthEvent) -> Result<(), StoreError> {
    tx.one_at_a_time("growth_activity").await?;
    let sequence = super::next(&mut *tx, "SELECT MAX(sequence) AS last FROM growth_activity").await?;
    let insert = Query::new(
        "INSERT INTO growth_activity (id, sequence, at, actor, kind, subject, sentence) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(event.id)
    .bind(sequence)
    .bind(event.at)
    .bind(event.actor.as_str())
    .bind(event.kind.id())
    .bind(event.subject.as_str())
    .bind(event.sentence.as_str());
    tx.execute(insert).await.map(|_| ())
}

/// The revision of all growth data: it differs whenever anything changed, also by another process.
pub(crate) async fn revision(on: impl Into<Session<'_>>) -> Result<i64, StoreError> {
    let row = on.into().one(Query::new("SELECT MAX(sequence) AS last FROM growth_activity")).await?;
    Ok(row.int_or_null("last")?.unwrap_or(0))
}

/// The entries after a revision with their own, the oldest first.
pub(crate) async fn activity_after(db: &Db, revision: i64) -> Result<Vec<(i64, GrowthEvent)>, StoreError> {
    let query = Query::new(
        "SELECT id, sequence, at, actor, kind, subject, sentence FROM growth_activity \
         WHERE sequence > ? ORDER BY sequence LIMIT 1000",
    )
    .bind(revision);
    db.list(query, |row| Ok((row.int("sequence")?, event(row)?))).await
}

/// The latest entries, the newest first.
pub(crate) async fn recent_activity(db: &Db, limit: usize) -> Result<Vec<GrowthEvent>, StoreError> {
    let query = Query::new(
        "SELECT id, at, actor, kind, subject, sentence FROM growth_activity ORDER BY sequence DESC LIMIT ?",
    )
    .bind(limit);
    db.list(query, event).await
}

/// The latest entries about one subject, the newest first.
pub(crate) async fn activity_of(
    db: &Db,
    subject: &str,
    limit: usize,
) -> Result<Vec<GrowthEvent>, StoreError> {
    let query = Query::new(
        "SELECT id, at, actor, kind, subject, sentence FROM growth_activity \
         WHERE subject = ? ORDER BY sequence DESC LIMIT ?",
    )
    .bind(subject)
    .bind(limit);
    db.list(query, event).await
}
