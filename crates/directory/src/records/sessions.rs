//! Sessions, and sign-ins that wait for the second step.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, Query, Row, Session as On, StoreError, Tx};

use super::{memberships::memberships_of, users::user};
use crate::{Session, SignedIn};

const SESSION: &str = "SELECT s.id AS session_id, s.user_id, s.label, s.created_at AS session_created_at, \
                       s.proven_at, s.last_seen_at, s.expires_at FROM user_session s";

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.parse("session_id")?,
        user_id: row.parse("user_id")?,
        label: row.text("label")?,
        created_at: row.timestamp("session_created_at")?,
        proven_at: row.timestamp("proven_at")?,
        last_seen_at: row.timestamp("last_seen_at")?,
        expires_at: row.timestamp("expires_at")?,
    })
}

pub(crate) async fn add_session(
    tx: &mut Tx,
    fingerprint: String,
    session: &Session,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO user_session (token_hash, id, user_id, label, created_at, proven_at, last_seen_at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(fingerprint)
    .bind(session.id)
    .bind(session.user_id)
    .bind(session.label.as_str())
    .bind(session.created_at)
    .bind(session.proven_at)
    .bind(session.last_seen_at)
    .bind(session.expires_at);
    tx.execute(insert).await.map(|_| ())
}

/// The session of a token and its enabled user, if both are alive.
pub(crate) async fn signed_in(
    db: &Db,
    fingerprint: String,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    let query = Query::new(
        "SELECT u.id, u.email, u.name, u.hub_role, u.password_hash IS NOT NULL AS has_password, \
                EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) \
                    AS has_second_factor, \
                u.created_at, u.disabled_at, u.erased_at, s.id AS session_id, s.user_id, s.label, \
                s.created_at AS session_created_at, s.proven_at, s.last_seen_at, s.expires_at \
         FROM user_session s JOIN user_account u ON u.id = s.user_id \
         WHERE s.token_hash = ? AND s.expires_at > ? AND s.last_seen_at > ? AND u.disabled_at IS NULL",
    )
    .bind(fingerprint)
    .bind(now)
    .bind(idle_since);
    let Some(row) = db.optional(query).await? else { return Ok(None) };
    let (user, session) = (user(&row)?, session(&row)?);
    let memberships = memberships_of(db, user.id).await?;
    Ok(Some(SignedIn { user, session, memberships }))
}

pub(crate) async fn touch_session(db: &Db, id: Ulid, now: Timestamp) -> Result<(), StoreError> {
    let update = Query::new("UPDATE user_session SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?")
        .bind(now)
        .bind(id)
        .bind(now);
    db.execute(update).await.map(|_| ())
}

/// Notes that the bearer has shown again who they are.
pub(crate) async fn prove_session(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<(), StoreError> {
    let update = Query::new("UPDATE user_session SET proven_at = ? WHERE id = ?").bind(now).bind(id);
    tx.execute(update).await.map(|_| ())
}

pub(crate) async fn sessions(
    db: &Db,
    user_id: Ulid,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<Session>, StoreError> {
    let query = Query::new(SESSION)
        .push(" WHERE s.user_id = ? AND s.expires_at > ? AND s.last_seen_at > ?")
        .push(" ORDER BY s.last_seen_at DESC, s.id DESC")
        .bind(user_id)
        .bind(now)
        .bind(idle_since);
    db.list(query, session).await
}

pub(crate) async fn delete_session(tx: &mut Tx, user_id: Ulid, id: Ulid) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM user_session WHERE user_id = ? AND id = ?").bind(user_id).bind(id);
    Ok(tx.execute(delete).await? > 0)
}

pub(crate) async fn delete_session_of_token(tx: &mut Tx, fingerprint: String) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM user_session WHERE token_hash = ?").bind(fingerprint);
    Ok(tx.execute(delete).await? > 0)
}

/// Ends the sessions of a user, all or all but one, and every sign-in half done; how many sessions.
pub(crate) async fn delete_sessions(
    tx: &mut Tx,
    user_id: Ulid,
    except: Option<Ulid>,
) -> Result<u64, StoreError> {
    tx.execute(Query::new("DELETE FROM pending_sign_in WHERE user_id = ?").bind(user_id)).await?;
    let delete = Query::new("DELETE FROM user_session WHERE user_id = ? AND id <> ?")
        .bind(user_id)
        .bind(except.map_or_else(String::new, |id| id.to_string()));
    tx.execute(delete).await
}

/// Deletes sessions and links that opened nothing any more.
pub(crate) async fn prune(tx: &mut Tx, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
    let sessions = Query::new("DELETE FROM user_session WHERE expires_at <= ? OR last_seen_at <= ?")
        .bind(now)
        .bind(idle_since);
    let mut gone = tx.execute(sessions).await?;
    for statement in [
        "DELETE FROM sign_in_link WHERE expires_at <= ?",
        "DELETE FROM pending_sign_in WHERE expires_at <= ?",
        "DELETE FROM oidc_request WHERE expires_at <= ?",
    ] {
        gone += tx.execute(Query::new(statement).bind(now)).await?;
    }
    Ok(gone)
}

pub(crate) async fn add_pending(
    tx: &mut Tx,
    fingerprint: String,
    user_id: Ulid,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO pending_sign_in (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
    )
    .bind(fingerprint)
    .bind(user_id)
    .bind(now)
    .bind(expires_at);
    tx.execute(insert).await.map(|_| ())
}

/// Whose second step a token waits for, if still.
pub(crate) async fn pending(
    on: impl Into<On<'_>>,
    fingerprint: String,
    now: Timestamp,
) -> Result<Option<Ulid>, StoreError> {
    let query = Query::new("SELECT user_id FROM pending_sign_in WHERE token_hash = ? AND expires_at > ?")
        .bind(fingerprint)
        .bind(now);
    on.into().optional(query).await?.map(|row| row.parse("user_id")).transpose()
}

pub(crate) async fn delete_pending(tx: &mut Tx, fingerprint: String) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM pending_sign_in WHERE token_hash = ?").bind(fingerprint);
    Ok(tx.execute(delete).await? > 0)
}
