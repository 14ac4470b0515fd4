//! One-time sign-in links.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, Query, StoreError, Tx};

use super::users::{USER, user};
use crate::User;

pub(crate) async fn add_link(
    tx: &mut Tx,
    fingerprint: String,
    user_id: Ulid,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO sign_in_link (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
    )
    .bind(fingerprint)
    .bind(user_id)
    .bind(now)
    .bind(expires_at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn user_of_link(
    db: &Db,
    fingerprint: String,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let query = Query::new(USER)
        .push(" JOIN sign_in_link l ON l.user_id = u.id")
        .push(" WHERE l.token_hash = ? AND l.used_at IS NULL AND l.expires_at > ? AND u.disabled_at IS NULL")
        .bind(fingerprint)
        .bind(now);
    db.optional(query).await?.as_ref().map(user).transpose()
}

/// Uses a link up and says whose it was. One statement, so that of two visitors one wins.
pub(crate) async fn use_link(
    tx: &mut Tx,
    fingerprint: String,
    now: Timestamp,
) -> Result<Option<Ulid>, StoreError> {
    let update = Query::new(
        "UPDATE sign_in_link SET used_at = ? WHERE token_hash = ? AND used_at IS NULL AND expires_at > ? \
         RETURNING user_id",
    )
    .bind(now)
    .bind(fingerprint)
    .bind(now);
    tx.optional(update).await?.map(|row| row.parse("user_id")).transpose()
}

pub(crate) async fn revoke_links(tx: &mut Tx, user_id: Ulid) -> Result<(), StoreError> {
    let delete = Query::new("DELETE FROM sign_in_link WHERE user_id = ? AND used_at IS NULL").bind(user_id);
    tx.execute(delete).await.map(|_| ())
}
