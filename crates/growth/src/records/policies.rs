use jiff::Timestamp;
use kernel::{Actor, PolicyKey};
use store::{Query, Row, Session, StoreError, Tx};

use crate::policy_version::PolicyVersion;

fn key(row: &Row) -> Result<PolicyKey, StoreError> {
    Ok(PolicyKey { name: row.text("name")?, version: row.count("version")? })
}

/// Every version, by name and the newest first; none marked active.
pub(crate) async fn policy_versions(on: impl Into<Session<'_>>) -> Result<Vec<PolicyVersion>, StoreError> {
    let query = Query::new(
        "SELECT name, version, note, created_at, created_by FROM growth_policy ORDER BY name, version DESC",
    );
    on.into()
        .list(query, |row| {
            Ok(PolicyVersion {
                key: key(row)?,
                note: row.text("note")?,
                created_at: row.timestamp_or_null("created_at")?,
                created_by: row.text_or_null("created_by")?,
                active: false,
            })
        })
        .await
}

/// The text of a version.
pub(crate) async fn policy_content(
    on: impl Into<Session<'_>>,
    key: &PolicyKey,
) -> Result<Option<String>, StoreError> {
    let query = Query::new("SELECT content FROM growth_policy WHERE name = ? AND version = ?")
        .bind(key.name.as_str())
        .bind(key.version);
    on.into().optional(query).await?.map(|row| row.text("content")).transpose()
}

/// The version number after the highest of a name.
pub(crate) async fn next_policy_version(tx: &mut Tx, name: &str) -> Result<u32, StoreError> {
    tx.one_at_a_time("growth_policy").await?;
    let query = Query::new("SELECT COALESCE(MAX(version), 0) + 1 AS next FROM growth_policy WHERE name = ?")
        .bind(name);
    tx.one(query).await?.count("next")
}

pub(crate) async fn add_policy(
    tx: &mut Tx,
    key: &PolicyKey,
    content: &str,
    note: &str,
    created: Option<(Timestamp, &Actor)>,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO growth_policy (name, version, content, note, created_at, created_by) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name, version) DO NOTHING",
    )
    .bind(key.name.as_str())
    .bind(key.version)
    .bind(content)
    .bind(note)
    .bind(created.map(|(at, _)| at))
    .bind(created.map(|(_, by)| by));
    tx.execute(insert).await.map(|_| ())
}

/// The policy that somebody activated last.
pub(crate) async fn active_policy(on: impl Into<Session<'_>>) -> Result<Option<PolicyKey>, StoreError> {
    let query = Query::new("SELECT name, version FROM growth_active_policy");
    on.into().optional(query).await?.as_ref().map(key).transpose()
}

pub(crate) async fn activate_policy(
    tx: &mut Tx,
    key: &PolicyKey,
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO growth_active_policy (only_one, name, version, activated_at, activated_by) \
         VALUES (1, ?, ?, ?, ?) ON CONFLICT (only_one) DO UPDATE SET name = excluded.name, \
         version = excluded.version, activated_at = excluded.activated_at, \
         activated_by = excluded.activated_by",
    )
    .bind(key.name.as_str())
    .bind(key.version)
    .bind(at)
    .bind(by);
    tx.execute(upsert).await.map(|_| ())
}
