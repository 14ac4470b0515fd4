//! Versions of the market's policy of leads.

use jiff::Timestamp;
use kernel::Actor;
use store::{Query, Row, Session, StoreError, Tx};

use crate::policy::LeadPolicyVersion;

const POLICY: &str = "SELECT version, text, note, actor, saved_at FROM lead_policy ";

fn policy(row: &Row) -> Result<LeadPolicyVersion, StoreError> {
    Ok(LeadPolicyVersion {
        version: row.count("version")?,
        text: row.text("text")?,
        note: row.text("note")?,
        actor: row.text("actor")?,
        saved_at: Some(row.timestamp("saved_at")?),
    })
}

/// All versions, the newest first.
pub(crate) async fn all(on: impl Into<Session<'_>>) -> Result<Vec<LeadPolicyVersion>, StoreError> {
    on.into().list(Query::new(POLICY).push("ORDER BY version DESC"), policy).await
}

/// The one in force; none while the market has the shipped one.
pub(crate) async fn latest(on: impl Into<Session<'_>>) -> Result<Option<LeadPolicyVersion>, StoreError> {
    let row = on.into().optional(Query::new(POLICY).push("ORDER BY version DESC LIMIT 1")).await?;
    row.as_ref().map(policy).transpose()
}

pub(crate) async fn add(
    tx: &mut Tx,
    version: u32,
    text: &str,
    note: &str,
    by: &Actor,
    at: Timestamp,
) -> Result<(), StoreError> {
    let insert =
        Query::new("INSERT INTO lead_policy (version, text, note, actor, saved_at) VALUES (?, ?, ?, ?, ?)");
    let insert = insert.bind(version).bind(text).bind(note).bind(by.id()).bind(at);
    tx.execute(insert).await.map(|_| ())
}
