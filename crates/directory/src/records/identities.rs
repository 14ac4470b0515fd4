//! Identities at OpenID providers, and browsers that were sent to one.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Query, Row, Session as On, StoreError, Tx};

use super::users::{USER, user};
use crate::{User, oidc::Identity};

fn identity(row: &Row) -> Result<Identity, StoreError> {
    Ok(Identity {
        issuer: row.text("issuer")?,
        subject: row.text("subject")?,
        user_id: row.parse("user_id")?,
        created_at: row.timestamp("created_at")?,
        last_used_at: row.timestamp("last_used_at")?,
    })
}

pub(crate) async fn identities(on: impl Into<On<'_>>, user_id: Ulid) -> Result<Vec<Identity>, StoreError> {
    let query = Query::new(
        "SELECT issuer, subject, user_id, created_at, last_used_at FROM oidc_identity WHERE user_id = ? ORDER BY issuer",
    )
    .bind(user_id);
    on.into().list(query, identity).await
}

pub(crate) async fn user_of_identity(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
) -> Result<Option<User>, StoreError> {
    let query = Query::new(USER)
        .push(" JOIN oidc_identity i ON i.user_id = u.id WHERE i.issuer = ? AND i.subject = ?")
        .bind(issuer)
        .bind(subject);
    tx.optional(query).await?.as_ref().map(user).transpose()
}

pub(crate) async fn add_identity(tx: &mut Tx, identity: &Identity) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO oidc_identity (issuer, subject, user_id, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(identity.issuer.as_str())
    .bind(identity.subject.as_str())
    .bind(identity.user_id)
    .bind(identity.created_at)
    .bind(identity.last_used_at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn touch_identity(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE oidc_identity SET last_used_at = ? WHERE issuer = ? AND subject = ?")
        .bind(now)
        .bind(issuer)
        .bind(subject);
    tx.execute(update).await.map(|_| ())
}

pub(crate) async fn delete_identity(tx: &mut Tx, user_id: Ulid, issuer: &str) -> Result<bool, StoreError> {
    let delete =
        Query::new("DELETE FROM oidc_identity WHERE user_id = ? AND issuer = ?").bind(user_id).bind(issuer);
    Ok(tx.execute(delete).await? > 0)
}

/// What is kept of a browser that was sent to a provider.
pub(crate) struct OpenRequest {
    pub(crate) issuer: String,
    pub(crate) next: String,
    pub(crate) user_id: Option<Ulid>,
}

pub(crate) async fn add_oidc_request(
    tx: &mut Tx,
    fingerprint: String,
    request: &OpenRequest,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO oidc_request (token_hash, issuer, next, user_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(fingerprint)
    .bind(request.issuer.as_str())
    .bind(request.next.as_str())
    .bind(request.user_id)
    .bind(now)
    .bind(expires_at);
    tx.execute(insert).await.map(|_| ())
}

/// Uses a request up. One statement, so that of two returns one wins.
pub(crate) async fn take_oidc_request(
    tx: &mut Tx,
    fingerprint: String,
    now: Timestamp,
) -> Result<Option<OpenRequest>, StoreError> {
    let delete = Query::new(
        "DELETE FROM oidc_request WHERE token_hash = ? RETURNING issuer, next, user_id, expires_at",
    )
    .bind(fingerprint);
    let Some(row) = tx.optional(delete).await? else { return Ok(None) };
    if row.timestamp("expires_at")? <= now {
        return Ok(None);
    }
    let (issuer, next) = (row.text("issuer")?, row.text("next")?);
    Ok(Some(OpenRequest { issuer, next, user_id: row.parse_or_null("user_id")? }))
}
