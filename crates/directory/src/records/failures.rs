//! Failed sign-ins, for throttling.

use jiff::Timestamp;
use store::{Query, Session as On, StoreError, Tx};

/// Failures of these subjects, oldest first, each with its subject.
pub(crate) async fn failures_since(
    on: impl Into<On<'_>>,
    subjects: Vec<String>,
    since: Timestamp,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let mut query =
        Query::new("SELECT subject, at FROM failed_sign_in WHERE at > ? AND subject IN (''").bind(since);
    for subject in subjects {
        query = query.push(", ?").bind(subject);
    }
    let query = query.push(") ORDER BY at");
    on.into().list(query, |row| Ok((row.text("subject")?, row.timestamp("at")?))).await
}

pub(crate) async fn add_failure(tx: &mut Tx, subject: String, at: Timestamp) -> Result<(), StoreError> {
    let insert = Query::new("INSERT INTO failed_sign_in (subject, at) VALUES (?, ?)").bind(subject).bind(at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn forget_failures_before(tx: &mut Tx, before: Timestamp) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM failed_sign_in WHERE at <= ?").bind(before)).await.map(|_| ())
}

pub(crate) async fn forget_failures_of(tx: &mut Tx, subject: String) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM failed_sign_in WHERE subject = ?").bind(subject)).await.map(|_| ())
}
