//! The directory's tables, one function per question or change.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, Migration, MigrationSet, Query, Row, Session as On, StoreError, Tx};

use crate::{Email, Role, SavedView, Session, SignedIn, User};

pub(crate) const SCHEMA: MigrationSet = MigrationSet {
    domain: "directory",
    migrations: &[Migration {
        version: 1,
        name: "people",
        sql: include_str!("../migrations/0001_people.sql"),
    }],
};

const USER: &str = "SELECT u.id, u.email, u.name, u.role, u.password_hash IS NOT NULL AS has_password, \
                    u.created_at, u.disabled_at FROM user_account u";

fn user(row: &Row) -> Result<User, StoreError> {
    let role = row.str("role")?;
    Ok(User {
        id: row.parse("id")?,
        email: row.parse("email")?,
        name: row.text("name")?,
        role: Role::from_id(role).ok_or_else(|| StoreError::column("role", format!("no role `{role}`")))?,
        has_password: row.bool("has_password")?,
        created_at: row.timestamp("created_at")?,
        disabled_at: row.timestamp_or_null("disabled_at")?,
    })
}

pub(crate) async fn users(db: &Db) -> Result<Vec<User>, StoreError> {
    db.list(Query::new(USER).push(" ORDER BY u.email"), user).await
}

pub(crate) async fn user_by_id(on: impl Into<On<'_>>, id: Ulid) -> Result<Option<User>, StoreError> {
    let row = on.into().optional(Query::new(USER).push(" WHERE u.id = ?").bind(id)).await?;
    row.as_ref().map(user).transpose()
}

pub(crate) async fn user_by_email(on: impl Into<On<'_>>, email: &Email) -> Result<Option<User>, StoreError> {
    let row = on.into().optional(Query::new(USER).push(" WHERE u.email = ?").bind(email.as_str())).await?;
    row.as_ref().map(user).transpose()
}

/// The enabled user with this e-mail and, if set, the password hash.
pub(crate) async fn password_of(
    db: &Db,
    email: &Email,
) -> Result<Option<(Ulid, Option<String>)>, StoreError> {
    let query =
        Query::new("SELECT id, password_hash FROM user_account WHERE email = ? AND disabled_at IS NULL")
            .bind(email.as_str());
    let row = db.optional(query).await?;
    row.map(|row| Ok((row.parse("id")?, row.text_or_null("password_hash")?))).transpose()
}

pub(crate) async fn enabled_owners(tx: &mut Tx) -> Result<Vec<User>, StoreError> {
    let query = Query::new(USER)
        .push(" WHERE u.role = ? AND u.disabled_at IS NULL ORDER BY u.created_at, u.id")
        .bind(Role::Owner.id());
    tx.list(query, user).await
}

pub(crate) async fn add_user(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let insert =
        Query::new("INSERT INTO user_account (id, email, name, role, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(user.id)
            .bind(user.email.as_str())
            .bind(user.name.as_str())
            .bind(user.role.id())
            .bind(user.created_at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn update_user(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let update = Query::new("UPDATE user_account SET name = ?, role = ?, disabled_at = ? WHERE id = ?")
        .bind(user.name.as_str())
        .bind(user.role.id())
        .bind(user.disabled_at)
        .bind(user.id);
    tx.execute(update).await.map(|_| ())
}

/// Sets or removes a password; whether the user exists.
pub(crate) async fn set_password(tx: &mut Tx, id: Ulid, hash: Option<String>) -> Result<bool, StoreError> {
    let update = Query::new("UPDATE user_account SET password_hash = ? WHERE id = ?").bind(hash).bind(id);
    Ok(tx.execute(update).await? > 0)
}

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

const SESSION: &str = "SELECT s.id AS session_id, s.user_id, s.label, s.created_at AS session_created_at, \
                       s.last_seen_at, s.expires_at FROM user_session s";

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.parse("session_id")?,
        user_id: row.parse("user_id")?,
        label: row.text("label")?,
        created_at: row.timestamp("session_created_at")?,
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
        "INSERT INTO user_session (token_hash, id, user_id, label, created_at, last_seen_at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(fingerprint)
    .bind(session.id)
    .bind(session.user_id)
    .bind(session.label.as_str())
    .bind(session.created_at)
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
        "SELECT u.id, u.email, u.name, u.role, u.password_hash IS NOT NULL AS has_password, u.created_at, \
                u.disabled_at, s.id AS session_id, s.user_id, s.label, s.created_at AS session_created_at, \
                s.last_seen_at, s.expires_at \
         FROM user_session s JOIN user_account u ON u.id = s.user_id \
         WHERE s.token_hash = ? AND s.expires_at > ? AND s.last_seen_at > ? AND u.disabled_at IS NULL",
    )
    .bind(fingerprint)
    .bind(now)
    .bind(idle_since);
    let row = db.optional(query).await?;
    row.map(|row| Ok(SignedIn { user: user(&row)?, session: session(&row)? })).transpose()
}

pub(crate) async fn touch_session(db: &Db, id: Ulid, now: Timestamp) -> Result<(), StoreError> {
    let update = Query::new("UPDATE user_session SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?")
        .bind(now)
        .bind(id)
        .bind(now);
    db.execute(update).await.map(|_| ())
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

/// Ends the sessions of a user, all or all but one; how many.
pub(crate) async fn delete_sessions(
    tx: &mut Tx,
    user_id: Ulid,
    except: Option<Ulid>,
) -> Result<u64, StoreError> {
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
    let links = Query::new("DELETE FROM sign_in_link WHERE expires_at <= ?").bind(now);
    Ok(tx.execute(sessions).await? + tx.execute(links).await?)
}

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

fn view(row: &Row) -> Result<SavedView, StoreError> {
    Ok(SavedView {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        page: row.text("page")?,
        name: row.text("name")?,
        query: row.text("query")?,
        created_at: row.timestamp("created_at")?,
    })
}

const VIEW: &str = "SELECT id, user_id, page, name, query, created_at FROM saved_view WHERE user_id = ?";

pub(crate) async fn views(db: &Db, user_id: Ulid) -> Result<Vec<SavedView>, StoreError> {
    db.list(Query::new(VIEW).push(" ORDER BY page, name").bind(user_id), view).await
}

pub(crate) async fn views_of_page(db: &Db, user_id: Ulid, page: &str) -> Result<Vec<SavedView>, StoreError> {
    db.list(Query::new(VIEW).push(" AND page = ? ORDER BY name").bind(user_id).bind(page), view).await
}

/// Keeps a view; one of the same name on the same page is replaced and keeps its identity.
pub(crate) async fn save_view(tx: &mut Tx, new: &SavedView) -> Result<SavedView, StoreError> {
    let insert = Query::new(
        "INSERT INTO saved_view (id, user_id, page, name, query, created_at) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (user_id, page, name) DO UPDATE SET query = excluded.query \
         RETURNING id, user_id, page, name, query, created_at",
    )
    .bind(new.id)
    .bind(new.user_id)
    .bind(new.page.as_str())
    .bind(new.name.as_str())
    .bind(new.query.as_str())
    .bind(new.created_at);
    view(&tx.one(insert).await?)
}

pub(crate) async fn delete_view(tx: &mut Tx, user_id: Ulid, id: Ulid) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM saved_view WHERE user_id = ? AND id = ?").bind(user_id).bind(id);
    Ok(tx.execute(delete).await? > 0)
}
